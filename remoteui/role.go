package remoteui

// Role is what an element of a page is for. Labels are used by role.
type Role string

// The roles.
const (
	RoleButton Role = "button" // a link, a button, or what a script makes one
	RoleField  Role = "field"  // a field of a form
	RoleValue  Role = "value"  // a text beside a label, for reading
	RoleColumn Role = "column" // a column of a list
	RoleChoice Role = "choice" // an option of a select, or a radio button
)
