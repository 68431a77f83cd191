// Package family names the kinds of Remote UI, for those who tell them apart and
// for the devices that stand in for real ones: they share the names and nothing
// else.
package family

// Family is a kind of Remote UI.
type Family string

// The families.
const (
	Advance Family = "ir-adv"   // pages below /rps/
	Small   Family = "small-mf" // of small models: /checkLogin.cgi, /portal_top.html
)
