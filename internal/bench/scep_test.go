package bench

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/http/httptest"
	"testing"

	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/scep"
)

// BenchmarkSCEP enrols devices' requests with a CA in the same process over
// loopback: the work of both counts.
func BenchmarkSCEP(b *testing.B) {
	ca, err := testca.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	server, err := ca.Server(testca.SCEP{})
	if err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(server)
	b.Cleanup(web.Close)
	client, err := scep.NewClient(web.URL+"/scep", &scep.ClientOptions{Pinned: []*x509.Certificate{ca.Root()}})
	if err != nil {
		b.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	csr, err := testca.NewRequest(key, x509.CertificateRequest{Subject: pkix.Name{CommonName: "mfp.example"}}, "")
	if err != nil {
		b.Fatal(err)
	}
	count := 0
	for b.Loop() {
		if _, err := client.Issue(b.Context(), csr); err != nil {
			b.Fatal(err)
		}
		count++
	}
	b.ReportMetric(float64(count)/b.Elapsed().Seconds(), "enrolments/s")
}
