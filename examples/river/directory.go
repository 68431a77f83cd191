package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
)

// directory is the state directory of one device for one leg: made of what the
// database has, and removed at the end.
type directory struct {
	path string
	kept map[string][]byte // what the database has
}

// open makes the directory of a leg.
func (l *leg) open(ctx context.Context) (_ *directory, err error) {
	d := &directory{kept: map[string][]byte{}}
	if d.path, err = os.MkdirTemp(l.config.tmp, "rekey-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			d.remove()
		}
	}()
	rows, err := l.pool.Query(ctx, `SELECT path, content FROM rekey_file WHERE device = $1`, l.args.Device)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var name string
	var content []byte
	_, err = pgx.ForEachRow(rows, []any{&name, &content}, func() error {
		d.kept[name] = bytes.Clone(content)
		return errors.Join(root.MkdirAll(path.Dir(name), 0o700), root.WriteFile(name, content, 0o600))
	})
	return d, err
}

// changed are the files that the database does not have as they are; nil: it has one
// that is gone. Locks are of this machine and leg only, temporary files mean nothing.
func (d *directory) changed() (map[string][]byte, error) {
	changed, seen := map[string][]byte{}, map[string]bool{}
	err := filepath.WalkDir(d.path, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return ignoreGone(err)
		}
		if strings.HasPrefix(e.Name(), ".new-") || strings.HasPrefix(e.Name(), "lock-") {
			return nil
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return ignoreGone(err)
		}
		rel, err := filepath.Rel(d.path, file)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		seen[rel] = true
		if old, ok := d.kept[rel]; !ok || !bytes.Equal(old, content) {
			changed[rel] = append([]byte{}, content...) // not nil
		}
		return nil
	})
	for name := range d.kept {
		if !seen[name] {
			changed[name] = nil
		}
	}
	return changed, err
}

// ignoreGone passes over what was there when its directory was read.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (d *directory) stored(changed map[string][]byte) {
	for name, content := range changed {
		if content == nil {
			delete(d.kept, name)
			continue
		}
		d.kept[name] = content
	}
}

func (d *directory) remove() { _ = os.RemoveAll(d.path) }
