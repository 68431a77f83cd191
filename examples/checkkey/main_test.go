package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/weaktest"
	"github.com/rekey-go/rekey/internal/wording/english"
	"github.com/rekey-go/rekey/keycheck"
	"github.com/rekey-go/rekey/revocation"
)

func checkkey(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(stdin), &out, &errs, nil)
	return code, out.String(), errs.String()
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// weak is a key of the published device, as everything that holds a public key.
var weak = &rsa.PublicKey{N: weaktest.Published()[0], E: 65537}

func must(t testing.TB, der []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// certificate has a key of anybody's and another's signature.
func certificate(t testing.TB, pub *rsa.PublicKey, serial ...int64) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(append(serial, 7)[0]), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, pub, key)
	return must(t, der, err)
}

// wireSSH writes an SSH public key.
func wireSSH(fields ...[]byte) string {
	var b []byte
	for _, f := range fields {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(f))), f...)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// der writes an element, of parts that are DER or, of what is primitive, its value.
func der(tag int, parts ...[]byte) []byte {
	v := asn1.RawValue{Tag: tag, IsCompound: tag == asn1.TagSequence, Bytes: slices.Concat(parts...)}
	text, err := asn1.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

func TestForms(t *testing.T) {
	t.Parallel()
	spkiDER, err := x509.MarshalPKIXPublicKey(weak)
	spki := must(t, spkiDER, err)
	cert := certificate(t, weak)
	bundle, err := pkcs7.DegenerateCertificate(cert)
	must(t, bundle, err)
	b64 := base64.RawURLEncoding.EncodeToString
	web := fmt.Sprintf(`{"kty":"RSA","n":%q,"e":"AQAB"}`, b64(weak.N.Bytes()))
	modulus := append([]byte{0}, weak.N.Bytes()...)
	ssh := "ssh-rsa " + wireSSH([]byte("ssh-rsa"), []byte{1, 0, 1}, modulus)
	// Nothing but the public half is read of what follows, so the rest may be anything.
	zero, exponent := der(asn1.TagInteger, []byte{0}), der(asn1.TagInteger, []byte{1, 0, 1})
	private := der(asn1.TagSequence, zero, der(asn1.TagInteger, modulus), exponent, zero, zero)
	algorithm := der(asn1.TagSequence, der(asn1.TagOID, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1}), der(asn1.TagNull))
	pkcs8 := der(asn1.TagSequence, zero, algorithm, der(asn1.TagOctetString, private))
	request := der(asn1.TagSequence, der(asn1.TagSequence, zero, der(asn1.TagSequence), spki), algorithm, der(asn1.TagBitString, []byte{0}))
	public, err := base64.StdEncoding.DecodeString(strings.Fields(ssh)[1])
	must(t, public, err)
	none := append([]byte{0, 0, 0, 4}, "none"...)
	openSSH := slices.Concat([]byte("openssh-key-v1\x00"), none, none, []byte{0, 0, 0, 0, 0, 0, 0, 1}, binary.BigEndian.AppendUint32(nil, uint32(len(public))), public)
	for _, tc := range []struct {
		name    string
		content []byte
		keys    int
	}{
		{"certificate", block("CERTIFICATE", cert), 1},
		{"certificate in DER", cert, 1},
		{"OpenSSL's trusted certificate", block("TRUSTED CERTIFICATE", append(bytes.Clone(cert), 0x30, 0)), 1},
		{"SPKI", block("PUBLIC KEY", spki), 1},
		{"SPKI in DER", spki, 1},
		{"PKCS 1", block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(weak)), 1},
		{"PKCS 7", block("PKCS7", bundle), 1},
		{"PKCS 7 in DER", bundle, 1},
		{"bundle with text", bytes.Join([][]byte{[]byte("the office's\n"), block("CERTIFICATE", cert), []byte("and\r\n"), block("PUBLIC KEY", spki)}, nil), 2},
		{"JWK", []byte(web), 1},
		{"JWK set", []byte(`{"keys":[` + web + `,{"kty":"EC"},` + web + "]}"), 3},
		{"JWKs in lines", []byte(web + "\n" + web + "\n"), 2},
		{"authorized_keys", []byte("# mine\nno-pty,command=\"ls -l\" " + ssh + " me@here\n" + ssh + "\n"), 2},
		{"known_hosts", []byte("mfp.example,192.0.2.7 " + ssh + "\n"), 1},
		{"base64 lines", []byte(base64.StdEncoding.EncodeToString(cert) + ",2026\n" + base64.StdEncoding.EncodeToString(spki) + "\n"), 2},
		{"modulus in hex", []byte(weak.N.Text(16) + "\n"), 1},
		{"openssl -modulus", []byte("Modulus=" + strings.ToUpper(weak.N.Text(16)) + "\n"), 1},
		{"request", block("CERTIFICATE REQUEST", request), 1},
		{"request of old", block("NEW CERTIFICATE REQUEST", request), 1},
		{"request in DER", request, 1},
		{"PKCS 1 in DER", x509.MarshalPKCS1PublicKey(weak), 1},
		{"PKCS 1 private", block("RSA PRIVATE KEY", private), 1},
		{"PKCS 8", block("PRIVATE KEY", pkcs8), 1},
		{"PKCS 8 in DER", pkcs8, 1},
		{"CMS, and what holds no key", append(block("X509 CRL", []byte{0x30, 0}), block("CMS", bundle)...), 1},
		{"OpenSSH private", block("OPENSSH PRIVATE KEY", openSSH), 1},
		{"SSH certificate", []byte("ssh-rsa-cert-v01@openssh.com " + wireSSH([]byte("ssh-rsa-cert-v01@openssh.com"), []byte("nonce"), []byte{1, 0, 1}, modulus, []byte("more")) + "\n"), 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := checkkey(t, "", "-json", "-all", write(t, "file", tc.content))
			if code != exitBroken || errs != "" {
				t.Errorf("exit code %d, %s", code, errs)
			}
			if n := strings.Count(out, `"kind":"next-prime"`); n != tc.keys && tc.name != "JWK set" || n == 0 || strings.Count(out, "\n") != tc.keys+1 {
				t.Errorf("want %d keys, got\n%s", tc.keys, out)
			}
		})
	}
}

