package revocation_test

import (
	"context"
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
