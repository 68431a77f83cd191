// Package replay serves the bundle of a survey as a device, so that what a real
// machine showed can be worked with where the machine is not:
//
//	dev, err := replay.Open("testdata/bundle.zip")
//	defer dev.Close()
//	report, err := rekey.Survey(ctx, rekey.Device{URL: dev.URL(), TrustOnFirstUse: true, ...}, nil, nil)
//
// It lets in whoever logs in, with whatever password, and answers with the
// recorded pages. It changes nothing: a request that is not in the bundle, as
// every one that would write, is answered by an error page, and noted.
package replay

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/rekey-go/rekey/remoteui/internal/redact"
	"github.com/rekey-go/rekey/remoteui/internal/walk"
)

// Device serves a bundle over TLS on the loopback interface.
type Device struct {
	walk   *walk.Walk
	server *httptest.Server
	key    string // in PEM, for login forms with a challenge

	mu      sync.Mutex
	inside  bool
	next    map[string]int // how often a request was made
	missing []string
}

// Open serves a bundle that is in a file. Close the device when done.
func Open(path string) (*Device, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, walk.MaxBytes+1))
	if err == nil && len(data) > walk.MaxBytes {
		err = fmt.Errorf("is larger than %d bytes: it is no survey's bundle", int64(walk.MaxBytes))
	}
	if err != nil {
		return nil, fmt.Errorf("replay: %s: %w", path, err)
	}
	d, err := New(data)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, path)
	}
	return d, nil
}

// New serves a bundle. Close the device when done.
func New(bundle []byte) (*Device, error) {
	w, err := walk.Read(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	d := &Device{walk: w, next: map[string]int{}}
	if d.key, err = loginKey(); err != nil {
		return nil, err
	}
	d.server = httptest.NewTLSServer(http.HandlerFunc(d.serve))
	return d, nil
}

// loginKey is the key of login forms with a challenge, made once for all devices of
// a process: nobody needs to decrypt what is sealed to it.
var loginKey = sync.OnceValues(func() (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), err
})

// URL is the device's address.
func (d *Device) URL() string { return d.server.URL + "/" }

// Certificate is the one that it serves TLS with: not that of the machine that
// was recorded.
func (d *Device) Certificate() *x509.Certificate { return d.server.Certificate() }

// Close ends it.
func (d *Device) Close() { d.server.Close() }

// Missing lists the requests that are not in the bundle, as "METHOD path?query",
// in the order they came.
func (d *Device) Missing() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.missing)
}

func (d *Device) serve(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "unreadable form", http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	e := d.find(r)
	d.mu.Unlock()
	if e == nil {
		w.Header().Set("Content-Type", "text/html;charset=UTF-8")
		fmt.Fprintf(w, "<html><head><title>Replay: not in the bundle</title></head><body>Not in the bundle: %s %s</body></html>",
			html.EscapeString(r.Method), html.EscapeString(r.URL.Path))
		return
	}
	h := w.Header()
	for _, name := range e.Cookies {
		http.SetCookie(w, &http.Cookie{Name: cookieName(name), Value: "replay", Path: "/"})
	}
	if e.ContentType != "" {
		h.Set("Content-Type", e.ContentType)
	}
	if e.Location != "" {
		h.Set("Location", e.Location)
	}
	w.WriteHeader(e.Status)
	fmt.Fprint(w, strings.ReplaceAll(d.walk.Files[e.File], redact.KeyMark, html.EscapeString(d.key)))
}

// cookieName drops what no name may hold.
func cookieName(name string) string {
	return regexp.MustCompile(`[^A-Za-z0-9_.-]`).ReplaceAllString(name, "_")
}

// find is the recorded exchange that the request repeats; nil if there is none.
// The n-th request of a kind gets the n-th answer, and later ones the last.
func (d *Device) find(r *http.Request) *walk.Exchange {
	fields := fieldsOf(r)
	for _, states := range d.states() {
		want := requestKey(r, fields)
		all := d.like(states, func(e *walk.Exchange) bool { return key(e) == want })
		if len(all) == 0 {
			// What a form sends of fields that were masked is not as it was.
			want = looseKey(r.Method, r.URL.Path, fields)
			all = d.like(states, func(e *walk.Exchange) bool {
				return looseKey(e.Method, e.Path, append(slices.Clone(e.Query), e.Fields...)) == want
			})
		}
		if len(all) == 0 {
			// Nor is what a script puts together of texts of which some were masked.
			all = d.like(states, func(e *walk.Exchange) bool {
				return e.Method == r.Method && e.Path == r.URL.Path && sameButMasks(append(slices.Clone(e.Query), e.Fields...), fields)
			})
		}
		if len(all) == 0 {
			continue
		}
		count := string(states[0]) + want
		e := all[min(d.next[count], len(all)-1)]
		d.next[count]++
		switch e.State {
		case walk.Login:
			d.inside = true
		case walk.Logout:
			d.inside = false
		}
		return e
	}
	d.missing = append(d.missing, r.Method+" "+r.URL.RequestURI())
	return nil
}

