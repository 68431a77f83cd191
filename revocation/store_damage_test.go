package revocation_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/rekey-go/rekey/revocation"
)

// What a crash leaves: a temporary file, certificate files without a record,
// an empty directory. None is a record, and the next Put completes its own.
func TestLeftoversOfACrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	record := put(t, s, handshake(t, "K")).Record()
	full := filepath.Join(dir, filepath.FromSlash(record))
	content, err := os.ReadFile(full)
	if err != nil {
		t.Fatal(err)
	}
	device := filepath.Dir(full)
	for _, err := range []error{
		os.Remove(full), // the record itself was not renamed yet
		os.WriteFile(filepath.Join(device, ".new-ABC"), content[:100], 0o600),
		os.WriteFile(filepath.Join(dir, ".new-ABC"), content, 0o600),
		os.Mkdir(filepath.Join(dir, "empty-00000000"), 0o700),
		os.Mkdir(filepath.Join(dir, ".new-dir"), 0o700),
		os.WriteFile(filepath.Join(dir, ".new-dir", "x.json"), content, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if keys, errs := collect(s); keys != nil || errs != nil {
		t.Errorf("leftovers read as %q, %v", keys, errs)
	}
	if again := put(t, s, handshake(t, "K")); again.Record() != record {
		t.Errorf("second attempt at %q, first at %q", again.Record(), record)
	}
	if err := os.Remove(strings.TrimSuffix(full, ".json") + ".cer"); err != nil {
		t.Fatal(err)
	}
	put(t, s, handshake(t, "K"))
	if _, err := os.Stat(strings.TrimSuffix(full, ".json") + ".cer"); err != nil {
		t.Error("missing certificate file not restored")
	}
}

func TestDamagedRecords(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(file string, content []byte) error{
		"truncated": func(f string, b []byte) error { return os.WriteFile(f, b[:len(b)/2], 0o600) },
		"empty":     func(f string, b []byte) error { return os.WriteFile(f, nil, 0o600) },
		"another certificate": func(f string, b []byte) error {
			return os.WriteFile(f, []byte(strings.Replace(string(b), `"der": "M`, `"der": "N`, 2)), 0o600)
		},
		"later schema": func(f string, b []byte) error {
			return os.WriteFile(f, []byte(strings.Replace(string(b), `"version": 1`, `"version": 2`, 1)), 0o600)
		},
		"endless":    func(f string, b []byte) error { return os.Truncate(f, 1<<40) },
		"a link":     func(f string, b []byte) error { return errors.Join(os.Remove(f), os.Symlink("/etc/hostname", f)) },
		"a link out": func(f string, b []byte) error { return errors.Join(os.Remove(f), os.Symlink("../../../x", f)) },
		"directory":  func(f string, b []byte) error { return errors.Join(os.Remove(f), os.Mkdir(f, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir)
			record := put(t, s, handshake(t, "B")).Record()
			put(t, s, handshake(t, "A"))
			put(t, s, handshake(t, "C"))
			file := filepath.Join(dir, filepath.FromSlash(record))
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(file, content); err != nil {
				t.Fatal(err)
			}
			keys, errs := collect(s)
			if !slices.Equal(keys, []string{"A", "C"}) || len(errs) != 1 {
				t.Fatalf("%q, %v", keys, errs)
			}
			if e, ok := errors.AsType[*revocation.RecordError](errs[0]); !ok || e.Path != record {
				t.Errorf("error %v", errs[0])
			}
			if again := put(t, s, handshake(t, "B")); again.Record() == record {
				t.Error("damaged record overwritten")
			}
			if keys, errs := collect(s); len(keys) != 3 || len(errs) != 1 {
				t.Errorf("afterwards: %q, %v", keys, errs)
			}
		})
	}
}

// What is damaged of one device or key is told to who asks for that, and for none in
// particular: to the others it is neither told nor read.
func TestFindReadsNoOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	other := handshake(t, "B")
	other.Device.URL = "https://other.example"
	put(t, s, handshake(t, "A"))
	put(t, s, handshake(t, "A-old"))
	for _, e := range []revocation.Evidence{other, handshake(t, "B")} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(put(t, s, e).Record())), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		q            revocation.Query
		found, wrong int
	}{
		{revocation.Query{}, 2, 2},
		{revocation.Query{Device: "https://MFP.example:8443/"}, 2, 1},
		{revocation.Query{Device: "mfp.example", Key: "A"}, 1, 0},
		{revocation.Query{Key: "B"}, 0, 2},
		{revocation.Query{Device: "other.example"}, 0, 1},
		{revocation.Query{Device: "third.example"}, 0, 0},
	} {
		var found, wrong [2]int
		count := func(i int, err error) {
			if err != nil {
				wrong[i]++
			} else {
				found[i]++
			}
		}
		for _, err := range s.Find(tc.q) {
			count(0, err)
		}
		for _, err := range s.Records(tc.q) {
			count(1, err)
		}
		if want := [2]int{tc.found, tc.found}; found != want || wrong != [2]int{tc.wrong, tc.wrong} {
			t.Errorf("%+v: found %v, damaged %v; want %d, %d", tc.q, found, wrong, tc.found, tc.wrong)
		}
	}
}

func TestDeviceDirectoryMustBeOne(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"file", "link out", "link inside"} {
		dir, outside := t.TempDir(), t.TempDir()
		s := open(t, dir)
		sum := sha256.Sum256([]byte("mfp.example"))
		device := filepath.Join(dir, "mfp.example-"+hex.EncodeToString(sum[:4]))
		err := os.Mkdir(filepath.Join(dir, "other"), 0o700)
		switch kind {
		case "file":
			err = errors.Join(err, os.WriteFile(device, nil, 0o600))
		case "link out":
			err = errors.Join(err, os.Symlink(outside, device))
		case "link inside":
			err = errors.Join(err, os.Symlink("other", device))
		}
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Put(t.Context(), handshake(t, "K"))
		if _, ok := errors.AsType[*revocation.StoreError](err); !ok || r.Valid() || !errors.Is(err, syscall.ENOTDIR) {
			t.Errorf("%s: %v, receipt %v", kind, err, r.Valid())
		}
		if left := append(files(t, outside), files(t, filepath.Join(dir, "other"))...); len(left) > 0 {
			t.Errorf("%s: wrote %q", kind, left)
		}
	}
}
