package issuer_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fakeACME is an ACME server by RFC 8555 and RFC 8738, as strict as they say
// and as small as they allow. Challenges are validated at once, against what
// the test's solvers made public.
type fakeACME struct {
	*httptest.Server
	root, ca *authority

	terms       string
	eab         map[string][]byte // MAC keys by ID; not nil: binding is required
	noIP        bool
	challenges  []string // types offered; nil both
	processing  bool     // finalising takes until the next look
	chainOrder  func(leaf *x509.Certificate) []*x509.Certificate
	otherName   string // of the authorization, instead of the one ordered
	badToken    string
	accountGone bool // deactivated

	// intercept, if not nil, answers instead and reports that it did.
	intercept func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	nonces   map[string]bool
	accounts map[string]string // thumbprint to URL
	keys     map[string]crypto.PublicKey
	contacts []string
	orders   []*fakeOrder
	public   map[string]string // made public: where to value
	cleaned  []string
	hits     map[string]int
}

type fakeOrder struct {
	account, status string
	ids             []fakeID
	valid           []bool
	failed          []bool
	tokens          []string
	cert            *x509.Certificate
}

type fakeID struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

func newFakeACME(t testing.TB) *fakeACME {
	t.Helper()
	root := newAuthority(t, "ACME Root", ecKey(), nil, nil)
	f := &fakeACME{
		root: root, ca: newAuthority(t, "ACME Intermediate", ecKey(), root, nil),
		nonces: map[string]bool{}, accounts: map[string]string{}, keys: map[string]crypto.PublicKey{},
		public: map[string]string{}, hits: map[string]int{},
	}
	f.chainOrder = func(leaf *x509.Certificate) []*x509.Certificate { return []*x509.Certificate{leaf, f.ca.cert} }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /dir", f.directory)
	mux.HandleFunc("/nonce", func(http.ResponseWriter, *http.Request) {}) // every answer has one
	mux.HandleFunc("POST /account", f.signed(f.newAccount))
	mux.HandleFunc("POST /order", f.signed(f.newOrder))
	mux.HandleFunc("POST /order/{n}", f.signed(f.getOrder))
	mux.HandleFunc("POST /authz/{n}/{i}", f.signed(f.getAuthz))
	mux.HandleFunc("POST /challenge/{n}/{i}/{type}", f.signed(f.accept))
	mux.HandleFunc("POST /finalize/{n}", f.signed(f.finalize))
	mux.HandleFunc("POST /cert/{n}", f.signed(f.getCert))
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		nonce := rand.Text()
		f.nonces[nonce] = true
		f.hits[r.URL.Path]++
		w.Header().Set("Replay-Nonce", nonce)
		w.Header().Set("Retry-After", "-5") // must not be taken at its word
		if f.intercept == nil || !f.intercept(w, r) {
			mux.ServeHTTP(w, r)
		}
	}))
	f.Server.TLS = f.ca.serverTLS(t)
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

func (f *fakeACME) directory(w http.ResponseWriter, _ *http.Request) {
	meta := map[string]any{"externalAccountRequired": f.eab != nil}
	if f.terms != "" {
		meta["termsOfService"] = f.terms
	}
	answer(w, 200, map[string]any{"newNonce": f.URL + "/nonce", "newAccount": f.URL + "/account", "newOrder": f.URL + "/order", "meta": meta})
}

func problem(w http.ResponseWriter, status int, kind, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "urn:ietf:params:acme:error:" + kind, "detail": detail, "status": status})
}

// jwsRequest is a request whose signature was verified.
type jwsRequest struct {
	*http.Request
	jwk     json.RawMessage
	key     crypto.PublicKey
	account string // URL; empty if the key stands for itself
	payload []byte
}

func thumbprint(jwk json.RawMessage) string {
	var members map[string]string
	_ = json.Unmarshal(jwk, &members)
	sum := sha256.Sum256(must(json.Marshal(members))) // sorted: RFC 7638
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// signed verifies what RFC 8555, sections 6.2 to 6.5, demands of a request.
func (f *fakeACME) signed(serve func(http.ResponseWriter, *jwsRequest)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var jws struct{ Protected, Payload, Signature string }
		var header struct {
			Alg, Kid, Nonce, URL string
			JWK                  json.RawMessage
		}
		b64 := base64.RawURLEncoding.DecodeString
		if json.NewDecoder(r.Body).Decode(&jws) != nil || json.Unmarshal(must(b64(jws.Protected)), &header) != nil {
			problem(w, 400, "malformed", "no JWS")
			return
		}
		req := &jwsRequest{Request: r, jwk: header.JWK, payload: must(b64(jws.Payload))}
		switch {
		case r.Header.Get("Content-Type") != "application/jose+json":
			problem(w, 415, "malformed", "content type")
			return
		case !f.nonces[header.Nonce]:
			problem(w, 400, "badNonce", "unknown nonce")
			return
		case header.URL != f.URL+r.URL.Path:
			problem(w, 401, "unauthorized", "url is "+header.URL)
			return
		case (header.JWK == nil) == (header.Kid == "") || (header.JWK != nil) != (r.URL.Path == "/account"):
			problem(w, 400, "malformed", "jwk or kid")
			return
		case header.JWK != nil:
			req.key = publicKeyOf(header.JWK)
		default:
			req.account, req.key = header.Kid, f.keys[header.Kid]
		}
		delete(f.nonces, header.Nonce)
		if req.key == nil || !verifyJWS(header.Alg, req.key, jws.Protected+"."+jws.Payload, must(b64(jws.Signature))) {
			problem(w, 401, "unauthorized", "signature")
			return
		}
		serve(w, req)
	}
}