func (d *Device) like(states []walk.State, is func(*walk.Exchange) bool) []*walk.Exchange {
	var all []*walk.Exchange
	for i := range d.walk.Exchanges {
		if e := &d.walk.Exchanges[i]; slices.Contains(states, e.State) && is(e) {
			all = append(all, e)
		}
	}
	return all
}

// sameButMasks reports whether two requests have the same fields, and ask for the
// same as far as neither is masked.
func sameButMasks(recorded, asked []walk.Field) bool {
	byName := func(a, b walk.Field) int { return strings.Compare(a.Name, b.Name) }
	recorded, asked = slices.Clone(recorded), slices.Clone(asked)
	slices.SortStableFunc(recorded, byName)
	slices.SortStableFunc(asked, byName)
	return slices.EqualFunc(recorded, asked, func(a, b walk.Field) bool {
		return a.Name == b.Name && (!asksBy(a.Name) || a.Value == b.Value || strings.Contains(a.Value+b.Value, "masked"))
	})
}

// asksBy reports whether a field says which page is asked for.
func asksBy(name string) bool {
	switch name {
	case "Flag", "PageFlag", "CoreNXAction", "CoreNXPage", "CorePGTAG":
		return true
	}
	return false
}

// looseKey is what is asked by the names of all fields, and by the values by
// which the UI says which page is meant and that nothing is to be written.
func looseKey(method, path string, fields []walk.Field) string {
	var parts []string
	for _, f := range fields {
		value := ""
		if asksBy(f.Name) {
			// A script may put a value together of pieces, each with its own mask.
			if value = f.Value; strings.Contains(value, "masked") {
				value = ""
			}
		}
		parts = append(parts, f.Name+"="+value)
	}
	slices.Sort(parts)
	return method + " " + path + "?" + strings.Join(parts, "&")
}

// states are the kinds of exchanges that can come now, likeliest first.
func (d *Device) states() [][]walk.State {
	if d.inside {
		return [][]walk.State{{walk.Inside}, {walk.Logout}, {walk.Login}}
	}
	return [][]walk.State{{walk.Outside}, {walk.Login}, {walk.Logout}}
}

// volatile values differ from walk to walk: cache busters, tokens, and what the
// login sends.
var volatile = regexp.MustCompile(`(?i)^(dummy|i?token)$`)

// key of what is asked, without what is volatile.
func key(e *walk.Exchange) string {
	fields := append(slices.Clone(e.Query), e.Fields...)
	return keyOf(e.Method, e.Path, fields, e.State == walk.Login)
}

// fieldsOf are the fields of query and body.
func fieldsOf(r *http.Request) []walk.Field {
	var fields []walk.Field
	for _, values := range []url.Values{r.URL.Query(), r.PostForm} {
		for name, all := range values {
			for _, v := range all {
				fields = append(fields, walk.Field{Name: name, Value: v})
			}
		}
	}
	return fields
}

func requestKey(r *http.Request, fields []walk.Field) string {
	return keyOf(r.Method, r.URL.Path, fields, isLogin(fields))
}

// isLogin: by the names that are published.
func isLogin(fields []walk.Field) bool {
	return slices.ContainsFunc(fields, func(f walk.Field) bool {
		switch f.Name {
		case "password", "PASSWORD", "i0016", "i2101":
			return true
		}
		return false
	})
}

func keyOf(method, path string, fields []walk.Field, login bool) string {
	var parts []string
	for _, f := range fields {
		value := f.Value
		if volatile.MatchString(f.Name) || login || longNumber.MatchString(value) {
			value = ""
		}
		parts = append(parts, f.Name+"="+value)
	}
	slices.Sort(parts)
	return method + " " + path + "?" + strings.Join(parts, "&")
}

// longNumber: what looks like a token or a time is masked by another number.
var longNumber = regexp.MustCompile(`^[0-9]{9,}$`)
