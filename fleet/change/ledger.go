package change

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/deviceinfo"
	"github.com/rekey-go/rekey/internal/durable"
)

// Ledger keeps from run to run what became of each device, in one directory with a
// file for each address, and one for each serial number of the list: by it a device is
// found again that has moved, and not taken for another that has come to its address. It is safe for concurrent use.
type Ledger struct{ root *os.Root }

// Entry is what became of a device.
type Entry struct {
	Format  int                `json:"format"`
	URL     string             `json:"url"`
	Serial  string             `json:"serial,omitempty"` // that the list had; empty: it had none
	Outcome rekey.FleetOutcome `json:"outcome"`
	Exit    rekey.Exit         `json:"exit"`
	Says    string             `json:"says"` // the error; empty: there was none
	At      time.Time          `json:"at"`
	Plan    string             `json:"plan,omitempty"` // digest of the plan that was carried out
}

// maxEntry bounds the file of a device, in bytes.
const maxEntry = 1 << 20

// OpenLedger opens a ledger, "fleet" in a state directory for example, and makes it
// if there is none. Call Close when done.
func OpenLedger(dir string) (*Ledger, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Ledger{root}, nil
}

// Close releases the directory.
func (l *Ledger) Close() error { return l.root.Close() }

func fileOf(url string) string { return fileNamed(Key(url)) }

// fileOfSerial has a name that no address has; empty: of no serial number.
func fileOfSerial(serial string) string {
	key := deviceinfo.SerialKey(serial)
	if key == "" {
		return ""
	}
	return fileNamed("serial number " + key)
}

func fileNamed(of string) string {
	sum := sha256.Sum256([]byte(of))
	return hex.EncodeToString(sum[:16]) + ".json"
}

// Record replaces what is known of a device.
func (l *Ledger) Record(e Entry) error {
	e.Format, e.At = version, e.At.UTC()
	if len(e.Says) > maxEntry/8 {
		e.Says = e.Says[:maxEntry/8]
	}
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	b = append(b, '\n')
	errs := []error{durable.WriteFile(l.root, fileOf(e.URL), b)}
	if file := fileOfSerial(e.Serial); file != "" {
		errs = append(errs, durable.WriteFile(l.root, file, b))
	}
	return errors.Join(append(errs, durable.SyncDir(l.root, "."))...)
}

// Last is what became of a device of a list; nil: nothing is known of it. A run by a list
// without serial numbers is known by the address only: where the device was there
// before, the later of the two counts.
func (l *Ledger) Last(d rekey.Device) (*Entry, error) {
	var known *Entry
	if file := fileOfSerial(d.Serial); file != "" {
		e, err := l.read(file, func(e *Entry) bool { return deviceinfo.SameSerial(e.Serial, d.Serial) })
		if err != nil || e != nil && Key(e.URL) != Key(d.URL) {
			return e, err
		}
		known = e
	}
	e, err := l.read(fileOf(d.URL), func(e *Entry) bool { return Key(e.URL) == Key(d.URL) })
	if err != nil {
		return nil, err
	}
	if e != nil && deviceinfo.SerialKey(e.Serial) != "" && deviceinfo.SerialKey(d.Serial) != "" && !deviceinfo.SameSerial(e.Serial, d.Serial) {
		return known, nil // another device was there
	}
	if known != nil && (e == nil || !e.At.After(known.At)) {
		return known, nil
	}
	return e, nil
}

// read reads the file of one device; nil: there is none.
func (l *Ledger) read(file string, isMeant func(*Entry) bool) (*Entry, error) {
	b, err := durable.ReadFile(l.root, file, maxEntry)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	e := new(Entry)
	if err == nil {
		err = json.Unmarshal(b, e)
	}
	switch {
	case err != nil:
	case e.Format != version:
		err = fmt.Errorf("its form is version %d, and this program knows %d", e.Format, version)
	case !isMeant(e):
		err = fmt.Errorf("it is about %s", e.URL)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(l.root.Name(), file), err)
	}
	return e, nil
}

// Left reports whether there is something left to do on a device, after earlier runs
// of a plan with this digest; empty: of none. What is done is done; what failed is to
// be looked at first, and is left only where failed ones are asked for, and nothing
// else then. The entry may be nil.
func (l *Ledger) Left(d rekey.Device, plan string, onlyFailed bool) (bool, *Entry, error) {
	e, err := l.Last(d)
	if err != nil {
		return false, nil, err
	}
	if e == nil || e.Plan != plan {
		return !onlyFailed, nil, nil
	}
	switch e.Outcome {
	case rekey.FleetDone:
		return false, e, nil
	case rekey.FleetFailed:
		return onlyFailed, e, nil
	}
	return !onlyFailed, e, nil
}
