package scep_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/scep"
)

// Keys and CAs are made once: RSA keys take long.
var (
	rsaKey   = sync.OnceValue(func() crypto.Signer { return must(devicetest.GenerateKey(2048)) })
	ecdsaKey = sync.OnceValue(func() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })

	plainCA  = sync.OnceValue(func() *testca.CA { return must(testca.New(nil)) })
	belowCA  = sync.OnceValue(func() *testca.CA { return must(testca.New(&testca.Options{Intermediate: true})) })
	ecdsaCA  = sync.OnceValue(func() *testca.CA { return must(testca.New(&testca.Options{ECDSA: true, Intermediate: true})) })
	strangCA = sync.OnceValue(func() *testca.CA { return must(testca.New(nil)) })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func request(t testing.TB, key crypto.Signer, challenge string) *x509.CertificateRequest {
	t.Helper()
	csr, err := testca.NewRequest(key, x509.CertificateRequest{
		Subject: pkix.Name{Organization: []string{"Büro"}, CommonName: "mfp.example"}, DNSNames: []string{"mfp.example"},
	}, challenge)
	if err != nil {
		t.Fatal(err)
	}
	return csr
}

// serve starts a server of a CA and gives a client that pins the CA, unless o
// pins something itself.
func serve(t testing.TB, ca *testca.CA, cfg testca.SCEP, o scep.ClientOptions) (*testca.Server, *scep.Client) {
	t.Helper()
	server, err := ca.Server(cfg)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	return server, client(t, web.URL+"/scep", ca, o)
}

func client(t testing.TB, url string, ca *testca.CA, o scep.ClientOptions) *scep.Client {
	t.Helper()
	if o.Fingerprint == "" && o.Pinned == nil {
		o.Pinned = []*x509.Certificate{ca.Root()}
	}
	if o.PollInterval == 0 {
		o.PollInterval = time.Millisecond
	}
	c, err := scep.NewClient(url, &o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// handler makes requests by calling the server, without a network: so clocks
// can be false.
type handler struct{ http.Handler }

func (h handler) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

// kinds gives the message types that a server was sent.
func kinds(s *testca.Server) (all []string) {
	for _, r := range s.Requests() {
		if r.Operation == "PKIOperation" {
			all = append(all, r.MessageType)
		}
	}
	return all
}

// checkChain checks what was issued as its user would.
func checkChain(t *testing.T, ca *testca.CA, csr *x509.CertificateRequest, chain []*x509.Certificate) {
	t.Helper()
	if len(chain) == 0 {
		t.Fatal("no certificate")
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	if _, err := chain[0].Verify(x509.VerifyOptions{Roots: ca.Pool(), Intermediates: between, DNSName: "mfp.example"}); err != nil {
		t.Error(err)
	}
	if !csr.PublicKey.(interface{ Equal(crypto.PublicKey) bool }).Equal(chain[0].PublicKey) {
		t.Error("the certificate is for another key")
	}
	if !slices.EqualFunc(chain[1:], ca.Chain()[:len(chain)-1], (*x509.Certificate).Equal) {
		t.Errorf("%d certificates follow, which are not the CA's", len(chain)-1)
	}
}

func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
