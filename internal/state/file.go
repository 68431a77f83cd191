package state

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/rekey-go/rekey/internal/durable"
)

const (
	dirMode  = durable.DirMode
	fileMode = durable.FileMode

	devicesDir = "devices"

	maxHost      = 255 // a DNS name has fewer: RFC 1035, section 2.3.4
	maxSlug      = 48
	maxSmallFile = 64 << 10 // pins, refusals, locks
)

// safeName is a directory name for a hostile host: what can be read of it in
// every file system, and a hash that tells hosts apart.
func safeName(host string) string {
	slug := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, host)
	slug = strings.TrimLeft(slug[:min(len(slug), maxSlug)], ".")
	sum := sha256.Sum256([]byte(host))
	return slug + "-" + hex.EncodeToString(sum[:8])
}

// writeFile makes the file appear whole or not at all, durably.
func (d *Dir) writeFile(name string, content []byte) error {
	if err := durable.WriteFile(d.root, name, content); err != nil {
		return err
	}
	return durable.SyncDir(d.root, path.Dir(name))
}

func (d *Dir) writeJSON(name string, v any) error {
	content, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if err := d.writeFile(name, append(content, '\n')); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}

// readFile reads a regular file of at most limit bytes; a file that is not
// there is [fs.ErrNotExist].
func (d *Dir) readFile(name string, limit int64) ([]byte, error) {
	if d.root == nil {
		return nil, fs.ErrNotExist
	}
	content, err := durable.ReadFile(d.root, name, limit)
	switch {
	case errors.Is(err, durable.ErrTooLarge):
		return nil, &SizeError{File: d.location(name), Limit: limit}
	case errors.Is(err, durable.ErrIrregular):
		return nil, d.corrupt(name, errors.Unwrap(err))
	case err != nil:
		return nil, fmt.Errorf("state: %w", err)
	}
	return content, nil
}

// readJSON reads a small file into v; a file that does not parse is a
// [*CorruptError].
func (d *Dir) readJSON(name string, v any) error {
	content, err := d.readFile(name, maxSmallFile)
	if err != nil {
		return err
	}
	if err := d.checkFormat(name, content); err != nil {
		return err
	}
	if err := json.Unmarshal(content, v); err != nil {
		return d.corrupt(name, err)
	}
	return nil
}

// names lists the files of a directory; one that is not there is empty.
func (d *Dir) names(dir string) ([]string, error) {
	if d.root == nil {
		return nil, nil
	}
	f, err := d.root.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	return names, nil
}

func (d *Dir) corrupt(name string, err error) error {
	return &CorruptError{File: d.location(name), Err: err}
}
