package keys

var (
	FindCSR    = findCSR
	Unreadable = unreadable
)
