package state_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/remoteui"
)

var admin = remoteui.Credentials{
	UserName:     "Administrator",
	DepartmentID: "7654321",
	Password:     remoteui.NewSecret("correct horse"),
	Destination:  "This Device",
}

// remembered returns a directory in which host refused admin.
func remembered(t *testing.T) (string, *state.Dir) {
	t.Helper()
	dir := t.TempDir()
	d := open(t, dir)
	if err := d.Remember(at, admin); err != nil {
		t.Fatal(err)
	}
	return dir, d
}

func TestRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := openReadOnly(t, dir)
	change := func(f func(*remoteui.Credentials)) remoteui.Credentials {
		c := admin
		f(&c)
		return c
	}
	key, otherKey := remoteui.SPKIHash{1}, remoteui.SPKIHash{2}
	const host = "192.0.2.70" // of no other test
	id := remoteui.DeviceID{Host: host, Port: "8443", Addr: host, Key: key}
	with := func(f func(*remoteui.DeviceID)) remoteui.DeviceID {
		d := id
		f(&d)
		return d
	}
	tests := []struct {
		name string
		id   remoteui.DeviceID
		c    remoteui.Credentials
		want bool
	}{
		{"same", id, admin, true},
		{"by its name", with(func(d *remoteui.DeviceID) { d.Host = "Printer.example." }), admin, true},
		{"by its name, address not known", with(func(d *remoteui.DeviceID) { d.Host, d.Addr = "printer", "" }), admin, true},
		{"another key by now", with(func(d *remoteui.DeviceID) { d.Key = otherKey }), admin, true},
		{"key not known", with(func(d *remoteui.DeviceID) { d.Key = remoteui.SPKIHash{} }), admin, true},
		{"another port", with(func(d *remoteui.DeviceID) { d.Port = "9443" }), admin, false},
		{"another device with the certificate", with(func(d *remoteui.DeviceID) { d.Host, d.Addr = "192.0.2.8", "192.0.2.8" }), admin, false},
		{"other host", with(func(d *remoteui.DeviceID) { d.Host, d.Key = "192.0.2.8", otherKey }), admin, false},
		{"other password", id, change(func(c *remoteui.Credentials) { c.Password = remoteui.NewSecret("x") }), false},
		{"other user", id, change(func(c *remoteui.Credentials) { c.UserName = "x" }), false},
		{"other department", id, change(func(c *remoteui.Credentials) { c.DepartmentID = "x" }), false},
		{"other destination", id, change(func(c *remoteui.Credentials) { c.Destination = "" }), false},
		{"parts shifted", id, change(func(c *remoteui.Credentials) {
			c.UserName, c.DepartmentID = c.UserName+c.DepartmentID, ""
		}), false},
	}
	if err := open(t, dir).Remember(id, admin); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		got, err := d.Refused(test.id, test.c)
		if got != test.want || err != nil {
			t.Errorf("%s: %v, %v: want %v", test.name, got, err, test.want)
		}
	}
}

// What is on disk gives the credential away in no encoding, and differs from
// record to record.
func TestRefusedKeepsNoSecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := state.Open(dir) // with the iterations of real use
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Remember(at, admin); err != nil {
		t.Fatal(err)
	}
	path, first := find(t, dir, "refused-*.json")
	for _, secret := range []string{admin.Password.Reveal(), admin.UserName, admin.DepartmentID} {
		for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret))[:6]} {
			if bytes.Contains(first, []byte(form)) {
				t.Errorf("%s holds %q", path, form)
			}
		}
	}
	var r struct {
		Iterations int
		Salt, Hash []byte
	}
	if err := json.Unmarshal(first, &r); err != nil || r.Iterations < 600_000 || len(r.Salt) < 16 || len(r.Hash) != 32 {
		t.Errorf("%s: %v", first, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := d.Remember(at, admin); err != nil {
		t.Fatal(err)
	}
	if _, second := find(t, dir, "refused-*.json"); bytes.Contains(second, []byte(base64.StdEncoding.EncodeToString(r.Salt))) {
		t.Error("the salt was used twice")
	}
}

func TestRefusedDamaged(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(string) string{
		"no JSON":             func(s string) string { return s[1:] },
		"other function":      func(s string) string { return strings.Replace(s, "SHA256", "MD5", 1) },
		"hours of iterations": func(s string) string { return strings.Replace(s, `"iterations":`, `"iterations":9999`, 1) },
		"few iterations":      func(s string) string { return strings.Replace(s, `"iterations":200000`, `"iterations":1`, 1) },
		"no hash":             func(s string) string { return strings.Replace(s, `"hash":"`, `"hash":"","x":"`, 1) },
		"empty":               func(string) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, d := remembered(t)
			path, content := find(t, dir, "refused-*.json")
			write(t, path, []byte(damage(string(content))))
			refused, err := d.Refused(at, admin)
			corrupt, is := errors.AsType[*state.CorruptError](err)
			if refused || !is || corrupt.File != path || !strings.Contains(err.Error(), filepath.Base(path)) {
				t.Errorf("got %v, %v: want an error that names the file", refused, err)
			}
		})
	}
}

