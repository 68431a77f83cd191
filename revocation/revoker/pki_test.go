package revoker_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey/revocation"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ecKey() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

// authority is a CA of a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB, cn string, by *authority) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: cn, Organization: []string{"Example"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, BasicConstraintsValid: true, IsCA: true,
	}
	key := ecKey()
	if by == nil {
		by = &authority{template, key}
	}
	return &authority{must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, by.cert, key.Public(), by.key)))), key}
}

// issue certifies a key for a device, or a server on loopback.
func (a *authority) issue(pub crypto.PublicKey, cn string, serial *big.Int) []byte {
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: cn}, DNSNames: []string{cn},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	return must(x509.CreateCertificate(rand.Reader, template, a.cert, pub, a.key))
}

// weak is a certificate as old devices have them: an RSA key of 512 bits.
func (a *authority) weak(serial int64) []byte {
	n := new(big.Int).SetBit(must(rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 511))), 511, 1)
	return a.issue(&rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537}, "mfp.example", big.NewInt(serial))
}

// negative is a certificate that crypto/x509 refuses, with a good signature.
func (a *authority) negative(t *testing.T) []byte {
	t.Helper()
	var cert struct {
		TBS asn1.RawValue
		Alg pkix.AlgorithmIdentifier
		Sig asn1.BitString
	}
	der := a.weak(0x4321)
	must(asn1.Unmarshal(der, &cert))
	tbs := bytes.Clone(cert.TBS.FullBytes)
	tbs[bytes.Index(tbs, []byte{2, 2, 0x43, 0x21})+2] |= 0x80
	digest := crypto.SHA256.New()
	digest.Write(tbs)
	cert.TBS = asn1.RawValue{FullBytes: tbs}
	sig := must(a.key.Sign(rand.Reader, digest.Sum(nil), crypto.SHA256))
	cert.Sig = asn1.BitString{Bytes: sig, BitLength: 8 * len(sig)}
	der = must(asn1.Marshal(cert))
	if _, err := x509.ParseCertificate(der); err == nil {
		t.Fatal("crypto/x509 reads it")
	}
	return der
}

func evidence(t *testing.T, der []byte) revocation.Evidence {
	t.Helper()
	e, err := revocation.NewEvidence(revocation.Evidence{
		Device: revocation.Device{URL: "https://mfp.example", Model: "iR-ADV C5560"}, Key: "TLS2021", Usages: []string{"tls"},
		TakenAt: time.Now(), Weakness: revocation.Weakness{State: "proved", Rounds: 1},
		Certificate: &revocation.CertificateRecord{DER: der},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func pool(certs ...*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certs {
		p.AddCert(c)
	}
	return p
}

func certPEM(ders ...[]byte) string {
	var out []byte
	for _, der := range ders {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return string(out)
}

// fake is a CA's server.
type fake struct {
	*httptest.Server
	root, ca *authority
	mux      *http.ServeMux

	mu        sync.Mutex
	intercept func(w http.ResponseWriter, r *http.Request) bool // answers instead
	hits      []string                                          // method and path
	bodies    []string
	revoked   map[string]string // serial number to reason
}

func newFake(t testing.TB, client *x509.CertPool) *fake {
	t.Helper()
	f := &fake{root: newAuthority(t, "Root", nil), mux: http.NewServeMux(), revoked: map[string]string{}}
	f.ca = newAuthority(t, "Issuing", f.root)
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		f.mu.Lock()
		f.hits, f.bodies = append(f.hits, r.Method+" "+r.URL.EscapedPath()), append(f.bodies, string(body))
		intercept := f.intercept
		f.mu.Unlock()
		if intercept == nil || !intercept(w, r) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.mux.ServeHTTP(w, r)
		}
	}))
	key := ecKey()
	f.Server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{f.ca.issue(key.Public(), "localhost", big.NewInt(7)), f.ca.cert.Raw}, PrivateKey: key}}}
	if client != nil {
		f.Server.TLS.ClientCAs, f.Server.TLS.ClientAuth = client, tls.RequireAndVerifyClientCert
	}
	f.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

// count is how often a request was made.
func (f *fake) count(hit string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range f.hits {
		if h == hit {
			n++
		}
	}
	return n
}

func (f *fake) set(intercept func(w http.ResponseWriter, r *http.Request) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.intercept = intercept
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// printed is all that the ways of printing show.
func printed(values ...any) string {
	var log bytes.Buffer
	text := slog.New(slog.NewTextHandler(&log, nil))
	structured := slog.New(slog.NewJSONHandler(&log, nil))
	out := ""
	for _, v := range values {
		out += fmt.Sprintf("%v %+v %#v %s %d %x %q\n", v, v, v, v, v, v, v)
		if b, err := json.Marshal(v); err == nil {
			out += string(b)
		}
		text.Info("", "v", v)
		structured.Info("", "v", v)
	}
	return out + log.String()
}

type server interface {
	revocation.Revoker
	revocation.Needer
	revocation.Prechecker
	revocation.RevokerChecker
}

// cancelled is a context that has ended for a reason.
func cancelled(t *testing.T, why error) context.Context {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	return ctx
}
