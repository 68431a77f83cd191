package revocation

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"
	"syscall"

	"github.com/rekey-go/rekey/internal/thumbprint"
)

const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600

	temporary  = ".new-" // prefix of unfinished files
	hashDigits = 16
	maxSlug    = 48
	maxBeside  = 9 // records of one name kept side by side
)

func isTemporary(name string) bool { return strings.HasPrefix(name, ".") }

// slug is what of a name is safe in every file system: it is for reading only,
// a hash beside it tells names apart.
func slug(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case b.Len() == maxSlug:
			return b.String()
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r == '-',
			r == '.' && b.Len() > 0: // no leading dot: neither hidden nor a parent
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
	}
	return b.String()
}

// safeName is a file name for a hostile name: readable, unique, reserved nowhere.
func safeName(name string) string { return slug(name) + "-" + hexSHA256([]byte(name))[:8] }

// makeDir makes a directory of the root, durably.
func (s *Store) makeDir(dir string) error {
	if err := s.root.Mkdir(dir, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := s.root.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() { // a link may lead to another device's records
		return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
	}
	return s.syncDir(".")
}

// writeFile makes the file appear whole or not at all: written under a
// temporary name, synced, renamed. The caller syncs the directory.
func (s *Store) writeFile(name string, content []byte) (err error) {
	temp := path.Join(path.Dir(name), temporary+rand.Text())
	f, err := s.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
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
		err = s.root.Rename(temp, name)
	}
	if err != nil {
		_ = s.root.Remove(temp) // an unfinished file means nothing; err says why
	}
	return err
}

// addFile is writeFile for a file that may be there.
func (s *Store) addFile(name string, content []byte) error {
	if info, err := s.root.Lstat(name); err == nil && info.Mode().IsRegular() {
		return s.syncFile(name)
	}
	return s.writeFile(name, content)
}

// syncFile syncs a file that was already there: whoever wrote it may have been
// interrupted before it was on disk.
func (s *Store) syncFile(name string) error {
	f, err := s.root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func (s *Store) syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there; NTFS journals them
	}
	d, err := s.root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// read reads one record.
func (s *Store) read(name string) (Evidence, error) {
	content, err := s.readFile(name)
	if err != nil {
		return Evidence{}, err
	}
	return decodeRecord(content)
}

// readFile reads a file. Only regular files are opened: a pipe would block.
func (s *Store) readFile(name string) ([]byte, error) {
	info, err := s.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("not a regular file (%v)", info.Mode().Type())
	}
	f, err := s.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, io.LimitReader(f, maxRecordBytes+1)); err != nil {
		return nil, err
	}
	if b.Len() > maxRecordBytes {
		return nil, ErrTooLarge
	}
	return b.Bytes(), nil
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func hexSHA1(b []byte) string {
	sum := thumbprint.SHA1(b)
	return hex.EncodeToString(sum[:])
}