// People read it in their language; the last object says how it ended.
func TestToldAndClassed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/exit-codes.md")
	if err != nil {
		t.Fatal(err)
	}
	broken, bad := write(t, "file", block("CERTIFICATE", certificate(t, weak))), write(t, "bad", []byte("-----BEGIN CERTIFICATE-----\nMIIB\n"))
	for lang, want := range map[string]string{
		"zh-TW": "已破解：next-prime：一個質數是另一個的下一個質數：CVE-2022-26320（CA/B BR ", "ja": "破られています：next-prime：", "en": "broken: next-prime: ",
	} {
		_, out, _ := checkkey(t, "", "-task-lang", lang, "-all", broken, bad)
		if left := english.Words(out); !strings.Contains(out, want) || (left != "") != (lang == "en") {
			t.Errorf("%s: %q in\n%s", lang, left, out)
		}
		if _, _, errs := checkkey(t, "", "-task-lang", lang, "-prove", "x", broken); (english.Words(errs) != "") != (lang == "en") {
			t.Errorf("%s: %s", lang, errs)
		}
	}
	for want, args := range map[string][]string{
		`{"code":1,"class":"weak","retry":"change"}`: {broken}, `{"code":9,"class":"weak","retry":"change"}`: {broken, bad}, `{"code":8,"class":"unreadable","retry":"change"}`: {bad},
		`{"code":2,"class":"usage","retry":"change"}`: {"-rounds", "0", broken}, `{"code":2,"class":"failed","retry":"change"}`: {"nosuchfile"},
	} {
		var exit rekey.Exit
		if err := json.Unmarshal([]byte(want), &exit); err != nil {
			t.Fatal(err)
		}
		row := fmt.Sprintf("| `checkkey` | %d | `%s` | %s |", exit.Code, exit.Class, exit.Retry)
		if !strings.Contains(string(page), row) && exit.Code != 9 && exit.Class != rekey.ExitUsage {
			t.Errorf("docs/exit-codes.md lacks %s", row)
		}
		if _, out, _ := checkkey(t, "", append([]string{"-json"}, args...)...); !strings.HasSuffix(out, `"exit":`+want+"}\n") {
			t.Errorf("%v: %s", args, out)
		}
	}
}

