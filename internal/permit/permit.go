// Package permit is what only the root package has: the right to make a session
// of reading one of writing. Programs outside of this module cannot make one, so
// nothing that is handed a session of theirs that reads can have it write.
package permit

// Permit is for one session. The zero value is not granted.
type Permit struct{ granted bool }

// Grant is called when what will be written was planned and approved.
func (p *Permit) Grant() { p.granted = true }

// Granted reports whether it was called; nil is never granted.
func (p *Permit) Granted() bool { return p != nil && p.granted }
