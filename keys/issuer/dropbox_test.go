package issuer_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/keys/issuer"
)

func newDropBox(t *testing.T, dir string, o *issuer.DropBoxOptions) *issuer.DropBox {
	t.Helper()
	d, err := issuer.NewDropBox(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// pendingOf issues and wants no answer yet.
func pendingOf(t *testing.T, d *issuer.DropBox, csr *x509.CertificateRequest) *issuer.PendingError {
	t.Helper()
	chain, err := d.Issue(t.Context(), csr)
	p, ok := errors.AsType[*issuer.PendingError](err)
	if !ok || chain != nil || !errors.Is(err, keys.ErrPending) {
		t.Fatalf("got %v, %v", chain, err)
	}
	return p
}

func drop(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func listed(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	for _, e := range must(os.ReadDir(dir)) {
		names = append(names, e.Name())
	}
	return names
}

// A request waits, over days and programs, until there is an answer.
func TestDropBox(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "box")
	ca := newAuthority(t, "CA", ecKey(), nil, nil)
	csr := newCSR(t, rsaKey(), "mfp.example", "mfp.example", "192.0.2.7")
	now := time.Now()
	o := &issuer.DropBoxOptions{Now: func() time.Time { return now }}
	first := pendingOf(t, newDropBox(t, dir, o), csr)
	files := listed(t, dir)
	if len(files) != 3 || filepath.Dir(first.Request) != dir || !slices.Contains(files, filepath.Base(first.Request)) {
		t.Fatalf("%q, request %s", files, first.Request)
	}
	if !strings.Contains(first.Error(), first.Request) || !strings.Contains(first.Error(), filepath.Base(first.Answer)) {
		t.Error(first)
	}
	block, _ := pem.Decode(must(os.ReadFile(first.Request)))
	if block == nil || block.Type != "CERTIFICATE REQUEST" || string(block.Bytes) != string(csr.Raw) {
		t.Errorf("the request: %v", block)
	}
	var record issuer.DropBoxRecord
	if err := json.Unmarshal(must(os.ReadFile(strings.TrimSuffix(first.Request, ".csr")+".json")), &record); err != nil {
		t.Fatal(err)
	}
	want := issuer.DropBoxRecord{Version: 1, Subject: "CN=mfp.example,O=Example Ltd", Names: []string{"mfp.example", "192.0.2.7"}, Key: "RSA 2048",
		SPKI: record.SPKI, Requested: now.UTC().Truncate(time.Second), Request: filepath.Base(first.Request), Answer: filepath.Base(first.Answer)}
	if fmt.Sprint(record) != fmt.Sprint(want) || !strings.HasPrefix(record.SPKI, strings.TrimPrefix(strings.TrimSuffix(record.Request, ".csr"), "mfp.example-")) || len(record.SPKI) != 64 {
		t.Errorf("got %+v\nwant %+v", record, want)
	}
	if runtime.GOOS != "windows" {
		for name, mode := range map[string]os.FileMode{dir: 0o700, first.Request: 0o600, filepath.Join(dir, "README.txt"): 0o600} {
			if got := must(os.Stat(name)).Mode().Perm(); got != mode {
				t.Errorf("%s is %v, want %v", name, got, mode)
			}
		}
	}
	before := must(os.Stat(first.Request))
	now = now.Add(72 * time.Hour)
	again := pendingOf(t, newDropBox(t, dir, o), csr)
	if !again.Since.Equal(first.Since) || !again.Since.Equal(record.Requested) || !os.SameFile(before, must(os.Stat(first.Request))) || len(listed(t, dir)) != 3 {
		t.Errorf("asked for again: %+v", again)
	}
	cert := ca.issue(t, csr.PublicKey, "mfp.example", func(c *x509.Certificate) { c.NotAfter = now.Add(time.Hour) })
	if err := os.WriteFile(first.Answer, cert.Raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it stays there: an interrupted run takes it again
		chain, err := newDropBox(t, dir, o).Issue(t.Context(), csr)
		if err != nil || len(chain) != 1 || !chain[0].Equal(cert) {
			t.Fatalf("got %v, %v", chain, err)
		}
	}
}

func TestDropBoxAnswers(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, "Root", ecKey(), nil, nil)
	ca := newAuthority(t, "CA", ecKey(), root, nil)
	csr := newCSR(t, ecKey(), "mfp.example")
	cert := ca.issue(t, csr.PublicKey, "mfp.example", nil)
	later := ca.issue(t, csr.PublicKey, "mfp.example", func(c *x509.Certificate) { c.NotBefore = time.Now().Add(-time.Minute) })
	expired := ca.issue(t, csr.PublicKey, "mfp.example", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	foreign := ca.issue(t, ecKey().Public(), "other.example", nil)
	for _, tc := range []struct {
		name  string
		files map[string][]byte
		want  []*x509.Certificate
	}{
		{"DER under another name", map[string][]byte{"certnew.cer": cert.Raw}, []*x509.Certificate{cert}},
		{"root first", map[string][]byte{"chain.pem": certPEM(root.cert, ca.cert, cert)}, []*x509.Certificate{cert, ca.cert, root.cert}},
		{"base64", map[string][]byte{"mail.txt": []byte(base64.StdEncoding.EncodeToString(cert.Raw))}, []*x509.Certificate{cert}},
		{"chain beside it", map[string][]byte{"a.crt": certPEM(root.cert), "b.crt": certPEM(cert), "c.crt": ca.cert.Raw}, []*x509.Certificate{cert, ca.cert, root.cert}},
		{"the latest", map[string][]byte{"a.crt": certPEM(cert), "b.crt": certPEM(later), "c.crt": certPEM(expired)}, []*x509.Certificate{later}},
		{"among others", map[string][]byte{"a.crt": certPEM(foreign, cert), "b.crt": []byte("rubbish"), ".c.crt": certPEM(later)}, []*x509.Certificate{cert}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, content := range tc.files {
				drop(t, dir, name, content)
			}
			chain, err := newDropBox(t, dir, nil).Issue(t.Context(), csr)
			if err != nil || !slices.EqualFunc(chain, tc.want, (*x509.Certificate).Equal) {
				t.Errorf("got %d, %v, want %d", len(chain), err, len(tc.want))
			}
			for name, content := range tc.files {
				if got := must(os.ReadFile(filepath.Join(dir, name))); string(got) != string(content) {
					t.Errorf("%s was changed", name)
				}
			}
		})
	}
}

// STEM stands for the name of the request's files without extension.
func TestDropBoxWrongAnswers(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "CA", ecKey(), nil, nil)
	csr, other := newCSR(t, ecKey(), "mfp.example"), newCSR(t, ecKey(), "other.example")
	expired := ca.issue(t, csr.PublicKey, "mfp.example", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-25 * time.Hour) })
	foreign := ca.issue(t, ecKey().Public(), "foreign.example", nil)
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(ecKey()))})
	for _, tc := range []struct {
		name, file string
		content    []byte
		want       string // empty: none of its business
	}{
		{"expired", "STEM.cer", certPEM(expired), "expired on " + time.Now().Add(-25*time.Hour).UTC().Format(time.DateOnly)},
		{"expired, any name", "x.cer", certPEM(expired), "expired on"},
		{"other key", "STEM.cer", certPEM(foreign), `another key: "CN=foreign.example"`},
		{"other key, any name", "certnew.cer", certPEM(foreign), `another key: "CN=foreign.example"`},
		{"the CA's own", "STEM.cer", certPEM(ca.cert), "another key"},
		{"cut off", "STEM.cer", expired.Raw[:200], ""},
		{"rubbish", "STEM.pem", []byte("to be done"), "certificate"},
		{"empty", "STEM.cer", nil, "no certificate in it"},
		{"web page", "STEM.cer", []byte("<html><title>AD CS</title></html>"), "AD CS"},
		{"private key", "STEM.cer", key, "no certificate"},
		{"huge", "STEM.cer", make([]byte, 2<<20), "more than 1048576 bytes"},
		{"a chain", "ca.pem", certPEM(ca.cert), ""},
		{"for another request", "c.cer", certPEM(ca.issue(t, other.PublicKey, "other.example", nil)), ""},
		{"hidden", ".STEM.cer", certPEM(foreign), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			d := newDropBox(t, dir, nil)
			pendingOf(t, d, other)
			stem := strings.TrimSuffix(filepath.Base(pendingOf(t, d, csr).Request), ".csr")
			file := strings.Replace(tc.file, "STEM", stem, 1)
			drop(t, dir, file, tc.content)
			p := pendingOf(t, d, csr)
			if tc.name == "cut off" { // in any words
				tc.want = p.Problems[0].Why
			}
			switch {
			case tc.want == "" && len(p.Problems) > 0:
				t.Errorf("got %v", p.Problems)
			case tc.want != "" && (len(p.Problems) != 1 || p.Problems[0].File != file || !strings.Contains(p.Problems[0].Why, tc.want) || !strings.Contains(p.Error(), file)):
				t.Errorf("got %v, want %q", p, tc.want)
			}
			if got := must(os.ReadFile(filepath.Join(dir, file))); string(got) != string(tc.content) {
				t.Error("the file was changed")
			}
			if strings.Contains(file, stem) {
				if p := pendingOf(t, d, other); len(p.Problems) > 0 {
					t.Errorf("the other request is bothered with %v", p.Problems)
				}
			}
			drop(t, dir, stem+".cer", certPEM(ca.issue(t, csr.PublicKey, "mfp.example", nil)))
			if _, err := d.Issue(t.Context(), csr); err != nil {
				t.Errorf("after the right answer: %v", err)
			}
		})
	}
}
