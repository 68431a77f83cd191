package issuer_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
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

// Who can write into the directory does not get his certificate into the place
// of the right one, whatever its date and its name.
func TestDropBoxOfStrangers(t *testing.T) {
	t.Parallel()
	office := newAuthority(t, "Office CA", ecKey(), nil, nil)
	evil := newAuthority(t, "Evil CA", ecKey(), nil, nil)
	namesake := newAuthority(t, "Office CA", ecKey(), nil, nil)
	twin := newAuthority(t, "Office CA", ecKey(), nil, func(c *x509.Certificate) { c.SubjectKeyId = office.cert.SubjectKeyId })
	csr := newCSR(t, ecKey(), "mfp.example")
	now := time.Now()
	right := office.issue(t, csr.PublicKey, "mfp.example", nil)
	later := func(c *x509.Certificate) { c.NotBefore = now.Add(-time.Minute) }
	by := func(a *authority, cn string, edit func(*x509.Certificate)) []byte {
		return certPEM(a.issue(t, csr.PublicKey, cn, edit))
	}
	for _, tc := range []struct {
		name  string
		files map[string][]byte // beside the right one
		alone string            // what comes of it: "right", or a part of a problem
		named string            // where the CA was named
	}{
		{"nobody else's", nil, "right", "right"},
		{"another name", map[string][]byte{"z.cer": by(evil, "evil.example", later)}, "right", "right"},
		{"not yet valid", map[string][]byte{"y.cer": by(evil, "mfp.example", func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = now.AddDate(5, 0, 0), now.AddDate(6, 0, 0)
		})}, "right", "right"},
		{"another CA", map[string][]byte{"z.cer": by(evil, "mfp.example", later)}, "different CAs", "right"},
		{"another CA, whose own is there", map[string][]byte{"z.cer": by(evil, "mfp.example", later), "ca.cer": evil.cert.Raw}, "different CAs", "right"},
		{"a CA of the same name", map[string][]byte{"z.cer": by(namesake, "mfp.example", later)}, "different CAs", "right"},
		{"a CA of the same name and identifier", map[string][]byte{"z.cer": by(twin, "mfp.example", later), "ca.cer": office.cert.Raw}, "different CAs", "right"},
		{"a part of it", map[string][]byte{"z.cer": by(evil, "mfp.example", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign })}, "right", "right"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			drop(t, dir, "mfp.cer", certPEM(right))
			for name, content := range tc.files {
				drop(t, dir, name, content)
			}
			for _, known := range []bool{false, true} {
				o, want := &issuer.DropBoxOptions{}, tc.alone
				if known {
					o.CAs, want = []*x509.Certificate{office.cert}, tc.named
				}
				chain, err := newDropBox(t, dir, o).Issue(t.Context(), csr)
				switch p, pending := errors.AsType[*issuer.PendingError](err); {
				case want == "right" && (err != nil || !chain[0].Equal(right)):
					t.Errorf("got %v, want the right one", err)
				case want != "right" && (!pending || !strings.Contains(p.Error(), want)):
					t.Errorf("got %v, want %s", err, want)
				}
			}
		})
	}
}

// Only certificates of the CA named are answers, and an order counts.
func TestDropBoxNamedCAAndOrder(t *testing.T) {
	t.Parallel()
	office, evil := newAuthority(t, "Office CA", ecKey(), nil, nil), newAuthority(t, "Evil CA", ecKey(), nil, nil)
	csr := newCSR(t, ecKey(), "mfp.example")
	dir := t.TempDir()
	d := newDropBox(t, dir, &issuer.DropBoxOptions{CAs: []*x509.Certificate{office.cert}})
	if info, err := d.Check(t.Context()); err != nil || len(info.CAs) != 1 || strings.Contains(info.Notes[0], "not said") {
		t.Errorf("%+v, %v", info, err)
	}
	drop(t, dir, "a.cer", evil.issue(t, csr.PublicKey, "mfp.example", nil).Raw)
	if p := pendingOf(t, d, csr); len(p.Problems) != 1 || !strings.Contains(p.Problems[0].Why, "does not chain to the CA") {
		t.Errorf("got %v", p.Problems)
	}
	cert := office.issue(t, csr.PublicKey, "mfp.example", func(c *x509.Certificate) { c.DNSNames = []string{"mfp.example", "b.example"} })
	drop(t, dir, "b.cer", cert.Raw)
	if p := pendingOf(t, d, csr); len(p.Problems) != 2 || !strings.Contains(p.Problems[1].Why, "b.example") {
		t.Errorf("got %v", p.Problems)
	}
	order := keys.Order{Spec: keys.Spec{Name: "rk1", CommonName: "mfp.example", Organization: "Example Ltd"}, Policy: keys.IssuedPolicy{AnyNames: true}}
	chain, err := d.Issue(keys.WithOrder(t.Context(), order), csr)
	if err != nil || !chain[0].Equal(cert) || !chain[1].Equal(office.cert) {
		t.Errorf("with an order that allows it: %v", err)
	}
}

// A file whose issuer has a key that nobody can calculate with hangs nothing.
func TestDropBoxHugeKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	csr := newCSR(t, ecKey(), "mfp.example")
	key := rsaKey()
	made := func(subject, by string, pub any) []byte {
		template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: subject}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
		return must(x509.CreateCertificate(rand.Reader, template, &x509.Certificate{Subject: pkix.Name{CommonName: by}}, pub, key))
	}
	drop(t, dir, "a.cer", made("mfp.example", "huge", csr.PublicKey))
	drop(t, dir, "b.cer", made("huge", "root", &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 400_000), E: 65537}))
	if p := pendingOf(t, newDropBox(t, dir, nil), csr); len(p.Problems) != 2 || !strings.Contains(p.Error(), "larger than any real one") {
		t.Errorf("got %v", p)
	}
}

// What is in the directory is not kept in memory. // not parallel: it measures
func TestDropBoxMemory(t *testing.T) {
	dir := t.TempDir()
	ca := newAuthority(t, "CA", ecKey(), nil, nil)
	csr := newCSR(t, ecKey(), "mfp.example")
	long := ca.issue(t, ecKey().Public(), "x.example", func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: make([]byte, 700_000)}}
	}).Raw
	old := time.Now().Add(-time.Hour)
	const files = 40
	for i := range files {
		name := filepath.Join(dir, fmt.Sprintf("f%03d.cer", i))
		if err := errors.Join(os.WriteFile(name, long, 0o600), os.Chtimes(name, old, old)); err != nil {
			t.Fatal(err)
		}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d := newDropBox(t, dir, nil)
	if p := pendingOf(t, d, csr); len(p.Problems) != files || len(p.Error()) > 10_000 {
		t.Errorf("%d problems", len(p.Problems))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 4<<20 {
		t.Errorf("%d KiB are kept of %d", kept>>10, files*len(long)>>10)
	}
	drop(t, dir, "many.cer", certPEM(slices.Repeat([]*x509.Certificate{ca.cert}, 65)...))
	if p := pendingOf(t, d, csr); !strings.Contains(fmt.Sprint(p.Problems), "65 certificates") {
		t.Error("a file of many certificates is read")
	}
	runtime.KeepAlive(d)
}
