//go:build !unix

package revocation_test

import "testing"

// pipe makes nothing: here, a named pipe is no file in a directory.
func pipe(testing.TB, string, string) {}
