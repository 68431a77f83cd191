package revocation_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rekey-go/rekey/revocation"
)

func open(t testing.TB, dir string) *revocation.Store {
	t.Helper()
	s, err := revocation.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func put(t testing.TB, s *revocation.Store, e revocation.Evidence) revocation.Receipt {
	t.Helper()
	r, err := s.Put(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Valid() {
		t.Fatal("invalid receipt")
	}
	return r
}

// collect gives the names of the readable keys and the errors of All.
func collect(s *revocation.Store) (keys []string, errs []error) {
	for e, err := range s.All() {
		if err != nil {
			errs = append(errs, err)
		} else {
			keys = append(keys, e.Key)
		}
	}
	return keys, errs
}

// files lists all files under dir with slashes.
func files(t testing.TB, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestW4_PutWritesTheRecordAndItsCertificate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state", "evidence")
	r := put(t, open(t, dir), handshake(t, "TLS2021"))
	if k := r.Key(); k.Device != "mfp.example" || k.Name != "TLS2021" || k.Fingerprint != issuedSPKI {
		t.Errorf("receipt about %+v", k)
	}
	if !regexp.MustCompile(`^mfp\.example-[0-9a-f]{8}/TLS2021-[0-9a-f]{16}\.json$`).MatchString(r.Record()) {
		t.Errorf("record %q", r.Record())
	}
	stem := filepath.Join(dir, strings.TrimSuffix(filepath.FromSlash(r.Record()), ".json"))
	cer, err := os.ReadFile(stem + ".cer")
	if err != nil || string(cer) != string(testdata(t, "issued.der")) {
		t.Errorf(".cer: %v", err)
	}
	chain, err := os.ReadFile(stem + ".pem")
	first, rest := pem.Decode(chain)
	if err != nil || first == nil || string(first.Bytes) != string(cer) {
		t.Fatalf(".pem: %v", err)
	}
	if second, _ := pem.Decode(rest); second == nil || string(second.Bytes) != string(testdata(t, "ca.der")) {
		t.Error(".pem without the chain")
	}
	for p, want := range map[string]fs.FileMode{dir: 0o700, filepath.Dir(stem): 0o700, stem + ".json": 0o600, stem + ".cer": 0o600, stem + ".pem": 0o600} {
		info, err := os.Stat(p)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", p, info.Mode(), err)
		}
	}
	if n := len(files(t, dir)); n != 3 {
		t.Errorf("%d files: something is left behind", n)
	}
}

// What is read back is what was put, to the letter.
func TestPutRoundTrip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, in := range []revocation.Evidence{handshake(t, "A"), details("B")} {
		want, err := revocation.NewEvidence(in)
		if err != nil {
			t.Fatal(err)
		}
		put(t, open(t, dir), in)
		for got, err := range open(t, dir).Find(revocation.Query{Key: in.Key}) {
			a, _ := json.Marshal(want)
			b, _ := json.Marshal(got)
			if err != nil || string(a) != string(b) {
				t.Errorf("%v\nput %s\ngot %s", err, a, b)
			}
		}
	}
}

func TestPutIsIdempotent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	e := handshake(t, "K")
	e.Fields = []revocation.Field{{Label: "\xff", Value: "not UTF-8 \xc0"}}
	first := put(t, s, e)
	e.TakenAt = e.TakenAt.Add(time.Hour) // a second run, nothing else new
	if again := put(t, open(t, dir), e); again != first {
		t.Errorf("receipts differ: %v, %v", first, again)
	}
	if keys, errs := collect(s); len(keys) != 1 || errs != nil {
		t.Errorf("%q, %v", keys, errs)
	}
	e.Usages = []string{"tls", "ipsec"}
	if other := put(t, s, e); other.Record() == first.Record() {
		t.Error("different evidence overwrote the earlier")
	}
	if keys, _ := collect(s); len(keys) != 2 {
		t.Errorf("%d records, want both", len(keys))
	}
}

