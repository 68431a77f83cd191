//go:build unix

package revocation_test

import (
	"path/filepath"
	"syscall"
	"testing"
)

// pipe makes a named pipe, whose opening waits for a writer.
func pipe(t testing.TB, dir, name string) {
	t.Helper()
	if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
		t.Fatal(err)
	}
}
