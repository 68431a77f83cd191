package revocation_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"iter"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/smallstep/pkcs7"

	"github.com/rekey-go/rekey/revocation"
)

func armour(label string, ders ...[]byte) (out []byte) {
	for _, der := range ders {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})...)
	}
	return out
}

func write(t testing.TB, dir, name string, content []byte) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, content, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func index(t testing.TB, known revocation.KnownCertificates) *revocation.KnownIndex {
	t.Helper()
	x, err := revocation.IndexKnown(t.Context(), known)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// list is a callback of the caller's.
func list(ders ...[]byte) revocation.KnownCertificates {
	return func(context.Context) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			for _, der := range ders {
				if !yield(der, nil) {
					return
				}
			}
		}
	}
}

func TestKnownDir(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	cas, key := newCA(t, "CA")
	var ders [][]byte
	for i := range 9 {
		ders = append(ders, issue(t, cas[0], key, "mfp.example", big.NewInt(int64(1000+i))))
	}
	p7, err := pkcs7.DegenerateCertificate(slices.Concat(ders[3], ders[4]))
	if err != nil {
		t.Fatal(err)
	}
	good := map[string][]byte{
		"a.cer": ders[0], "sub/dir/0ABC.pem": append([]byte("Certificate:\n    Data: ...\n"), armour("CERTIFICATE", ders[1])...),
		"no-extension": ders[2], "bundle.p7b": p7, "base64.txt": []byte(base64.StdEncoding.EncodeToString(ders[5])),
		"two.pem":      armour("CERTIFICATE", ders[6], testdata(t, "rsa1024-negative-serial.der")),
		"weak.der":     testdata(t, "rsa512-sha256.der"),
		"exponent.crt": testdata(t, "rsa1024-big-exponent.der"), "again.cer": ders[0],
		// One good in front of a damaged one, and one behind it.
		"half.pem": slices.Concat(armour("CERTIFICATE", ders[7]), []byte("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"), armour("CERTIFICATE", ders[8])),
	}
	for name, content := range good {
		write(t, dir, name, content)
	}
	for name, content := range map[string][]byte{ // none of these is anything to complain of
		"index.txt": []byte("V\t300101000000Z\t\t1000\tunknown\t/CN=mfp\n"), "serial": []byte("1001\n"), "README": []byte("hello"), "empty": nil,
		"ca.key": armour("PRIVATE KEY", []byte{0x30, 0}), "cakey.pem": armour("RSA PRIVATE KEY", []byte{0x30, 0}),
		"r.csr": testdata(t, "request.der"), "r.pem": armour("CERTIFICATE REQUEST", testdata(t, "request.der")), ".hidden.cer": []byte("junk"), ".git/x.cer": []byte("junk"),
	} {
		write(t, dir, name, content)
	}
	write(t, dir, "broken.cer", ders[0][:100])
	write(t, dir, "page.crt", []byte("<!DOCTYPE html><html><title>Error\x1b</title>"))
	write(t, dir, "nothing.der", nil)
	write(t, outside, "out.cer", issue(t, cas[0], key, "outside", big.NewInt(77)))
	err = errors.Join(os.Symlink("a.cer", filepath.Join(dir, "link.cer")), os.Symlink(filepath.Join(outside, "out.cer"), filepath.Join(dir, "out.cer")))
	if err != nil {
		t.Fatal(err)
	}
	pipe(t, dir, "pipe.cer")
	x := index(t, revocation.KnownDir(dir))
	if x.Len() != 12 {
		t.Errorf("%d certificates", x.Len())
	}
	for i, der := range ders {
		if c := x.ByThumbprint(parse(t, der).SHA256); c == nil || !bytes.Equal(c.Raw, der) {
			t.Errorf("certificate %d is missing", i)
		}
	}
	problems := fmt.Sprint(x.Problems())
	for _, name := range []string{"broken.cer", "page.crt", "nothing.der", "half.pem", "out.cer"} {
		if !strings.Contains(problems, name) {
			t.Errorf("no complaint of %s in %s", name, problems)
		}
	}
	if len(x.Problems()) != 5 || strings.Contains(problems, "\x1b") {
		t.Errorf("problems: %q", problems)
	}
}

