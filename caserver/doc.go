// Package caserver says where a CA's server is and how it is convinced: once, for
// package keys/issuer, which has certificates issued, and for package
// revocation/revoker, which has them revoked.
package caserver

import (
	"fmt"
	"strconv"
)

// ServerError is the refusal of a CA's server.
type ServerError struct {
	// Do is what the server was asked for, such as "sign the request".
	Do string
	// Status is that of HTTP.
	Status int
	// Message is what the server said: one line, without control characters and
	// without secrets of ours.
	Message string
}

// Error names all of it.
func (e *ServerError) Error() string {
	said := "without saying why"
	if e.Message != "" {
		said = strconv.Quote(e.Message)
	}
	return fmt.Sprintf("the CA would not %s: HTTP status %d, %s", e.Do, e.Status, said)
}
