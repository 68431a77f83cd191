package servers

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	kitlog "github.com/go-kit/kit/log"
	"github.com/micromdm/scep/v2/depot"
	"github.com/micromdm/scep/v2/depot/file"
	scepserver "github.com/micromdm/scep/v2/server"
)

// micromdm starts a scepserver of micromdm, with -sign-server-attrs; an empty
// challenge wants none.
func micromdm(t *testing.T, challenge string) *peer {
	t.Helper()
	return micromdmWith(t, challenge, depot.WithSeverAttrs())
}

// micromdmWith starts one whose certificates are as the options say: without
// any for TLS clients only.
func micromdmWith(t *testing.T, challenge string, options ...depot.Option) *peer {
	t.Helper()
	dir := t.TempDir()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "micromdm CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	cert, err := signed(template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"ca.pem": {Type: "CERTIFICATE", Bytes: cert.Raw}, "ca.key": {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := file.NewFileDepot(dir)
	if err != nil {
		t.Fatal(err)
	}
	signer := scepserver.SignCSRAdapter(depot.NewSigner(files, append(options, depot.WithAllowRenewalDays(0), depot.WithValidityDays(365))...))
	if challenge != "" {
		signer = scepserver.StaticChallengeMiddleware(challenge, signer)
	}
	service, err := scepserver.NewService(cert, key, signer)
	if err != nil {
		t.Fatal(err)
	}
	handler := scepserver.MakeHTTPHandler(scepserver.MakeServerEndpoints(service), service, kitlog.NewNopLogger())
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return newPeer(t, "micromdm", server.URL, "/scep", cert, cert, key)
}