func TestKnownDirProblems(t *testing.T) {
	t.Parallel()
	if x := index(t, revocation.KnownDir(filepath.Join(t.TempDir(), "missing"))); x.Len() != 0 || len(x.Problems()) != 1 {
		t.Errorf("%v", x.Problems())
	}
	dir := t.TempDir()
	for i := range 150 {
		write(t, dir, fmt.Sprint(i, ".cer"), []byte("junk"))
	}
	write(t, dir, "good.cer", testdata(t, "issued.der"))
	x := index(t, revocation.KnownDir(dir))
	if p := x.Problems(); x.Len() != 1 || len(p) != 101 || !strings.Contains(p[100].Error(), "50 more") {
		t.Errorf("%d, %d problems", x.Len(), len(p))
	}
	// A file of many, longer than one answer of a CA may be.
	long := t.TempDir()
	write(t, long, "all.pem", slices.Concat(armour("CERTIFICATE", testdata(t, "issued.der")), bytes.Repeat([]byte("# a comment\n"), 1<<17), armour("CERTIFICATE", testdata(t, "ca.der"))))
	f, err := os.Create(filepath.Join(long, "huge.cer"))
	if err = errors.Join(err, f.Truncate(65<<20), f.Close()); err != nil {
		t.Fatal(err)
	}
	if x := index(t, revocation.KnownDir(long)); x.Len() != 2 || len(x.Problems()) != 1 || !errors.Is(x.Problems()[0], revocation.ErrTooLarge) {
		t.Errorf("%d, %v", x.Len(), x.Problems())
	}
	cancelled, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	if _, err := revocation.IndexKnown(cancelled, revocation.KnownDir(dir)); !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
	for range revocation.KnownDir(dir)(t.Context()) { // stopping early is allowed
		break
	}
	if x := index(t, nil); x.Len() != 0 {
		t.Error("nil knows something")
	}
}

