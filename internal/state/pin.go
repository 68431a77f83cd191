package state

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/rekey-go/rekey/remoteui"
)

const pinFile = "pin.json"

// pinRecord is the content of a pin file. The host is in it so that a file
// copied to another device's directory vouches for nothing.
type pinRecord struct {
	Format int    `json:"format"`
	Host   string `json:"host"`
	Pin    string `json:"pin"` // as -pin takes it: sha256//BASE64
	// Serial is the device's own serial number; empty: it shows none, or an earlier
	// version wrote this.
	Serial string `json:"serial,omitempty"`
}

// Known is a device as it was recognised last.
type Known struct{ Host, Serial string }

// Pin returns the SHA-256 of the SPKI that the device presented when it was
// last recognised; ok is false if it never was.
func (d *Dir) Pin(host string) (sha256 [32]byte, ok bool, err error) {
	dev, err := d.device(host)
	if err != nil {
		return sha256, false, err
	}
	pin, r, err := dev.pinned()
	return pin, r != nil, err
}

// Serial returns the serial number that the device showed when it was recognised last;
// empty: it is not known.
func (d *Dir) Serial(host string) (string, error) {
	dev, err := d.device(host)
	if err != nil {
		return "", err
	}
	_, r, err := dev.pinned()
	if r == nil {
		return "", err
	}
	return r.Serial, nil
}

// pinned reads the device's pin; the record is nil if there is none.
func (dev *device) pinned() (remoteui.SPKIHash, *pinRecord, error) {
	if dev.inherits() {
		return dev.readPin(path.Join(dev.old, pinFile), dev.oldHost)
	}
	return dev.readPin(dev.file(pinFile), dev.host)
}

func (d *Dir) readPin(name, host string) (pin remoteui.SPKIHash, _ *pinRecord, err error) {
	r := new(pinRecord)
	if err := d.readJSON(name, r); errors.Is(err, fs.ErrNotExist) {
		return pin, nil, nil
	} else if err != nil {
		return pin, nil, err
	}
	if r.Host != host {
		return pin, nil, d.corrupt(name, fmt.Errorf("it is about host %q", r.Host))
	}
	if pin, err = remoteui.ParsePin(r.Pin); err != nil {
		return pin, nil, d.corrupt(name, err)
	}
	return pin, r, nil
}

// SetPin replaces the device's pin, durably.
func (d *Dir) SetPin(host string, pin [32]byte) error {
	if pin == [32]byte{} {
		return errors.New("state: the zero pin names no key")
	}
	return d.changePin(host, func(r *pinRecord) { r.Pin = remoteui.SPKIHash(pin).String() })
}

// SetSerial replaces the serial number of a device that has a pin, durably; of another
// it keeps nothing.
func (d *Dir) SetSerial(host, serial string) error {
	return d.changePin(host, func(r *pinRecord) { r.Serial = serial })
}

// changePin writes what is changed of the device's pin; one without a key is none.
func (d *Dir) changePin(host string, change func(*pinRecord)) error {
	dev, err := d.device(host)
	if err != nil {
		return err
	}
	dev.mu.Lock()
	defer dev.mu.Unlock()
	if err := dev.writable(); err != nil {
		return err
	}
	// What cannot be read was reported where it was to be believed: it is replaced.
	_, was, _ := dev.pinned()
	r := pinRecord{Format: format, Host: dev.host}
	if was != nil {
		r.Pin, r.Serial = was.Pin, was.Serial
	}
	before := r
	if change(&r); r.Pin == "" || was != nil && r == before {
		return nil
	}
	return dev.writeJSON(dev.file(pinFile), r)
}
