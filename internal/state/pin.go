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
}

// Pin returns the SHA-256 of the SPKI that the device presented when it was
// last recognised; ok is false if it never was.
func (d *Dir) Pin(host string) (sha256 [32]byte, ok bool, err error) {
	dev, err := d.device(host)
	if err != nil {
		return sha256, false, err
	}
	if dev.inherits() {
		return dev.readPin(path.Join(dev.old, pinFile), dev.oldHost)
	}
	return dev.readPin(dev.file(pinFile), dev.host)
}

func (d *Dir) readPin(name, host string) (sha256 [32]byte, ok bool, err error) {
	var r pinRecord
	if err := d.readJSON(name, &r); errors.Is(err, fs.ErrNotExist) {
		return sha256, false, nil
	} else if err != nil {
		return sha256, false, err
	}
	if r.Host != host {
		return sha256, false, d.corrupt(name, fmt.Errorf("it is about host %q", r.Host))
	}
	pin, err := remoteui.ParsePin(r.Pin)
	if err != nil {
		return sha256, false, d.corrupt(name, err)
	}
	return pin, true, nil
}

func newPin(host string, pin [32]byte) pinRecord {
	return pinRecord{format, host, remoteui.SPKIHash(pin).String()}
}

// SetPin replaces the device's pin, durably.
func (d *Dir) SetPin(host string, pin [32]byte) error {
	dev, err := d.device(host)
	if err != nil {
		return err
	}
	if pin == [32]byte{} {
		return errors.New("state: the zero pin names no key")
	}
	dev.mu.Lock()
	defer dev.mu.Unlock()
	if err := dev.writable(); err != nil {
		return err
	}
	return dev.writeJSON(dev.file(pinFile), newPin(dev.host, pin))
}