// What looks like a key and is none is said, and does not hide what is with it.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	cert := certificate(t, weak)
	good := string(block("CERTIFICATE", cert))
	for name, bad := range map[string]string{
		"cut certificate":     string(block("CERTIFICATE", cert[:len(cert)-1])),
		"no base64":           "-----BEGIN CERTIFICATE-----\n%%%%\n-----END CERTIFICATE-----\n",
		"no end":              good + "-----BEGIN CERTIFICATE-----\nMIIB\n",
		"encrypted":           string(block("ENCRYPTED PRIVATE KEY", []byte{0x30, 0})),
		"encrypted, old form": "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
		"unknown block":       string(block("SPAM", []byte{1})),
		"SSH":                 "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB= me\n",
		"base64":              strings.Repeat("MIIB", 50) + "\n",
	} {
		content := bad + good
		if name == "no end" {
			content = bad
		}
		code, out, errs := checkkey(t, "", write(t, "file", []byte(content)))
		if code != exitBroken|exitUnreadable || strings.Count(out, "unreadable: ") != 1 || strings.Count(out, "next-prime") != 1 || errs != "" {
			t.Errorf("%s: exit code %d, %s\n%s", name, code, errs, out)
		}
	}
	for name, content := range map[string]string{
		"empty": "", "text": "nothing here\n", "binary": "\x00\x01", "JSON": `{"a":1}`, "no JSON": "{", "DER": "0\x82\x01\x00\x00",
	} {
		if code, out, _ := checkkey(t, "", write(t, "file", []byte(content))); code != exitUnreadable {
			t.Errorf("%s: exit code %d\n%s", name, code, out)
		}
	}
}