func TestHostileNamesStayInside(t *testing.T) {
	t.Parallel()
	safe := regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)
	parent := t.TempDir()
	dir := filepath.Join(parent, "evidence")
	s := open(t, dir)
	names := []string{
		"../../etc/passwd", "..", ".", "/abs", `..\..\x`, "a/b", "a\x00b", "a\nb", "\u202egnp.exe", "CON", "nul.json",
		".hidden", "-rf", strings.Repeat("長", 5000), strings.Repeat("x", 100_000), " ", "a b", "A B", "a_b", "名稱", "\xff\xfe",
	}
	for _, name := range names {
		r := put(t, s, details(name))
		if r.Key().Name != name {
			t.Errorf("%.20q: receipt about %.20q", name, r.Key().Name)
		}
		if !safe.MatchString(r.Record()) || len(r.Record()) > 160 || strings.Contains(r.Record(), "/.") {
			t.Errorf("%.20q: stored as %q", name, r.Record())
		}
	}
	for _, host := range []string{strings.Repeat("a", 3000), "a..b", "..", "複合機.example"} {
		device := details("K")
		device.Device.URL = "https://" + host + "/"
		if r := put(t, s, device); !safe.MatchString(r.Record()) || len(r.Record()) > 160 || strings.HasPrefix(r.Record(), ".") {
			t.Errorf("host %.20q: stored as %q", host, r.Record())
		}
	}
	if keys, errs := collect(s); len(keys) != len(names)+4 || errs != nil {
		t.Errorf("%d of %d records, %v", len(keys), len(names), errs)
	}
	if outside, _ := os.ReadDir(parent); len(outside) != 1 {
		t.Errorf("files outside the store: %v", outside)
	}
}

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

func TestFind(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	put(t, s, handshake(t, "A"))
	put(t, s, details("A"))
	elsewhere := handshake(t, "B")
	elsewhere.Device.URL = "https://other.example/"
	put(t, s, elsewhere)
	for _, tc := range []struct {
		q    revocation.Query
		want int
	}{
		{revocation.Query{}, 3},
		{revocation.Query{Key: "A"}, 2},
		{revocation.Query{Device: "http://MFP.example:8000"}, 2},
		{revocation.Query{Device: "other.example", Key: "A"}, 0},
		{revocation.Query{SPKI: strings.ToUpper(issuedSPKI)}, 2},
		{revocation.Query{SHA256: "d1024427561c83ce5c713f685e4b899a776e34cb9490eaa7fc633b7316ffa09c", Key: "B"}, 1},
		{revocation.Query{Key: "C"}, 0},
	} {
		n := 0
		for _, err := range s.Find(tc.q) {
			if err != nil {
				t.Error(err)
			}
			n++
		}
		if n != tc.want {
			t.Errorf("%+v: %d records, want %d", tc.q, n, tc.want)
		}
	}
	for range s.All() { // stopping early is allowed
		break
	}
}

func TestConcurrentPuts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stores := []*revocation.Store{open(t, dir), open(t, dir)} // as two processes
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			if r, err := stores[i%2].Put(t.Context(), details(fmt.Sprint("K", i/4))); err != nil || !r.Valid() {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if keys, errs := collect(stores[0]); !slices.Equal(keys, []string{"K0", "K1", "K2", "K3"}) || errs != nil {
		t.Errorf("%q, %v", keys, errs)
	}
}

func TestNoReceiptWithoutARecord(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := s.Put(cancelled, details("K")); !errors.Is(err, context.Canceled) || r.Valid() {
		t.Errorf("cancelled: %v", err)
	}
	if r, err := s.Put(t.Context(), revocation.Evidence{}); !errors.Is(err, revocation.ErrNoEvidence) || r.Valid() {
		t.Errorf("empty: %v", err)
	}
	huge := details("K")
	huge.Fields = append(huge.Fields, revocation.Field{Label: "x", Value: strings.Repeat("x", 5<<20)})
	if r, err := s.Put(t.Context(), huge); !errors.Is(err, revocation.ErrTooLarge) || r.Valid() {
		t.Errorf("huge: %v", err)
	}
	s.Close()
	if r, err := s.Put(t.Context(), details("K")); err == nil || r.Valid() {
		t.Error("closed store gave a receipt")
	}
}

func TestOpenStoreErrors(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := revocation.OpenStore(file)
	if e, ok := errors.AsType[*revocation.StoreError](err); !ok || e.Op != "open" || !strings.Contains(err.Error(), "stands in the way") {
		t.Errorf("%v", err)
	}
}

func TestStoreErrorSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		syscall.ENOSPC: "free some space", syscall.EDQUOT: "free some space",
		syscall.EROFS: "read-only", syscall.EACCES: "writable", syscall.ENOTDIR: "in the way",
	} {
		got := (&revocation.StoreError{Op: "write", Path: "x", Err: &fs.PathError{Op: "open", Path: "x", Err: err}}).Error()
		if !strings.Contains(got, want) {
			t.Errorf("%v: %q", err, got)
		}
	}
}
