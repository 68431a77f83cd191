// Package durable reads and writes files of a directory that others may have
// had in their hands: a file appears whole or not at all, is on disk when its
// writer says so, and nothing but a regular file of bounded size is read.
package durable

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
)

// Permissions of what is made: what is kept is as private as a password.
const (
	DirMode  fs.FileMode = 0o700
	FileMode fs.FileMode = 0o600
)

// Temporary begins the names of unfinished files, which mean nothing.
const Temporary = ".new-"

var (
	// ErrIrregular means that a name is no regular file's: a pipe would block
	// its reader, a link lead elsewhere.
	ErrIrregular = errors.New("not a regular file")
	// ErrTooLarge means that a file is larger than its reader takes.
	ErrTooLarge = errors.New("file too large")
)

// WriteFile makes a file appear whole or not at all: written under a temporary
// name, synced, renamed. The name is on disk after [SyncDir].
func WriteFile(root *os.Root, name string, content []byte) error {
	temp := path.Join(path.Dir(name), Temporary+rand.Text())
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, FileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = root.Rename(temp, name)
	}
	if err != nil {
		_ = root.Remove(temp) // it means nothing; err says why
	}
	return err
}

// Loose reports whether others than the owner may write to a file or into a
// directory, where modes say so. A sticky directory ("/tmp") is loose, too.
func Loose(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0
}

// SyncFile syncs a file that was there already: whoever wrote it may have been
// interrupted before it was on disk.
func SyncFile(root *os.Root, name string) error {
	f, err := Open(root, name)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// Open opens for reading, and does not wait where a pipe was put into the place:
// the caller judges what he opened by its Stat.
func Open(root *os.Root, name string) (*os.File, error) {
	return root.OpenFile(name, os.O_RDONLY|nonBlocking, 0)
}

// SyncDir syncs the names in a directory.
func SyncDir(root *os.Root, dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there; NTFS journals them
	}
	return SyncFile(root, dir)
}

// ReadFile reads a regular file of at most limit bytes. The error is an
// [fs.PathError] that wraps [fs.ErrNotExist], [ErrIrregular], [ErrTooLarge] or
// what the system said. It never waits for another process: what was opened is
// judged, not what was there when the name was looked at.
func ReadFile(root *os.Root, name string, limit int64) ([]byte, error) {
	f, err := openRegular(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, io.LimitReader(f, limit+1)); err != nil {
		return nil, err
	}
	if int64(b.Len()) > limit {
		return nil, &fs.PathError{Op: "read", Path: name, Err: ErrTooLarge}
	}
	return b.Bytes(), nil
}

// openRegular opens the file that a name is of, and no link's.
func openRegular(root *os.Root, name string) (*os.File, error) {
	const tries = 20 // of a name that others keep giving to new files
	for range tries {
		named, err := root.Lstat(name)
		if err != nil {
			return nil, err
		}
		if !named.Mode().IsRegular() {
			return nil, irregular(name, named.Mode())
		}
		f, err := Open(root, name)
		if err != nil {
			return nil, err
		}
		opened, err := f.Stat()
		switch {
		case err != nil:
		case !opened.Mode().IsRegular():
			err = irregular(name, opened.Mode())
		case os.SameFile(named, opened):
			return f, nil
		}
		f.Close()
		if err != nil {
			return nil, err
		}
	}
	return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("%w: it changes all the time", ErrIrregular)}
}

func irregular(name string, mode fs.FileMode) error {
	return &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("%w (%v)", ErrIrregular, mode.Type())}
}

// OthersWrite reports whether others than the owner can put files into a
// directory, or change a file, as far as its mode says. Windows has no such
// modes, and there it is false.
func OthersWrite(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0
}
