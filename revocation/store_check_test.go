package revocation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/revocation"
)

type anyRevoker struct{ asked []string }

func (a *anyRevoker) Revoke(_ context.Context, e revocation.Evidence, _ revocation.Reason) error {
	a.asked = append(a.asked, e.Certificate.SerialHex)
	return nil
}

// What others changed in a record, or beside it, is not believed, and nobody is
// asked about it; nor is revoking kept from happening.
func TestTamperedRecords(t *testing.T) {
	t.Parallel()
	cas, key := newCA(t, "A")
	own, victim := issue(t, cas[0], key, "mfp.example", big.NewInt(0x5e1234)), issue(t, cas[0], key, "dc.example", big.NewInt(0x610000))
	text := func(from, to string) func(string, []byte) error {
		return func(file string, b []byte) error {
			if !bytes.Contains(b, []byte(from)) {
				return errors.New("no " + from)
			}
			return os.WriteFile(file, bytes.Replace(b, []byte(from), []byte(to), 1), 0o600)
		}
	}
	stem := func(file string) string { return strings.TrimSuffix(file, ".json") }
	status := func(file string, s revocation.Status) error {
		b, err := json.Marshal(revocation.Progress{Due: time.Now(), Status: &s})
		return errors.Join(err, os.WriteFile(stem(file)+".revocation.json", b, 0o600))
	}
	for name, tamper := range map[string]func(file string, content []byte) error{
		"serial number":      text(`"serialHex": "5e1234"`, `"serialHex": "610000"`),
		"self-signed":        text(`"selfSigned": "no"`, `"selfSigned": "yes"`),
		"source":             text(`"source": "handshake"`, `"source": "csr"`),
		"weakness":           text(`"state": "unknown"`, `"state": "proved"`),
		"key":                text(`"key": "K"`, `"key": "L"`),
		"device":             text(`"url": "https://mfp.example"`, `"url": "https://dc.example"`),
		"certificate beside": func(file string, _ []byte) error { return os.WriteFile(stem(file)+".cer", victim, 0o600) },
		"none beside":        func(file string, _ []byte) error { return os.Remove(stem(file) + ".cer") },
		"another name":       func(file string, b []byte) error { return os.Rename(file, stem(file)+"x.json") },
		"another's status": func(file string, _ []byte) error {
			return status(file, revocation.Status{Answer: revocation.StateRevoked, At: time.Now(), SHA256: parse(t, victim).SHA256})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir)
			record := put(t, s, revocation.Evidence{Device: revocation.Device{URL: "https://mfp.example"}, Key: "K", Source: revocation.SourceHandshake, Certificate: &revocation.CertificateRecord{DER: own}}).Record()
			if err := s.SetProgress(t.Context(), record, revocation.Progress{Due: time.Now(), Reason: revocation.KeyCompromise}); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, filepath.FromSlash(record))
			content, err := os.ReadFile(file)
			if err == nil {
				err = tamper(file, content)
			}
			if err != nil {
				t.Fatal(err)
			}
			r := new(anyRevoker)
			bad := 0
			for got, err := range (&revocation.Follower{Revoker: r}).All(t.Context(), s, revocation.Query{}) {
				if _, ok := errors.AsType[*revocation.RecordError](err); ok && got.Name == "" {
					bad++
				}
			}
			if len(r.asked) > 0 || bad != 1 {
				t.Errorf("asked about %q, %d records refused", r.asked, bad)
			}
		})
	}
}

// A directory in which others can write is no store.
func TestOthersWriteInTheStore(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	dir := t.TempDir()
	s := open(t, dir)
	record := put(t, s, handshake(t, "K")).Record()
	device := filepath.Dir(filepath.Join(dir, filepath.FromSlash(record)))
	for mode, refused := range map[os.FileMode]bool{0o755: false, 0o775: true, 0o757: true, 0o777 | os.ModeSticky: true} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		got, err := revocation.OpenStore(dir)
		if errors.Is(err, revocation.ErrOthersWrite) != refused || (err == nil) == refused {
			t.Errorf("%v: %v", mode, err)
		}
		if err == nil {
			got.Close()
		}
	}
	if err := os.Chmod(device, 0o770); err != nil {
		t.Fatal(err)
	}
	if keys, errs := collect(s); len(keys) != 0 || len(errs) != 1 || !errors.Is(errs[0], revocation.ErrOthersWrite) {
		t.Errorf("%q, %v", keys, errs)
	}
}
