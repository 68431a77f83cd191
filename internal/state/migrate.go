package state

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/durable"
)

// inherits reports whether the device has no directory yet, and one that an
// earlier version made for its host: until something is written that one is read.
func (dev *device) inherits() bool {
	if dev.old == "" || dev.root == nil {
		return false
	}
	_, err := dev.root.Lstat(dev.dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	info, err := dev.root.Lstat(dev.old)
	return err == nil && info.IsDir()
}

// takeOver copies the pin and the journal of the host to a directory of the
// device's own, which appears whole or not at all. The host's stays: other devices
// behind it may have shared it, and who gives no port goes on with it.
func (dev *device) takeOver() error {
	if !dev.inherits() {
		return nil
	}
	made := path.Join(devicesDir, durable.Temporary+rand.Text())
	if err := dev.root.Mkdir(made, dirMode); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	defer dev.root.RemoveAll(made) // what was renamed is not there any more
	journal, err := dev.readFile(path.Join(dev.old, journalFile), maxJournal)
	if err == nil {
		err = dev.writeFile(path.Join(made, journalFile), journal)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, known, err := dev.readPin(path.Join(dev.old, pinFile), dev.oldHost)
	if err != nil {
		return err
	}
	if known != nil {
		known.Format, known.Host = format, dev.host
		if err := dev.writeJSON(path.Join(made, pinFile), known); err != nil {
			return err
		}
	}
	if err := dev.root.Rename(made, dev.dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("state: %w", err) // another process may have been faster
	}
	return nil
}

// rooms are the directories of the state directory.
var rooms = []string{devicesDir, refusedDir, "evidence", "requests"}

// tighten keeps others out of the directory. One that holds other things, too, is
// not ours to close: then what is ours in it is closed, and one that others may
// write to is refused, for they could put their own in its place.
func (d *Dir) tighten() error {
	if runtime.GOOS == "windows" {
		return nil // modes mean little there
	}
	names, err := d.names(".")
	if err != nil {
		return err
	}
	ours := func(n string) bool { return slices.Contains(rooms, n) || strings.HasPrefix(n, ".") }
	if !slices.ContainsFunc(names, func(n string) bool { return !ours(n) }) {
		return d.shut(".")
	}
	info, err := d.root.Stat(".")
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("state: others may write to %q (mode %v), and it holds other things, too: give the state a directory of its own, or close this one (mode 0700)", d.path, info.Mode().Perm())
	}
	for _, room := range rooms {
		if err := d.shut(room); err != nil {
			return err
		}
	}
	return nil
}

// shut closes a directory to others, if it is there and open to them.
func (d *Dir) shut(name string) error {
	info, err := d.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (!info.IsDir() || info.Mode().Perm()&0o077 == 0) {
		return nil
	}
	if err == nil {
		err = d.root.Chmod(name, dirMode)
	}
	if err != nil {
		return fmt.Errorf("state: others may look into %q, and it cannot be closed to them: %w", d.location(name), err)
	}
	return nil
}
