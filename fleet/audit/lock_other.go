//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package audit

import "os"

// lock does nothing here: a second writer is found by the size of the file, at its
// first line.
func lock(*os.File) error { return nil }