func TestKnownFind(t *testing.T) {
	t.Parallel()
	cas, key := newCA(t, "Test CA", "Test CA 2")
	serial, _ := new(big.Int).SetString("80f1e2d3c4b5a69788796a5b4c3d2e1f00112233", 16) // 40 digits, as a SHA-1
	leaf := parse(t, issue(t, cas[0], key, "mfp.example", serial))
	short := parse(t, issue(t, cas[0], key, "mfp.example", big.NewInt(0x17)))
	other := parse(t, issue(t, cas[0], key, "other.example", big.NewInt(0x2048)))
	same := parse(t, issue(t, cas[1], key, "mfp.example", big.NewInt(0x17)))
	odd := parse(t, testdata(t, "rsa1024-negative-serial.der"))
	others, _ := newCA(t, "Test CA") // another key
	x := index(t, list(others[0].Raw, cas[0].Raw, leaf.Raw, short.Raw, other.Raw, same.Raw, odd.Raw))
	colons := func(s string) (out string) {
		for i := 0; i < len(s); i += 2 {
			out += ":" + s[i:i+2]
		}
		return strings.ToUpper(out[1:])
	}
	fields := func(values ...string) (all []revocation.Field) {
		for i, v := range values {
			all = append(all, revocation.Field{Label: fmt.Sprint("欄", i), Value: v})
		}
		return all
	}
	foreign := strings.Repeat("ab", 20)
	for _, tc := range []struct {
		name string
		l    lookup
		want *revocation.Certificate
		by   string
		err  error
	}{
		{"SHA-1 with colons", lookup{Fields: fields("x", colons(leaf.SHA1))}, leaf, "thumbprint", nil},
		{"SHA-256 with spaces", lookup{Fields: fields(strings.ReplaceAll(colons(leaf.SHA256), ":", " "))}, leaf, "thumbprint", nil},
		{"thumbprint in two lines", lookup{Fields: fields(leaf.SHA256[:32] + "\r\n" + leaf.SHA256[32:])}, leaf, "thumbprint", nil},
		{"two thumbprints", lookup{Fields: fields(leaf.SHA1, short.SHA1)}, nil, "", revocation.ErrAmbiguous},
		{"thumbprint, another key", lookup{Fields: fields(leaf.SHA1), SPKI: short.PublicKey.SHA256}, nil, "", revocation.ErrNotKnown},
		{"public key", lookup{SPKI: strings.ToUpper(leaf.PublicKey.SHA256)}, leaf, "public key", nil},
		{"issuer and serial number", lookup{Serial: "0x" + leaf.SerialHex(), Issuer: "C=JP, O=Example, CN=Test CA"}, leaf, "issuer and serial number", nil},
		{"serial number with colons", lookup{Serial: colons(leaf.SerialHex()), Issuer: "CN=Test CA/O=Example", Fields: fields(colons(leaf.SerialHex()))}, leaf, "issuer and serial number", nil},
		{"decimal serial number", lookup{Serial: leaf.Serial.String(), Issuer: "Ｔｅｓｔ  ca"}, leaf, "issuer and serial number", nil},
		{"issuer somewhere on the page", lookup{Serial: leaf.SerialHex(), Fields: fields("O=Example CN=Test CA")}, leaf, "issuer and serial number", nil},
		{"nothing labelled", lookup{Fields: fields("V3", leaf.SerialHex(), "Test CA", "CN=mfp.example", "2048")}, leaf, "issuer, serial number and subject", nil},
		{"nothing labelled, without subject", lookup{Fields: fields(leaf.SerialHex(), "Test CA")}, nil, "", revocation.ErrNotKnown},
		{"a number that is another's serial number", lookup{Fields: fields("2048", "Test CA", "CN=mfp.example")}, nil, "", revocation.ErrNotKnown},
		{"another issuer", lookup{Serial: leaf.SerialHex(), Issuer: "CN=Test CA 2"}, nil, "", revocation.ErrNotKnown},
		{"issuer in a longer word", lookup{Serial: leaf.SerialHex(), Issuer: "CN=My Test CA"}, nil, "", revocation.ErrNotKnown},
		{"endless issuer", lookup{Serial: leaf.SerialHex(), Issuer: strings.Repeat("test ca ", 1<<18) + ", test ca"}, nil, "", revocation.ErrNotKnown},
		{"no issuer", lookup{Serial: leaf.SerialHex()}, nil, "", revocation.ErrNotKnown},
		{"another key", lookup{Serial: leaf.SerialHex(), Issuer: "Test CA", SPKI: short.PublicKey.SHA256}, nil, "", revocation.ErrNotKnown},
		{"another thumbprint", lookup{Serial: leaf.SerialHex(), Issuer: "Test CA", Fields: fields(foreign)}, nil, "", revocation.ErrNotKnown},
		{"short serial number", lookup{Serial: "17", Issuer: "CN=Test CA", Subject: "CN=mfp.example"}, short, "issuer, serial number and subject", nil},
		{"short serial number of the other CA", lookup{Serial: "00:17", Issuer: "CN=Test CA 2", Subject: "CN=mfp.example"}, same, "issuer, serial number and subject", nil},
		{"short serial number, no subject", lookup{Serial: "17", Issuer: "CN=Test CA"}, nil, "", revocation.ErrNotKnown},
		{"short serial number, another subject", lookup{Serial: "17", Issuer: "CN=Test CA", Subject: "CN=xmfp.example"}, nil, "", revocation.ErrNotKnown},
		{"both CAs named", lookup{Serial: "17", Subject: "mfp.example", Fields: fields("Test CA", "Test CA 2")}, nil, "", revocation.ErrAmbiguous},
		{"negative serial number", lookup{Serial: "-81", Issuer: odd.Issuer.Text, Subject: odd.Subject.Text}, odd, "issuer, serial number and subject", nil},
		{"negative serial number in octets", lookup{Serial: "FF 7F", Issuer: odd.Issuer.Text}, odd, "issuer and serial number", nil},
		{"nothing", lookup{}, nil, "", revocation.ErrNotKnown},
		{"zeros", lookup{Serial: "0000", Issuer: "Test CA", Subject: "mfp.example"}, nil, "", revocation.ErrNotKnown},
	} {
		m, err := x.Find(tc.l.evidence())
		switch {
		case !errors.Is(err, tc.err) || (err == nil) != (tc.err == nil):
			t.Errorf("%s: %v", tc.name, err)
		case tc.want == nil && m != nil:
			t.Errorf("%s: found %s", tc.name, m.Certificate.SerialHex())
		case tc.want == leaf && (len(m.Chain) != 1 || !bytes.Equal(m.Chain[0], cas[0].Raw)):
			t.Errorf("%s: issued by another key of that name", tc.name)
		case tc.want != nil && (m == nil || !bytes.Equal(m.Certificate.Raw, tc.want.Raw) || m.By != tc.by):
			t.Errorf("%s: %+v", tc.name, m)
		}
		// A record read back from disk is completed by the same.
		if _, again, _ := x.Complete(tc.l.evidence()); (again == nil) != (tc.want == nil) || again != nil && again.By != tc.by {
			t.Errorf("%s: completed by %+v", tc.name, again)
		}
	}
}

