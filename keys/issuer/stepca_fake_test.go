package issuer_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
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
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// fakeProvisioner is a JWK provisioner as step-ca lists it.
type fakeProvisioner struct {
	Type   string            `json:"type"`
	Name   string            `json:"name"`
	Key    map[string]string `json:"key,omitempty"`
	Claims map[string]string `json:"claims,omitempty"`
	pub    crypto.PublicKey
}

// fakeStepCA speaks as much of step-ca's API as is used here and is as strict:
// tokens are for it, of a provisioner it has, fresh and used once; names of the
// request are those of the token; the certificate is made by the default
// template.
type fakeStepCA struct {
	*httptest.Server
	root, ca     *authority
	provisioners []fakeProvisioner
	pageSize     int
	max          time.Duration // of a certificate

	// intercept, if not nil, answers instead and reports that it did.
	intercept func(w http.ResponseWriter, r *http.Request) bool
	// issueFor, if not nil, is certified instead of the request's key.
	issueFor crypto.PublicKey

	mu     sync.Mutex
	tokens map[string]bool // jti
	last   stepToken
	hits   map[string]int // by path
}

type stepToken struct {
	Issuer    string   `json:"iss"`
	Audience  string   `json:"aud"`
	Subject   string   `json:"sub"`
	Names     []string `json:"sans"`
	IssuedAt  int64    `json:"iat"`
	NotBefore int64    `json:"nbf"`
	Expiry    int64    `json:"exp"`
	ID        string   `json:"jti"`
	Root      string   `json:"sha"`
}

func newFakeStepCA(t testing.TB) *fakeStepCA {
	t.Helper()
	root := newAuthority(t, "Step Root", ecKey(), nil, nil)
	f := &fakeStepCA{
		root: root, ca: newAuthority(t, "Step Intermediate", ecKey(), root, nil),
		pageSize: 100, max: 24 * time.Hour, tokens: map[string]bool{}, hits: map[string]int{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, map[string]string{"status": "ok"}) })
	mux.HandleFunc("GET /root/{sha}", f.serveRoot)
	mux.HandleFunc("GET /roots", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 201, map[string][]string{"crts": {string(certPEM(f.root.cert))}})
	})
	mux.HandleFunc("GET /provisioners", f.serveProvisioners)
	mux.HandleFunc("POST /1.0/sign", f.sign)
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.hits[r.URL.Path]++
		f.mu.Unlock()
		if f.intercept == nil || !f.intercept(w, r) {
			mux.ServeHTTP(w, r)
		}
	}))
	f.Server.TLS = f.ca.serverTLS(t)
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

// serverTLS is a server on loopback with a certificate of the CA.
func (a *authority) serverTLS(t testing.TB) *tls.Config {
	key := ecKey()
	cert := a.issue(t, key.Public(), "localhost", func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} })
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw, a.cert.Raw}, PrivateKey: key}}}
}

func (f *fakeStepCA) fingerprint() string {
	sum := sha256.Sum256(f.root.cert.Raw)
	return hex.EncodeToString(sum[:])
}

// provision adds a JWK provisioner and returns its key ID.
func (f *fakeStepCA) provision(name string, pub crypto.PublicKey) (kid string) {
	enc := base64.RawURLEncoding.EncodeToString
	var key map[string]string
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		size := (k.Curve.Params().BitSize + 7) / 8
		point := must(k.Bytes())
		key = map[string]string{"kty": "EC", "crv": k.Curve.Params().Name, "x": enc(point[1 : 1+size]), "y": enc(point[1+size:])}
	case ed25519.PublicKey:
		key = map[string]string{"kty": "OKP", "crv": "Ed25519", "x": enc(k)}
	case *rsa.PublicKey:
		key = map[string]string{"kty": "RSA", "n": enc(k.N.Bytes()), "e": enc(big.NewInt(int64(k.E)).Bytes())}
	}
	// json.Marshal sorts the members: just what RFC 7638 wants hashed.
	sum := sha256.Sum256(must(json.Marshal(key)))
	kid = enc(sum[:])
	key["kid"], key["use"] = kid, "sig"
	f.provisioners = append(f.provisioners, fakeProvisioner{Type: "JWK", Name: name, Key: key, pub: pub})
	return kid
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, format string, args ...any) {
	answer(w, status, map[string]any{"status": status, "message": fmt.Sprintf(format, args...)})
}