func TestRefusedTooMany(t *testing.T) {
	t.Parallel()
	dir, d := remembered(t)
	path, content := find(t, dir, "refused-*.json")
	for i := range 64 {
		write(t, filepath.Join(filepath.Dir(path), fmt.Sprintf("refused-%d.json", i)), content)
	}
	if refused, err := d.Refused(at, admin); refused || err == nil {
		t.Errorf("got %v, %v: want an error, each record costs a slow hash", refused, err)
	}
}

// A refusal that cannot be written is not forgotten by the run.
func TestRefusedUnwritable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	write(t, filepath.Join(dir, "devices"), nil) // in the way
	if err := d.Remember(at, admin); err == nil {
		t.Fatal("where was it written?")
	}
	if err := os.Remove(filepath.Join(dir, "devices")); err != nil {
		t.Fatal(err)
	}
	if refused, err := d.Refused(at, admin); !refused || err != nil {
		t.Errorf("forgotten: %v", err)
	}
}

// Whoever only looks sends a password, too: what was refused is on disk also
// where the directory is read only, whether it was there before or not, and
// nothing else is.
func TestRefusedReadOnly(t *testing.T) {
	t.Parallel()
	for _, made := range []bool{true, false} {
		dir := filepath.Join(t.TempDir(), "state")
		if made {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		at := remoteui.DeviceID{Host: fmt.Sprint("readonly-", made)} // of no other test
		d := openReadOnly(t, dir)
		if err := d.Remember(at, admin); err != nil {
			t.Fatal(err)
		}
		if refused, err := d.Refused(at, admin); !refused || err != nil {
			t.Errorf("forgotten at once: %v", err)
		}
		if refused, err := openReadOnly(t, dir).Refused(at, admin); !refused || err != nil {
			t.Errorf("forgotten by the next run: %v", err)
		}
		path, _ := find(t, dir, "refused-*.json")
		all, err := filepath.Glob(filepath.Join(dir, "*", "*", "*"))
		if err != nil || len(all) != 1 || all[0] != path {
			t.Errorf("it wrote %q, %v", all, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if refused, err := d.Refused(at, admin); refused || err != nil {
			t.Errorf("the record is gone and still counts: %v", err)
		}
	}
}

// Without a directory it is the process that remembers, whatever is opened when.
func TestRefusedInProcess(t *testing.T) {
	t.Parallel()
	id := remoteui.DeviceID{Host: "192.0.2.77", Port: "8443", Addr: "192.0.2.77", Key: remoteui.SPKIHash{77}}
	first := openReadOnly(t, "")
	if err := first.Remember(id, admin); err != nil {
		t.Fatal(err)
	}
	first.Close()
	for _, dir := range []string{"", t.TempDir()} {
		d := openReadOnly(t, dir)
		for _, host := range []string{"192.0.2.77", "printer.example"} {
			id.Host = host
			if refused, err := d.Refused(id, admin); !refused || err != nil {
				t.Errorf("%q, %s: forgotten, %v", dir, host, err)
			}
		}
		id.Key = remoteui.SPKIHash{78}
		if refused, err := d.Refused(id, admin); refused || err != nil {
			t.Errorf("another device: refused, %v", err)
		}
		id.Key = remoteui.SPKIHash{77}
	}
}

// at is the device as far as most tests know it.
var at = remoteui.DeviceID{Host: host}
