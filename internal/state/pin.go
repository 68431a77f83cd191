package state

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/rekey-go/rekey/remoteui"
)

const pinFile = "pin.json"

// pinRecord is the content of a pin file. The host is in it so that a file
// copied to another device's directory vouches for nothing.
type pinRecord struct {
	Host string `json:"host"`
	Pin  string `json:"pin"` // as -pin takes it: sha256//BASE64
}

// Pin returns the SHA-256 of the SPKI that the device presented when it was
// last recognised; ok is false if it never was.
func (d *Dir) Pin(host string) (sha256 [32]byte, ok bool, err error) {
	dev, err := d.device(host)
	if err != nil {
		return sha256, false, err
	}
	name := dev.file(pinFile)
	var r pinRecord
	if err := dev.readJSON(name, &r); errors.Is(err, fs.ErrNotExist) {
		return sha256, false, nil
	} else if err != nil {
		return sha256, false, err
	}
	if r.Host != dev.host {
		return sha256, false, dev.corrupt(name, fmt.Errorf("it is about host %q", r.Host))
	}
	pin, err := remoteui.ParsePin(r.Pin)
	if err != nil {
		return sha256, false, dev.corrupt(name, err)
	}
	return pin, true, nil
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
	return dev.writeJSON(dev.file(pinFile), pinRecord{dev.host, remoteui.SPKIHash(pin).String()})
}
