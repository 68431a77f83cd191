package revocation

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/rekey-go/rekey/internal/durable"
	"github.com/rekey-go/rekey/internal/thumbprint"
)

const (
	dirMode = durable.DirMode

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
	return durable.SyncDir(s.root, ".")
}

// addFile writes a file that may be there.
func (s *Store) addFile(name string, content []byte) error {
	if there, err := s.readFile(name); err == nil && bytes.Equal(there, content) {
		return durable.SyncFile(s.root, name)
	}
	return durable.WriteFile(s.root, name, content)
}

// read reads one record.
func (s *Store) read(name string) (Evidence, error) {
	content, err := s.readFile(name)
	if err != nil {
		return Evidence{}, err
	}
	return decodeRecord(content)
}

// readFile reads a file of the store.
func (s *Store) readFile(name string) ([]byte, error) {
	content, err := durable.ReadFile(s.root, name, maxRecordBytes)
	if errors.Is(err, durable.ErrTooLarge) {
		return nil, ErrTooLarge
	}
	return content, err
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func hexSHA1(b []byte) string {
	sum := thumbprint.SHA1(b)
	return hex.EncodeToString(sum[:])
}
