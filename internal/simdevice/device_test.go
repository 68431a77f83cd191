package simdevice

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"go/parser"
	"go/token"
	"math/big"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The device shares nothing with the programs it tests, but the names of the rows of
// the procedure, which are its manufacturer's, how weak keys sign, and where stand-ins
// are found: ports and connections in memory.
func TestImports(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source files: %v", err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range f.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			own := strings.Contains(path, "/internal/simdevice/internal/") ||
				slices.Contains([]string{"row", "weaktest", "devicetest", "memnet"}, strings.TrimPrefix(path, "github.com/rekey-go/rekey/internal/"))
			if strings.Contains(path, ".") && !own && !strings.HasPrefix(path, "github.com/smallstep/") {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

// Two devices of one seed are the same, those of two seeds are not.
func TestSeed(t *testing.T) {
	t.Parallel()
	names := func(seed uint64) string {
		l := drawLayout(Config{Seed: seed, Language: "en"})
		return fmt.Sprint(l.routes, l.name(fieldName), l.name(fieldStart), l.rowField(), l.scriptName())
	}
	first := names(1)
	if again := names(1); again != first {
		t.Error("one seed gives two layouts")
	}
	if names(2) == first {
		t.Error("two seeds give one layout")
	}
	a, b := newDevice(t, Config{Seed: 9}), newDevice(t, Config{Seed: 9})
	for i := range a.Keys() {
		if a.Keys()[i].SPKI != b.Keys()[i].SPKI {
			t.Errorf("key %d differs under one seed", i)
		}
	}
}

// Names that mean different things differ.
func TestDrawnNamesAreDistinct(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		l := drawLayout(Config{Seed: seed, Language: "en"})
		seen := make(map[string]int)
		for i := range 500 {
			name := strings.ToLower(l.name(fmt.Sprint("key.", i)))
			if other, ok := seen[name]; ok {
				t.Fatalf("seed %d: names %d and %d are both %q", seed, i, other, name)
			}
			seen[name] = i
		}
	}
}

// Every text exists in every language.
func TestLexicons(t *testing.T) {
	t.Parallel()
	for tag, words := range lexicons {
		for w := wPortal; w <= wErrNotFound; w++ {
			if len(words[w]) == 0 {
				t.Errorf("%s: no text %d (%s)", tag, w, lexicons["en"][w])
			}
		}
		if portalLang[tag] == "" {
			t.Errorf("%s: no value for cookie %s", tag, cookieLang)
		}
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	for tag := range lexicons {
		t.Run(tag, func(t *testing.T) {
			t.Parallel()
			underSeeds(t, func(t *testing.T, seed uint64) {
				d, c := loggedIn(t, Config{Seed: seed, Language: tag})
				c.toKeyList()
				for _, w := range []word{wKeys, wKeyName, wUsage, wCertificate} {
					if !c.has(w) {
						t.Errorf("no %q in the list of keys", d.lay.text(w))
					}
				}
				c.logout()
			})
		})
	}
}

func TestConfigMistakes(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"language": {Language: "xx"},
		"login":    {Login: "magic"},
		"TLS":      {MaxTLS: 7},
		"slots":    {KeySlots: 2},
		"curve":    {Keys: []KeySpec{{Name: nameDefaultKey, Curve: "P1"}}},
		"bits":     {Keys: []KeySpec{{Name: nameDefaultKey, Bits: 100}}},
		"use":      {Keys: []KeySpec{{Name: "K", Uses: []string{"FTP"}}}},
		"two uses": {Keys: []KeySpec{{Name: "K", Uses: []string{UseTLS}}, {Name: "L", Uses: []string{UseTLS}}}},
		"no TLS":   {Keys: []KeySpec{{Name: "K"}}},
	} {
		if d, err := New(cfg); err == nil {
			d.Close()
			t.Errorf("%s: no error", name)
		}
	}
}

// Keys of every kind and their certificates.
func TestKeySpecs(t *testing.T) {
	t.Parallel()
	d := newDevice(t, Config{KeySlots: 10, Keys: []KeySpec{
		{Name: nameDefaultKey, Bits: 1024},
		{Name: "Short", Bits: 512, Weak: true, CommonName: "short", Country: "JP"},
		{Name: "Weak4", Bits: 4096, Weak: true},
		{Name: "Curve", Curve: "P384", Imported: true},
		{Name: "Issued", ExternalIssuer: true, Uses: []string{UseTLS, Use8021X}},
		{Name: "Csr", NoCertificate: true},
		{Name: "Bad", Corrupt: true},
	}})
	for _, k := range d.Keys() {
		if k.NoCertificate != (k.Name == "Csr") || (k.Certificate == nil) != k.NoCertificate {
			t.Errorf("%s: certificate %v", k.Name, k.Certificate)
		}
		if k.Certificate == nil {
			continue
		}
		selfSigned := k.Certificate.Issuer.String() == k.Certificate.Subject.String()
		if selfSigned != (k.Name != "Issued") {
			t.Errorf("%s: issuer %s", k.Name, k.Certificate.Issuer)
		}
		if selfSigned && k.Bits != 512 && k.Certificate.CheckSignature(k.Certificate.SignatureAlgorithm, k.Certificate.RawTBSCertificate, k.Certificate.Signature) != nil {
			t.Errorf("%s: bad signature", k.Name)
		}
		if closePrimes(k.Certificate) != k.Weak {
			t.Errorf("%s: weak %v by its modulus", k.Name, !k.Weak)
		}
		if k.Certificate.Version != 3 {
			t.Errorf("%s: X.509v%d", k.Name, k.Certificate.Version)
		}
	}
	if got := keyNamed(d, "Issued").Uses; fmt.Sprint(got) != "[TLS IEEE 802.1X]" {
		t.Errorf("uses %q", got)
	}
	if got := keyNamed(d, "Short").Certificate.Subject.String(); got != "CN=short,C=JP" {
		t.Errorf("subject %s", got)
	}
	if got := servedKey(t, d); got != "Issued" {
		t.Errorf("served with %q", got)
	}
}

// The device makes keys of every length and curve it offers.
func TestGeneratedKinds(t *testing.T) {
	t.Parallel()
	for length := range rsaLengths {
		d, c := loggedIn(t, Config{Seed: uint64(length), MakesWeakKeys: true})
		n := good("New1")
		n.length = length
		c.generate(n)
		if k := keyNamed(d, "New1"); k == nil || k.Bits != rsaLengths[length] || !closePrimes(k.Certificate) {
			t.Errorf("%d bits: %+v", rsaLengths[length], k)
		}
		c.logout()
	}
	for curve := range curves {
		d, c := loggedIn(t, Config{Seed: uint64(curve)})
		n := good("New1")
		n.curve, n.hash = curve+1, curve
		c.generate(n)
		k := keyNamed(d, "New1")
		if want := []x509.SignatureAlgorithm{x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512}[curve]; k == nil || k.Certificate.SignatureAlgorithm != want {
			t.Errorf("%s: %+v", curves[curve], k)
		}
		c.logout()
	}
}

// Keys too short for the standard library sign as RFC 8017 section 8.2 says.
func TestShortKeySigns(t *testing.T) {
	t.Parallel()
	d := newDevice(t, Config{Keys: []KeySpec{{Name: "Short", Bits: 512, Weak: true, Uses: []string{UseTLS}}}})
	cert := d.Keys()[0].Certificate
	public := cert.PublicKey.(*rsa.PublicKey)
	plain := new(big.Int).Exp(new(big.Int).SetBytes(cert.Signature), big.NewInt(int64(public.E)), public.N).FillBytes(make([]byte, 64))
	digest := sha256.Sum256(cert.RawTBSCertificate)
	if !bytes.HasPrefix(plain, []byte{0, 1, 0xFF}) || !bytes.HasSuffix(plain, digest[:]) {
		t.Errorf("signature opens to %x, digest %x", plain, digest)
	}
}

// Requests that make no sense do no harm.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	d, c := loggedIn(t, Config{Errorf: silent})
	c.toKeyList()
	for _, id := range []string{"", "-1", "99999999999999999999", "x", "%00", "../"} {
		c.tryOpen(PageKeyDetails, Field{d.lay.rowField(), id})
		c.tryOpen(PageVerify, Field{d.lay.rowField(), id})
		c.toKeyList()
		c.write(PageKeyList, PageKeyList, Field{d.lay.name("field.select"), id})
	}
	c.open(PageGenerateMenu)
	c.open(PageGenerate)
	n := good(strings.Repeat("A", 100))
	n.start = "9999999/1/1"
	c.write(PageGenerate, PageGenerate, c.fill(n)...)
	if err := c.try(http.MethodPost, pathLogin, []Field{{"x", strings.Repeat("y", maxBody)}}); err == nil && c.resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body got status %d", c.resp.StatusCode)
	}
	if err := c.try(http.MethodGet, "/?"+strings.Repeat("y", maxURI), nil); err != nil || c.resp.StatusCode != http.StatusRequestURITooLong {
		t.Errorf("a long address got %v, %v", c.resp.StatusCode, err)
	}
	for range 3 * maxAnonymous {
		newClient(t, d).get("/")
	}
	if n := len(d.sessions.all); n > 2*maxAnonymous {
		t.Errorf("%d sessions are remembered", n)
	}
	if d.StateChanges() != 0 || len(d.Keys()) != 3 {
		t.Error("something changed")
	}
}

