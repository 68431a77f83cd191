package state

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/refusal"
	"github.com/rekey-go/rekey/remoteui"
)

const (
	refusedPrefix = "refused-"
	// maxRefused of one device: each costs a slow hash at every login.
	maxRefused = 64
)

var _ remoteui.CredentialMemory = (*Dir)(nil)

// Refused reports whether the device refused this credential before, in this
// process or by a record of the directory, under whatever name it was called
// then. It implements [remoteui.CredentialMemory].
func (d *Dir) Refused(id remoteui.DeviceID, c remoteui.Credentials) (bool, error) {
	dev, err := d.device(id.Host)
	if err != nil {
		return false, err
	}
	dev.mu.Lock()
	defer dev.mu.Unlock()
	of := deviceOf(dev.host, id)
	stored, err := dev.storedRefusals(of)
	if err != nil {
		return false, err
	}
	// One that a file holds counts as long as the file does.
	for _, r := range slices.Concat(stored, refusal.Process.Of(of)) {
		same, err := r.Of(parts(c)...)
		if err != nil {
			return false, fmt.Errorf("state: %w", err)
		}
		if same {
			return true, nil
		}
	}
	return false, nil
}

// Remember records that the device refused this credential: for as long as the
// process lives, and on disk, also where the directory is open for reading only:
// whoever only looks at a device sends a password, too. If it cannot be written
// the error says so.
func (d *Dir) Remember(id remoteui.DeviceID, c remoteui.Credentials) error {
	dev, err := d.device(id.Host)
	if err != nil {
		return err
	}
	r, err := refusal.New(deviceOf(dev.host, id), d.iterations, parts(c)...)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	dev.mu.Lock()
	defer dev.mu.Unlock()
	if d.path == "" {
		refusal.Process.Add(r, nil)
		return nil
	}
	file, err := dev.storeRefusal(r)
	if err != nil {
		refusal.Process.Add(r, nil)
		return fmt.Errorf("the refused credential could not be recorded, so that a later run would send it again: %w", err)
	}
	refusal.Process.Add(r, func() bool {
		_, err := os.Lstat(file)
		return !errors.Is(err, fs.ErrNotExist)
	})
	return nil
}

// storeRefusal gives every record a file of its own: several processes may
// have one to write. It returns where that is.
func (dev *device) storeRefusal(r refusal.Record) (string, error) {
	name := dev.file(refusedPrefix + rand.Text() + ".json")
	if !dev.readOnly {
		if err := dev.writable(); err != nil {
			return "", err
		}
		return dev.location(name), dev.writeRefusal(name, r)
	}
	w, err := Open(dev.path)
	if err != nil {
		return "", err
	}
	defer w.Close()
	writer, err := w.device(dev.host)
	if err != nil {
		return "", err
	}
	if err := writer.writable(); err != nil {
		return "", err
	}
	return dev.location(name), writer.writeRefusal(name, r)
}

func (dev *device) writeRefusal(name string, r refusal.Record) error {
	if err := dev.mark(r.SPKI); err != nil {
		return err
	}
	return dev.writeJSON(name, r)
}

// storedRefusals are the records of a device: those in its own folder, and those
// that it left under other names.
func (dev *device) storedRefusals(of refusal.Device) ([]refusal.Record, error) {
	all, err := dev.refusalsIn(dev.dir, of)
	if err != nil || of.SPKI == "" {
		return all, err
	}
	folders, err := dev.otherFolders(of.SPKI)
	if err != nil {
		return nil, err
	}
	for folder := range folders {
		if dir := devicesDir + "/" + folder; dir != dev.dir {
			// A fault in another device's folder is reported where that is meant.
			others, _ := dev.refusalsIn(dir, of)
			all = append(all, others...)
		}
	}
	return all, nil
}

func (dev *device) refusalsIn(dir string, of refusal.Device) ([]refusal.Record, error) {
	names, err := dev.names(dir)
	if err != nil {
		return nil, err
	}
	var all []refusal.Record
	for _, name := range names {
		if !strings.HasPrefix(name, refusedPrefix) {
			continue
		}
		if len(all) == maxRefused {
			return nil, dev.corrupt(dir, fmt.Errorf("more than %d refused credentials", maxRefused))
		}
		var r refusal.Record
		file := dir + "/" + name
		if err := dev.readJSON(file, &r); err != nil {
			return nil, err
		}
		if err := r.Check(); err != nil {
			return nil, dev.corrupt(file, err)
		}
		if r.Host == "" && dir == dev.dir {
			r.Host = dev.host // of an older version
		}
		if r.Same(of) {
			all = append(all, r)
		}
	}
	return all, nil
}

func deviceOf(host string, id remoteui.DeviceID) refusal.Device {
	d := refusal.Device{Host: host, Port: id.Port, Addr: id.Addr}
	if !id.Key.IsZero() {
		d.SPKI = hex.EncodeToString(id.Key[:])
	}
	return d
}

// parts are what a credential consists of, in the order of the records.
func parts(c remoteui.Credentials) []string {
	return []string{c.UserName, c.DepartmentID, c.Password.Reveal(), c.Destination}
}