// A directory with all below it, standard input, and what is not there.
func TestSources(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert := block("CERTIFICATE", certificate(t, weak))
	sound := fmt.Sprintf("%x\n", weaktest.Sound(weaktest.Rand(1), 2048).N())
	for name, content := range map[string]string{
		"a/b/one.pem": string(cert), "a/README": "no key\n", "a/data.json": "{}", "sound.hex": sound,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out, errs := checkkey(t, string(cert)+string(cert), dir, "-")
	if code != exitBroken || errs != "" || !strings.Contains(out, "4 keys: 3 broken, 0 forbidden, 0 doubtful, 0 unreadable; 2 files without any\n") {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
	code, out, errs = checkkey(t, "", filepath.Join(dir, "missing"), filepath.Join(dir, "sound.hex"))
	if code != exitFailed || !strings.Contains(errs, "missing") || !strings.Contains(out, "1 key: 0 broken") {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
	for _, args := range [][]string{nil, {"-rounds", "0", dir}, {"-prove", "x", dir}, {"-none"}, {"-blocklist", filepath.Join(dir, "missing"), dir}, {"-blocklist", filepath.Join(dir, "a/README"), dir}} {
		if code, _, errs := checkkey(t, "", args...); code != exitFailed || errs == "" {
			t.Errorf("%q: exit code %d, %q", args, code, errs)
		}
	}
	if code, out, _ := checkkey(t, "", "-help"); code != 0 || out != usageText {
		t.Errorf("-help: %d\n%s", code, out)
	}
}

func TestServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	address := server.Listener.Addr().String()
	code, out, errs := checkkey(t, "", "-all", address)
	if code != 0 || errs != "" || !strings.Contains(out, address+": nothing found: certificate, RSA 2048 bits") {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
	server.Close()
	if code, _, errs := checkkey(t, "", address); code != exitFailed || !strings.Contains(errs, address) {
		t.Errorf("nobody there: exit code %d, %s", code, errs)
	}
}

// A key from before a replacement is known again, in another form.
func TestKnown(t *testing.T) {
	t.Parallel()
	spki, err := x509.MarshalPKIXPublicKey(weak)
	old := write(t, "old.pem", block("PUBLIC KEY", must(t, spki, err)))
	code, out, errs := checkkey(t, "", "-known", old, write(t, "new.pem", block("CERTIFICATE", certificate(t, weak))))
	if code != exitBroken || errs != "" || !strings.Contains(out, "doubtful: same-key: the same key as "+old) {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	rng := weaktest.Rand(3)
	a, b := weaktest.Sound(rng, 1024), weaktest.Sound(rng, 1024)
	b.P = a.P
	c := weaktest.Sound(rng, 1024).N()
	lines := fmt.Sprintf("%x\n%x\n%x\n%x\n", a.N(), c, b.N(), c)
	if code, out, _ := checkkey(t, lines, "-"); code != exitForbidden {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	code, out, errs := checkkey(t, lines, "-set", "-")
	if code != exitBroken|exitForbidden || errs != "" || strings.Count(out, "shared-prime") != 2 || !strings.Contains(out, "4 keys: 2 broken, 2 forbidden, 0 doubtful") || !strings.Contains(out, "input:4: doubtful: same-key: the same modulus as standard input:2") {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
}

// The proof in the JSON holds, and no output holds a factor.
func TestProof(t *testing.T) {
	t.Parallel()
	pair := weaktest.Consecutive(weaktest.Rand(4), 1024)
	pub := &rsa.PublicKey{N: pair.N(), E: 65537}
	_, out, _ := checkkey(t, string(block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(pub))), "-json", "-prove", "of the CA", "-")
	var r struct{ Proof keycheck.Proof }
	line, _, _ := strings.Cut(out, "\n")
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		t.Fatal(err)
	}
	if err := r.Proof.Verify(keycheck.RSA(pub.N, big.NewInt(65537)), []byte("of the CA")); err != nil {
		t.Error(err)
	}
	for _, n := range []*big.Int{pair.P, pair.Q} {
		if strings.Contains(out, n.Text(16)) || strings.Contains(out, n.String()) {
			t.Error("a factor is printed")
		}
	}
}

// Of a device that has been remediated the evidence proves that its old key was
// broken: the directory in which a run keeps it is a source like any other.
func TestProofOfEvidence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, err := revocation.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Put(t.Context(), revocation.Evidence{
		Device: revocation.Device{URL: "https://mfp.example"}, Key: "TLS2021", Usages: []string{"tls"}, TakenAt: time.Now(), Source: revocation.SourceHandshake,
		Weakness: revocation.Weakness{State: "proved", Rounds: 1}, Certificate: &revocation.CertificateRecord{DER: certificate(t, weak)},
	}); err != nil {
		t.Fatal(err)
	}
	code, out, errs := checkkey(t, "", "-json", "-prove", "of the CA", dir)
	var r struct{ Proof keycheck.Proof }
	line, _, _ := strings.Cut(out, "\n")
	if err := json.Unmarshal([]byte(line), &r); err != nil || code != exitBroken {
		t.Fatalf("exit code %d, %v, %s", code, err, errs)
	}
	if err := r.Proof.Verify(keycheck.RSA(weak.N, big.NewInt(int64(weak.E))), []byte("of the CA")); err != nil {
		t.Error(err)
	}
}

// Many keys come out in the order in which they came in, none twice.
func TestStream(t *testing.T) {
	t.Parallel()
	const count = 10_000
	line := "ssh-ed25519 " + wireSSH([]byte("ssh-ed25519"), make([]byte, 32)) + "\n"
	small := "Modulus=" + strings.Repeat("f", 64) + "\n"
	var in strings.Builder
	for i := range count {
		if i%2500 == 2499 {
			in.WriteString(small)
		} else {
			in.WriteString(line)
		}
	}
	code, out, errs := checkkey(t, in.String(), "-progress", "-rounds", "1", "-")
	if code != exitBroken || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "10000 keys") {
		t.Errorf("exit code %d, %s", code, errs)
	}
	var last int
	for l := range strings.Lines(out) {
		var at int
		if _, err := fmt.Sscanf(l, "standard input:%d:", &at); err == nil && at < last {
			t.Fatalf("line %d after line %d", at, last)
		} else if err == nil {
			last = at
		}
	}
	if last != count || !strings.Contains(out, "10000 keys: 4 broken") {
		t.Errorf("last line %d\n%.2000s", last, out)
	}
}

// certificates is a stream of different ones, as CT logs are read: each a line. It is
// read by one goroutine, and counts what it has given.
type certificates struct {
	der    [][]byte // of the keys, taken in turn
	serial []int    // where in each its number is
	given  atomic.Int64
	total  int64
	line   []byte // what is left of the last one
}

func (c *certificates) Read(p []byte) (n int, err error) {
	for len(c.line) == 0 {
		i := c.given.Load()
		if i == c.total {
			return 0, io.EOF
		}
		of := int(i) % (len(c.der) - 1)
		if i%progressEvery == progressEvery-1 {
			of = len(c.der) - 1 // a weak one: what is found is proved, which takes 25 ms
		}
		binary.BigEndian.PutUint32(c.der[of][c.serial[of]:], 0x40000000|uint32(i))
		c.line = append(base64.StdEncoding.AppendEncode(c.line, c.der[of]), '\n')
		c.given.Add(1)
	}
	n = copy(p, c.line)
	c.line = c.line[:copy(c.line, c.line[n:])]
	return n, nil
}

// behind counts lines, and how far they are behind what was given.
type behind struct {
	of           *certificates
	lines, worst int64
}

func (b *behind) Write(p []byte) (int, error) {
	b.worst = max(b.worst, b.of.given.Load()-b.lines)
	b.lines += int64(bytes.Count(p, []byte("\n")))
	return len(p), nil
}

// A hundred thousand certificates go through in the room of some hundred of each
// processor, with progress, and each is judged.
func TestStreamOfCertificates(t *testing.T) {
	t.Parallel()
	in := &certificates{total: 100_000}
	if testing.Short() { // with the race detector
		in.total = 10_000
	}
	rng := weaktest.Rand(5)
	for _, n := range []*big.Int{weaktest.Sound(rng, 2048).N(), weaktest.Sound(rng, 3072).N(), weak.N} {
		der := certificate(t, &rsa.PublicKey{N: n, E: 65537}, 0x4711471147114711)
		in.der, in.serial = append(in.der, der), append(in.serial, bytes.Index(der, []byte{0x47, 0x11, 0x47, 0x11}))
	}
	out, errs := &behind{of: in}, &bytes.Buffer{}
	code := run(t.Context(), []string{"-json", "-all", "-progress", "-rounds", "100", "-"}, in, out, errs, nil)
	if code != exitBroken || out.lines != in.total+1 {
		t.Errorf("exit code %d, %d lines", code, out.lines)
	}
	// The lines that the reader's own room holds, and the batches under way.
	if most := int64(100 + batch*(8*runtime.GOMAXPROCS(0)+4)); out.worst > most {
		t.Errorf("%d certificates in memory, want at most %d", out.worst, most)
	}
	want := fmt.Sprintf("checkkey: %d keys, %d broken, 0 forbidden\n", in.total, in.total/progressEvery)
	if !strings.HasSuffix(errs.String(), want) || int64(strings.Count(errs.String(), "\n")) != in.total/progressEvery {
		t.Errorf("%s\nwant to its end %s", errs.String(), want)
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"-"}, strings.NewReader(""), &out, &errs, nil); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
}

// Whatever a source holds, reading it ends and says something.
func FuzzCheckkey(f *testing.F) {
	spki, err := x509.MarshalPKIXPublicKey(weak)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(spki), string(block("PUBLIC KEY", spki)), base64.StdEncoding.EncodeToString(spki), `{"keys":[{"kty":"RSA","n":"AQ","e":"Aw"},{}]}`, "[]", "{}{",
		"ssh-rsa " + wireSSH([]byte("ssh-rsa"), []byte{3}, []byte{0x80}), string(block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1\x00\x00\x00\x00\x00"))),
		string(block("PKCS7", []byte{0x30, 0x80})), "-----BEGIN ", weak.N.Text(16), "\x00",
		string(pgpPacket(6, 2, true, pgpRSA(4, weak.N, weak.N))), string(pgpArmor("PUBLIC KEY BLOCK", pgpPacket(13, 1, false, nil), pgpPacket(14, 1, false, pgpRSA(6, big.NewInt(15), big.NewInt(3))))),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var out, errs bytes.Buffer
		code := run(t.Context(), []string{"-json", "-all", "-rounds", "1", "-"}, bytes.NewReader(data), &out, &errs, nil)
		if code&exitFailed != 0 || errs.Len() > 0 || !strings.Contains(out.String(), `{"summary":`) || strings.HasPrefix(out.String(), `{"summary":`) != (code == 0 && strings.Count(out.String(), "\n") == 1) {
			t.Errorf("exit code %d, %s\n%s", code, errs.String(), out.String())
		}
	})
}