func (f *fakeACME) newAccount(w http.ResponseWriter, r *jwsRequest) {
	var ask struct {
		Contact                                  []string
		OnlyReturnExisting, TermsOfServiceAgreed bool
		ExternalAccountBinding                   *struct{ Protected, Payload, Signature string }
	}
	_ = json.Unmarshal(r.payload, &ask)
	id := thumbprint(r.jwk)
	url, known := f.accounts[id]
	status := map[bool]string{false: "valid", true: "deactivated"}[f.accountGone]
	switch {
	case known:
		w.Header().Set("Location", url)
		answer(w, 200, map[string]string{"status": status})
		return
	case ask.OnlyReturnExisting:
		problem(w, 400, "accountDoesNotExist", "no such account")
		return
	case f.terms != "" && !ask.TermsOfServiceAgreed:
		problem(w, 403, "userActionRequired", "terms")
		return
	case f.eab != nil && !f.bound(r, ask.ExternalAccountBinding):
		problem(w, 403, "externalAccountRequired", "binding")
		return
	}
	url = fmt.Sprint(f.URL, "/account/", len(f.accounts))
	f.accounts[id], f.keys[url], f.contacts = url, r.key, ask.Contact
	w.Header().Set("Location", url)
	answer(w, 201, map[string]string{"status": "valid"})
}

// bound checks an external account binding (RFC 8555, section 7.3.4).
func (f *fakeACME) bound(r *jwsRequest, e *struct{ Protected, Payload, Signature string }) bool {
	if e == nil {
		return false
	}
	b64 := base64.RawURLEncoding.DecodeString
	var header struct{ Alg, Kid, URL, Nonce string }
	_ = json.Unmarshal(must(b64(e.Protected)), &header)
	mac := hmac.New(sha256.New, f.eab[header.Kid])
	mac.Write([]byte(e.Protected + "." + e.Payload))
	return header.Alg == "HS256" && header.URL == f.URL+"/account" && header.Nonce == "" && len(f.eab[header.Kid]) > 0 &&
		hmac.Equal(mac.Sum(nil), must(b64(e.Signature))) && string(must(b64(e.Payload))) == string(r.jwk)
}

func (f *fakeACME) newOrder(w http.ResponseWriter, r *jwsRequest) {
	var ask struct{ Identifiers []fakeID }
	_ = json.Unmarshal(r.payload, &ask)
	o := &fakeOrder{account: r.account, status: "pending", ids: ask.Identifiers}
	for _, id := range ask.Identifiers {
		switch {
		case id.Type == "ip" && f.noIP, id.Type != "ip" && id.Type != "dns":
			problem(w, 400, "unsupportedIdentifier", "Invalid type "+id.Type)
			return
		case strings.HasSuffix(id.Value, ".invalid"):
			problem(w, 400, "rejectedIdentifier", "policy forbids "+id.Value)
			return
		}
		o.tokens = append(o.tokens, rand.Text())
	}
	o.valid, o.failed = make([]bool, len(o.ids)), make([]bool, len(o.ids))
	f.orders = append(f.orders, o)
	n := len(f.orders) - 1
	w.Header().Set("Location", fmt.Sprint(f.URL, "/order/", n))
	answer(w, 201, f.view(n))
}

func (f *fakeACME) view(n int) map[string]any {
	o := f.orders[n]
	v := map[string]any{"status": o.status, "identifiers": o.ids, "finalize": fmt.Sprint(f.URL, "/finalize/", n)}
	var authz []string
	for i := range o.ids {
		authz = append(authz, fmt.Sprint(f.URL, "/authz/", n, "/", i))
	}
	v["authorizations"] = authz
	if o.status == "valid" {
		v["certificate"] = fmt.Sprint(f.URL, "/cert/", n)
	}
	return v
}

func (o *fakeOrder) update() {
	if o.status == "pending" && !slices.Contains(o.valid, false) {
		o.status = "ready"
	}
	if o.status == "pending" && slices.Contains(o.failed, true) {
		o.status = "invalid"
	}
}