func TestPlainHTTPOnly(t *testing.T) {
	t.Parallel()
	d := newDevice(t, Config{PlainHTTPOnly: true})
	if _, err := d.DialContext(t.Context(), "tcp", "device:8443"); err == nil {
		t.Error("there is a TLS port")
	}
	c := newClient(t, d)
	c.login()
	c.logout()
}

// Many clients at once, a restart in between, and everything ends with Close.
func TestConcurrentUseAndClose(t *testing.T) {
	before := runtime.NumGoroutine()
	d, err := New(Config{RestartTime: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var clients []*client
	for i := range 8 {
		c := newClient(t, d)
		clients = append(clients, c)
		wg.Go(func() {
			for range 10 {
				if c.try(http.MethodGet, "/", nil) != nil {
					continue
				}
				_ = c.try(http.MethodGet, pathRPS+cgiEntry, nil)
				d.Keys()
				d.Log()
				if i == 0 {
					d.Restart()
				}
			}
		})
	}
	wg.Wait()
	d.Close()
	d.Close() // again does nothing
	for _, c := range clients {
		c.http.CloseIdleConnections()
	}
	waitFor(t, func() bool { return runtime.NumGoroutine() <= before })
	if err := d.Start(); err == nil {
		t.Error("a closed device can be started")
	}
}
