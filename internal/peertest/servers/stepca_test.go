package servers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/smallstep/certificates/authority/config"
	"github.com/smallstep/certificates/ca"
)

// stepCA is a step-ca that runs in this process, on the loopback interface.
type stepCA struct {
	root, intermediate *x509.Certificate
	key                *rsa.PrivateKey   // of the intermediate: it opens SCEP's envelopes
	provisioner        *ecdsa.PrivateKey // of the JWK provisioner "fleet"
	https, http        string            // addresses, host:port
}

const challengePassword = "right-challenge"

// step is the one step-ca of this run: making it takes longer than all that
// one test asks of it.
var step = sync.OnceValues(newStepCA)

func theStepCA(t *testing.T) *stepCA {
	t.Helper()
	s, err := step()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newStepCA() (*stepCA, error) {
	dir, err := os.MkdirTemp(tempDir, "step-ca")
	if err != nil {
		return nil, err
	}
	s := &stepCA{}
	if err := s.authority(dir); err != nil {
		return nil, err
	}
	if s.provisioner, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	if s.https, err = freeAddress(); err != nil {
		return nil, err
	}
	if s.http, err = freeAddress(); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "ca.json")
	content, err := json.Marshal(s.config(dir))
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return nil, err
	}
	cfg, err := config.LoadConfiguration(file)
	if err != nil {
		return nil, err
	}
	srv, err := ca.New(cfg, ca.WithConfigFile(file), ca.WithQuiet(true))
	if err != nil {
		return nil, err
	}
	go srv.Run() // ends with the process
	return s, s.await()
}

// config is the ca.json. The template puts the address of the CRL into every
// certificate, which step-ca does not do by itself.
func (s *stepCA) config(dir string) map[string]any {
	crl := "http://" + s.http + "/1.0/crl"
	options := map[string]any{"x509": map[string]any{"template": `{"subject": {{ toJson .Subject }}, "sans": {{ toJson .SANs }}, ` +
		`"keyUsage": ["digitalSignature", "keyEncipherment"], "extKeyUsage": ["serverAuth", "clientAuth"], "crlDistributionPoints": ["` + crl + `"]}`}}
	public := s.provisioner.PublicKey
	point, _ := public.Bytes() // uncompressed: 4, x, y
	b64 := base64.RawURLEncoding.EncodeToString
	return map[string]any{
		"root": filepath.Join(dir, "root.pem"), "crt": filepath.Join(dir, "intermediate.pem"), "key": filepath.Join(dir, "intermediate.key"),
		"address": s.https, "insecureAddress": s.http, "dnsNames": []string{"127.0.0.1", "localhost"},
		"db":  map[string]any{"type": "badgerv2", "dataSource": filepath.Join(dir, "db")},
		"crl": map[string]any{"enabled": true, "generateOnRevoke": true, "idpURL": crl},
		"authority": map[string]any{
			"claims": map[string]any{"maxTLSCertDuration": "8760h", "defaultTLSCertDuration": "2160h", "disableRenewal": false},
			"provisioners": []any{
				map[string]any{"type": "JWK", "name": "fleet", "options": options, "key": map[string]any{
					"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": thumbprint(b64(point[1:33]), b64(point[33:])),
					"x": b64(point[1:33]), "y": b64(point[33:]),
				}},
				map[string]any{"type": "ACME", "name": "acme", "options": options},
				map[string]any{"type": "SCEP", "name": "open", "options": options, "minimumPublicKeyLength": 2048, "encryptionAlgorithmIdentifier": 2},
				map[string]any{"type": "SCEP", "name": "closed", "options": options, "challenge": challengePassword, "minimumPublicKeyLength": 2048, "encryptionAlgorithmIdentifier": 2},
			},
		},
	}
}

// thumbprint is the key ID that the step command gives (RFC 7638).
func thumbprint(x, y string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":"P-256","kty":"EC","x":%q,"y":%q}`, x, y))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authority makes root and intermediate, both RSA: SCEP needs it.
func (s *stepCA) authority(dir string) error {
	rootKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	if s.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return err
	}
	template := func(n int64, name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(n), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		}
	}
	if s.root, err = signed(template(1, "Office Root"), template(1, "Office Root"), rootKey.Public(), rootKey); err != nil {
		return err
	}
	if s.intermediate, err = signed(template(2, "Office CA"), s.root, s.key.Public(), rootKey); err != nil {
		return err
	}
	for name, block := range map[string]*pem.Block{
		"root.pem":         {Type: "CERTIFICATE", Bytes: s.root.Raw},
		"intermediate.pem": {Type: "CERTIFICATE", Bytes: s.intermediate.Raw},
		"intermediate.key": {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(s.key)},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func signed(template, parent *x509.Certificate, public any, key *rsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// await waits until both ports answer.
func (s *stepCA) await() error {
	deadline := time.Now().Add(20 * time.Second)
	for _, addr := range []string{s.https, s.http} {
		for {
			c, err := net.Dial("tcp", addr)
			if err == nil {
				c.Close()
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("step-ca does not come up: %w", err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	// The first handshake makes the server's own certificate.
	c, err := tls.Dial("tcp", s.https, &tls.Config{RootCAs: s.roots(), ServerName: "127.0.0.1"})
	if err != nil {
		return err
	}
	return c.Close()
}

func (s *stepCA) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.root)
	return pool
}

func (s *stepCA) fingerprint() string {
	sum := sha256.Sum256(s.root.Raw)
	return hex.EncodeToString(sum[:])
}

// freeAddress is one that nobody listens on, on the loopback interface.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