// lookup is what is known of a certificate.
type lookup struct {
	Serial, Issuer, Subject string
	Fields                  []revocation.Field
	SPKI                    string
}

func (l lookup) evidence() revocation.Evidence {
	e := revocation.Evidence{Fields: l.Fields}
	if printed := (revocation.Printed{Issuer: l.Issuer, Subject: l.Subject, Serial: l.Serial}); printed != (revocation.Printed{}) {
		e.Printed = &printed
	}
	if l.SPKI != "" {
		e.PublicKey = &revocation.PublicKeyRecord{SPKI: l.SPKI}
	}
	return e
}

func TestKnownComplete(t *testing.T) {
	t.Parallel()
	weak := testdata(t, "issued.der")
	x := index(t, list(weak, testdata(t, "ca.der"), testdata(t, "rsa512-sha256.der")))
	e := details("K")
	e.Fields = []revocation.Field{{Label: "序號", Value: "C0:FF:EE:01:23:45:67:89:AB:CD:EF"}, {Label: "發佈者", Value: "O=Test, CN=Test CA"}}
	e.Printed = &revocation.Printed{Serial: e.Fields[0].Value}
	got, m, err := x.Complete(e)
	if err != nil || m.Certificate.PublicKey.N.BitLen() != 1024 {
		t.Fatalf("%v", err)
	}
	if got.Source != revocation.SourceFile || got.PublicKey.SPKI != issuedSPKI || len(got.Certificate.Chain) != 1 || got.Certificate.SerialHex != "c0ffee0123456789abcdef" {
		t.Errorf("%+v", got)
	}
	if e.Certificate != nil || e.PublicKey != nil {
		t.Error("the argument was changed")
	}
	if r := put(t, open(t, t.TempDir()), got); r.Key().Fingerprint != issuedSPKI {
		t.Errorf("%+v", r.Key())
	}
	// With a certificate only the chain is wanted.
	e = handshake(t, "K")
	e.Certificate.Chain = nil
	got, m, err = x.Complete(e)
	if err != nil || m != nil || len(got.Certificate.Chain) != 1 || len(e.Certificate.Chain) != 0 || !bytes.Equal(got.Certificate.DER, weak) {
		t.Errorf("%v, %+v", err, got.Certificate)
	}
	// A CSR's key finds its certificate.
	request, err := revocation.RequestPublicKey(testdata(t, "request.der"))
	if err != nil {
		t.Fatal(err)
	}
	e = revocation.Evidence{Device: revocation.Device{URL: "mfp"}, Key: "K", PublicKey: revocation.PublicKeyRecordOf(request)}
	if _, m, err := x.Complete(e); m == nil || m.By != "public key" {
		t.Errorf("%v", err)
	}
	page := details("K")
	if got, m, err := x.Complete(page); !errors.Is(err, revocation.ErrNotKnown) || m != nil || got.Certificate != nil {
		t.Errorf("%v, %+v", err, m)
	}
}
