package state

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"
)

const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600

	devicesDir = "devices"
	temporary  = ".new-" // prefix of unfinished files

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
func (d *Dir) writeFile(name string, content []byte) (err error) {
	temp := path.Join(path.Dir(name), temporary+rand.Text())
	f, err := d.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
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
		err = d.root.Rename(temp, name)
	}
	if err != nil {
		_ = d.root.Remove(temp) // it means nothing; err says why
		return err
	}
	return d.syncDir(path.Dir(name))
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

func (d *Dir) syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there; NTFS journals them
	}
	f, err := d.root.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// readFile reads a regular file of at most limit bytes; a file that is not
// there is [fs.ErrNotExist]. Anything else is not opened: a pipe would block.
func (d *Dir) readFile(name string, limit int64) ([]byte, error) {
	if d.root == nil {
		return nil, fs.ErrNotExist
	}
	info, err := d.root.Lstat(name)
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, d.corrupt(name, fmt.Errorf("not a regular file (%v)", info.Mode().Type()))
	}
	f, err := d.root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	defer f.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, io.LimitReader(f, limit+1)); err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	if int64(b.Len()) > limit {
		return nil, &SizeError{File: d.location(name), Limit: limit}
	}
	return b.Bytes(), nil
}

// readJSON reads a small file into v; a file that does not parse is a
// [*CorruptError].
func (d *Dir) readJSON(name string, v any) error {
	content, err := d.readFile(name, maxSmallFile)
	if err != nil {
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