func (f *fakeStepCA) serveRoot(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("sha") != f.fingerprint() {
		refuse(w, 404, "The requested resource could not be found.")
		return
	}
	answer(w, 200, map[string]string{"ca": string(certPEM(f.root.cert))})
}

func (f *fakeStepCA) serveProvisioners(w http.ResponseWriter, r *http.Request) {
	from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	to := min(from+min(limit, f.pageSize), len(f.provisioners))
	next := ""
	if to < len(f.provisioners) {
		next = strconv.Itoa(to)
	}
	answer(w, 200, map[string]any{"provisioners": f.provisioners[from:to], "nextCursor": next})
}

func (f *fakeStepCA) sign(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		CSR, OTT, NotAfter string
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
		refuse(w, 400, "error reading request body")
		return
	}
	block, _ := pem.Decode([]byte(ask.CSR))
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		refuse(w, 400, "missing csr")
		return
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil || csr.CheckSignature() != nil {
		refuse(w, 400, "invalid csr")
		return
	}
	token, err := f.authorize(ask.OTT)
	if err != nil {
		refuse(w, 401, "%v", err)
		return
	}
	if err := token.allows(csr); err != nil {
		refuse(w, 403, "%v", err)
		return
	}
	lasts := 24 * time.Hour
	if ask.NotAfter != "" {
		if lasts, err = time.ParseDuration(ask.NotAfter); err != nil {
			refuse(w, 400, "%v", err)
			return
		}
	}
	if lasts > f.max {
		refuse(w, 403, "requested duration of %v is more than the authorized maximum certificate duration of %v", lasts, f.max)
		return
	}
	cert := f.issueStep(csr, token, lasts)
	answer(w, 201, map[string]any{"crt": string(certPEM(cert)), "ca": string(certPEM(f.ca.cert)),
		"certChain": []string{string(certPEM(cert)), string(certPEM(f.ca.cert))}})
}

func (f *fakeStepCA) issueStep(csr *x509.CertificateRequest, token *stepToken, lasts time.Duration) *x509.Certificate {
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: token.Subject},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(lasts)}
	for _, n := range token.Names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	pub := csr.PublicKey
	if f.issueFor != nil {
		pub = f.issueFor
	}
	return must(x509.ParseCertificate(must(x509.CreateCertificate(nil, template, f.ca.cert, pub, f.ca.key))))
}

// allows is what step-ca's validators say: names of a kind that the request has
// are exactly the token's of that kind.
func (token *stepToken) allows(csr *x509.CertificateRequest) error {
	var dns, ips []string
	for _, n := range token.Names {
		if net.ParseIP(n) != nil {
			ips = append(ips, n)
		} else {
			dns = append(dns, n)
		}
	}
	var asked []string
	for _, ip := range csr.IPAddresses {
		asked = append(asked, ip.String())
	}
	same := func(a, b []string) bool {
		return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
	}
	switch cn := csr.Subject.CommonName; {
	case cn != "" && cn != token.Subject && !slices.Contains(token.Names, cn):
		return fmt.Errorf("certificate request does not contain the valid common name - got %s, want %s", cn, token.Subject)
	case len(csr.DNSNames) > 0 && !same(csr.DNSNames, dns):
		return fmt.Errorf("certificate request does not contain the valid DNS names - got %v, want %v", csr.DNSNames, dns)
	case len(asked) > 0 && !same(asked, ips):
		return fmt.Errorf("certificate request does not contain the valid IP addresses - got %v, want %v", asked, ips)
	}
	return nil
}
