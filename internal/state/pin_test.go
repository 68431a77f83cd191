package state_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/remoteui"
)

func TestPin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	if _, ok, err := d.Pin(host); ok || err != nil {
		t.Fatalf("before: %v, %v", ok, err)
	}
	for _, pin := range [][32]byte{{1}, {2}} {
		if err := d.SetPin("Printer.Example.", pin); err != nil {
			t.Fatal(err)
		}
		got, ok, err := open(t, dir).Pin("printer.example")
		if got != pin || !ok || err != nil {
			t.Errorf("pin %x, %v, %v: want %x", got[:1], ok, err, pin[:1])
		}
	}
	if err := d.SetPin(host, [32]byte{}); err == nil {
		t.Error("the zero pin was stored")
	}
}

func TestPinDamaged(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(string) string{
		"no JSON":      func(s string) string { return s[:len(s)/2] },
		"no pin":       func(s string) string { return strings.Replace(s, "sha256//", "md5//", 1) },
		"other device": func(s string) string { return strings.Replace(s, host, "192.0.2.8", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			d := open(t, dir)
			if err := d.SetPin(host, [32]byte{1}); err != nil {
				t.Fatal(err)
			}
			path, content := find(t, dir, "pin.json")
			write(t, path, []byte(damage(string(content))))
			_, ok, err := d.Pin(host)
			corrupt, is := errors.AsType[*state.CorruptError](err)
			if ok || !is || corrupt.File != path {
				t.Errorf("got %v, %v: want an error that names the file", ok, err)
			}
		})
	}
}

func TestPinTooLarge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	if err := d.SetPin(host, [32]byte{1}); err != nil {
		t.Fatal(err)
	}
	path, _ := find(t, dir, "pin.json")
	write(t, path, make([]byte, 1<<20))
	if _, _, err := d.Pin(host); err == nil {
		t.Error("a file of 1 MB was read")
	} else if _, ok := errors.AsType[*state.SizeError](err); !ok {
		t.Error(err)
	}
}

func TestPinConcurrently(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dirs := []*state.Dir{open(t, dir), open(t, dir)}
	if err := dirs[0].SetPin(host, [32]byte{1}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 20 {
		d := dirs[i%2]
		wg.Go(func() {
			if err := d.SetPin(host, [32]byte{byte(i + 1)}); err != nil {
				t.Error(err)
			}
			if _, ok, err := d.Pin(host); !ok || err != nil {
				t.Errorf("half a file was read: %v, %v", ok, err)
			}
		})
	}
	wg.Wait()
}

// The serial number stays with a device whose key changes, and is nothing by itself.
func TestSerial(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	if err := d.SetSerial(host, "XYZ01234"); err != nil {
		t.Fatal(err)
	}
	if _, known, err := d.Pin(host); known || err != nil {
		t.Errorf("a device without a key is known: %v, %v", known, err)
	}
	for i, serial := range []string{"XYZ01234", "XYZ01235", ""} {
		if err := errors.Join(d.SetPin(host, [32]byte{byte(i + 1)}), d.SetSerial(host, serial), d.SetPin(host, [32]byte{byte(i + 2)})); err != nil {
			t.Fatal(err)
		}
		again := open(t, dir)
		pin, _, err := again.Pin(host)
		got, e := again.Serial(host)
		if got != serial || pin != [32]byte{byte(i + 2)} || errors.Join(err, e) != nil {
			t.Errorf("%q, %x, %v, %v: want %q", got, pin[:1], err, e, serial)
		}
		all, err := again.Pinned()
		if known := all[remoteui.SPKIHash{byte(i + 2)}]; err != nil || len(known) != 1 || known[0].Serial != serial {
			t.Errorf("%v, %v", all, err)
		}
	}
}
