package issuer_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func publicKeyOf(jwk json.RawMessage) crypto.PublicKey {
	var k struct{ Kty, Crv, X, Y, N, E string }
	_ = json.Unmarshal(jwk, &k)
	b64 := func(s string) []byte { return must(base64.RawURLEncoding.DecodeString(s)) }
	if k.Kty == "RSA" {
		return &rsa.PublicKey{N: new(big.Int).SetBytes(b64(k.N)), E: int(new(big.Int).SetBytes(b64(k.E)).Int64())}
	}
	curves := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}
	pub, err := ecdsa.ParseUncompressedPublicKey(curves[k.Crv], slices.Concat([]byte{4}, b64(k.X), b64(k.Y)))
	if err != nil {
		return nil
	}
	return pub
}

// of finds the order of a request, which must be the account's own.
func (f *fakeACME) of(w http.ResponseWriter, r *jwsRequest) (n, i int, o *fakeOrder) {
	n, _ = strconv.Atoi(r.PathValue("n"))
	i, _ = strconv.Atoi(r.PathValue("i"))
	if n >= len(f.orders) || f.orders[n].account != r.account || i >= len(f.orders[n].ids) {
		problem(w, 404, "malformed", "no such order")
		return 0, 0, nil
	}
	return n, i, f.orders[n]
}

func (f *fakeACME) getOrder(w http.ResponseWriter, r *jwsRequest) {
	if n, _, o := f.of(w, r); o != nil {
		if o.status == "processing" {
			o.status = "valid"
		}
		o.update()
		answer(w, 200, f.view(n))
	}
}

func (f *fakeACME) getAuthz(w http.ResponseWriter, r *jwsRequest) {
	n, i, o := f.of(w, r)
	if o == nil {
		return
	}
	id := o.ids[i]
	name, wildcard := strings.CutPrefix(id.Value, "*.")
	id.Value = name
	if f.otherName != "" {
		id.Value = f.otherName
	}
	status := "pending"
	switch {
	case o.valid[i]:
		status = "valid"
	case o.failed[i]:
		status = "invalid"
	}
	var challenges []any
	for _, kind := range f.offered(id.Type, wildcard) {
		c := map[string]any{"type": kind, "url": fmt.Sprint(f.URL, "/challenge/", n, "/", i, "/", kind), "token": o.tokens[i], "status": status}
		if f.badToken != "" {
			c["token"] = f.badToken
		}
		if status == "invalid" {
			c["error"] = map[string]any{"type": "urn:ietf:params:acme:error:unauthorized", "detail": "nothing to be seen at " + id.Value, "status": 403}
		}
		challenges = append(challenges, c)
	}
	answer(w, 200, map[string]any{"status": status, "identifier": id, "wildcard": wildcard, "challenges": challenges})
}

// offered are the types that fit the name (RFC 8555, section 7.1.3; RFC 8738,
// section 7).
func (f *fakeACME) offered(kind string, wildcard bool) []string {
	all := f.challenges
	if all == nil {
		all = []string{"http-01", "dns-01", "tls-alpn-01"}
	}
	return slices.DeleteFunc(slices.Clone(all), func(c string) bool {
		return kind == "ip" && c == "dns-01" || wildcard && c != "dns-01"
	})
}

// accept validates (RFC 8555, sections 8.3 and 8.4).
func (f *fakeACME) accept(w http.ResponseWriter, r *jwsRequest) {
	_, i, o := f.of(w, r)
	if o == nil {
		return
	}
	if string(r.payload) != "{}" {
		problem(w, 400, "malformed", "payload")
		return
	}
	var id string
	for print, url := range f.accounts {
		if url == r.account {
			id = print
		}
	}
	auth := o.tokens[i] + "." + id
	where, want := "/.well-known/acme-challenge/"+o.tokens[i], auth
	if r.PathValue("type") == "dns-01" {
		sum := sha256.Sum256([]byte(auth))
		where, want = "_acme-challenge."+strings.TrimPrefix(o.ids[i].Value, "*."), base64.RawURLEncoding.EncodeToString(sum[:])
	}
	o.valid[i] = f.public[where] == want
	o.failed[i] = !o.valid[i]
	answer(w, 200, map[string]any{"type": r.PathValue("type"), "status": "processing", "url": f.URL + r.URL.Path, "token": o.tokens[i]})
}

// finalize wants exactly the names of the order in the request: the common name
// among them, addresses too.
func (f *fakeACME) finalize(w http.ResponseWriter, r *jwsRequest) {
	n, _, o := f.of(w, r)
	if o == nil {
		return
	}
	o.update()
	var ask struct{ CSR string }
	_ = json.Unmarshal(r.payload, &ask)
	csr, err := x509.ParseCertificateRequest(must(base64.RawURLEncoding.DecodeString(ask.CSR)))
	switch {
	case o.status != "ready":
		problem(w, 403, "orderNotReady", "order is "+o.status)
		return
	case err != nil || csr.CheckSignature() != nil:
		problem(w, 400, "badCSR", "signature")
		return
	}
	names := map[string]bool{}
	for _, d := range csr.DNSNames {
		names[strings.ToLower(d)] = true
	}
	for _, ip := range csr.IPAddresses {
		names[ip.String()] = true
	}
	if cn := csr.Subject.CommonName; cn != "" && !strings.Contains(cn, " ") {
		names[strings.ToLower(cn)] = true
	}
	if len(names) != len(o.ids) || slices.ContainsFunc(o.ids, func(id fakeID) bool { return !names[id.Value] }) {
		problem(w, 400, "badCSR", fmt.Sprint("CSR names do not match identifiers exactly: ", names, o.ids))
		return
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(int64(n + 1)), NotBefore: f.ca.cert.NotBefore, NotAfter: f.ca.cert.NotAfter}
	for _, id := range o.ids {
		if id.Type == "ip" {
			template.IPAddresses = append(template.IPAddresses, net.ParseIP(id.Value))
		} else {
			template.DNSNames = append(template.DNSNames, id.Value)
		}
	}
	o.cert = must(x509.ParseCertificate(must(x509.CreateCertificate(nil, template, f.ca.cert, csr.PublicKey, f.ca.key))))
	o.status = "valid"
	if f.processing {
		o.status = "processing"
	}
	answer(w, 200, f.view(n))
}

func (f *fakeACME) getCert(w http.ResponseWriter, r *jwsRequest) {
	if _, _, o := f.of(w, r); o != nil {
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = w.Write(certPEM(f.chainOrder(o.cert)...))
	}
}
