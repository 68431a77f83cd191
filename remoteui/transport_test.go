package remoteui_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

func readCloser(s string) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }

// net/http repeats a GET by itself when a reused connection breaks: a device
// would act twice. A press must reach the device once, and say that its
// outcome is open.
func TestPressIsNeverRepeated(t *testing.T) {
	t.Parallel()
	d := newDropper(t, `<title>x</title><a href="/delete">Delete</a> <a href="/x">Settings/Registration</a>`)
	s, err := remoteui.Dial(bounded(t), remoteui.Config{
		URL: "https://" + d.Addr().String() + "/", Identity: remoteui.Identity{TrustOnFirstUse: true}, Language: "en",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(bounded(t))
	p, err := s.Portal(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	before := len(d.seen())
	p.Press(bounded(t), labels.Delete)
	var deletes int
	for _, r := range d.seen()[before:] {
		if r == "GET /delete" {
			deletes++
		}
	}
	if deletes != 1 {
		t.Errorf("the device saw the request %d times: %q", deletes, d.seen())
	}
}

// A read whose answer was lost is made again, by us and counted: what the
// device saw is what the session says it sent.
func TestNothingIsRepeatedUnseen(t *testing.T) {
	t.Parallel()
	d := newDropper(t, `<title>x</title><a href="/x">Settings/Registration</a>`)
	s, err := remoteui.Dial(bounded(t), remoteui.Config{
		URL: "https://" + d.Addr().String() + "/", Identity: remoteui.Identity{TrustOnFirstUse: true}, Language: "en",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(bounded(t))
	if _, err := s.Walk(bounded(t), labels.Settings); err != nil {
		t.Fatal(err)
	}
	if seen := d.seen(); len(seen) != s.Requests() || len(seen) < 4 {
		t.Errorf("the device saw %q, the session sent %d", seen, s.Requests())
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	ca := certificate(t, x509.Certificate{
		Subject: pkix.Name{CommonName: "CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil)
	roots := x509.NewCertPool()
	roots.AddCert(ca.Leaf)
	self := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}}, nil)
	byCN := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}}, &ca)
	bySAN := certificate(t, x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}, &ca)
	other := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.2"}}, &ca)
	wrongSAN := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}, DNSNames: []string{"printer.example"}}, &ca)
	pin := func(c tls.Certificate) []remoteui.SPKIHash { return []remoteui.SPKIHash{remoteui.HashSPKI(c.Leaf)} }
	for _, tc := range []struct {
		name string
		cert tls.Certificate
		id   remoteui.Identity
		ok   bool
	}{
		{"nothing given, self-signed", self, remoteui.Identity{}, false},
		{"first use", self, remoteui.Identity{TrustOnFirstUse: true}, true},
		{"pin", self, remoteui.Identity{Pins: pin(self)}, true},
		{"wrong pin", self, remoteui.Identity{Pins: pin(byCN)}, false},
		{"wrong pin beats CA", byCN, remoteui.Identity{Pins: pin(self), Roots: roots}, false},
		{"wrong pin beats first use", self, remoteui.Identity{Pins: pin(byCN), TrustOnFirstUse: true}, false},
		{"CA, name in CN", byCN, remoteui.Identity{Roots: roots}, true},
		{"CA, name in SAN", bySAN, remoteui.Identity{Roots: roots}, true},
		{"CA, other name", other, remoteui.Identity{Roots: roots}, false},
		{"CA, SAN counts before CN", wrongSAN, remoteui.Identity{Roots: roots}, false},
		{"CA, self-signed", self, remoteui.Identity{Roots: roots, TrustOnFirstUse: true}, false},
		{"stored", self, remoteui.Identity{Stored: remoteui.HashSPKI(self.Leaf)}, true},
		{"stored is another", self, remoteui.Identity{Stored: remoteui.HashSPKI(byCN.Leaf), TrustOnFirstUse: true}, false},
		{"announced successor of a stored key", self, remoteui.Identity{
			Stored: remoteui.HashSPKI(byCN.Leaf), Successor: func(*x509.Certificate) error { return nil },
		}, true},
		{"not the announced successor", self, remoteui.Identity{
			Pins: pin(byCN), Successor: func(*x509.Certificate) error { return errors.New("another") },
		}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, tc.cert, portal())
			s, err := remoteui.Dial(bounded(t), remoteui.Config{URL: srv.URL, Identity: tc.id})
			if err == nil {
				defer s.Close(bounded(t))
			}
			if (err == nil) != tc.ok {
				t.Fatalf("Dial: %v", err)
			}
			if refused, is := errors.AsType[*remoteui.IdentityError](err); !tc.ok && (!is || refused.Got != remoteui.HashSPKI(tc.cert.Leaf)) {
				t.Errorf("want an IdentityError naming the key, got %v", err)
			}
		})
	}
}

// A key that changes within a session ends it, also where the new one is known: what was
// read is of the device as it was. Nothing is sent to who presents it.
func TestKeyChangesWithinTheSession(t *testing.T) {
	t.Parallel()
	old := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}}, nil)
	changed := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}}, nil)
	for name, tc := range map[string]struct {
		successor func(*x509.Certificate) error
		succeeded bool
	}{
		"none is expected": {nil, false},
		"another is":       {func(*x509.Certificate) error { return errors.New("another") }, false},
		"it is the one": {func(c *x509.Certificate) error {
			if !c.Equal(changed.Leaf) {
				return errors.New("another")
			}
			return nil
		}, true},
		"it may be the one": {func(c *x509.Certificate) error { return &remoteui.UnconfirmedError{Key: "k", Certificate: c} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var now atomic.Pointer[tls.Certificate]
			now.Store(&old)
			var toNew atomic.Int32
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if now.Load() == &changed {
					toNew.Add(1)
				}
				w.Header().Set("Connection", "close")
				portal().ServeHTTP(w, r)
			}))
			srv.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
				return &tls.Config{Certificates: []tls.Certificate{*now.Load()}}, nil
			}}
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			srv.StartTLS()
			t.Cleanup(srv.Close)
			s, err := remoteui.Dial(bounded(t), remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{Pins: []remoteui.SPKIHash{remoteui.HashSPKI(old.Leaf)}, Successor: tc.successor}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(bounded(t))
			now.Store(&changed)
			_, err = s.Walk(bounded(t), labels.Settings)
			if _, is := errors.AsType[*remoteui.IdentityError](err); !is || errors.Is(err, remoteui.ErrSucceeded) != tc.succeeded {
				t.Errorf("%v, want ErrSucceeded: %v", err, tc.succeeded)
			}
			if n := toNew.Load(); n != 0 {
				t.Errorf("%d requests to the new key", n)
			}
		})
	}
}

// Whatever a device says, no request goes to another host.
func TestNoOtherHost(t *testing.T) {
	t.Parallel()
	cert := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}}, nil)
	for _, tc := range []struct{ name, to string }{
		{"redirect", "https://other.example/"},
		{"down to HTTP", "http://127.0.0.1/"},
		{"scheme", "ftp://127.0.0.1/"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, cert, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", tc.to)
				w.WriteHeader(http.StatusFound)
			}))
			_, err := remoteui.Dial(bounded(t), remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}})
			if err == nil {
				t.Fatal("followed")
			}
		})
	}
}

// A device without TLS is refused with what to do, and gets no password.
func TestPlainHTTPIsRefused(t *testing.T) {
	t.Parallel()
	var posts []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		posts = append(posts, r.Method)
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<form name="login" action="/login" method="post"><input name="deptid"><input name="password" type="password"></form>`))
	}))
	t.Cleanup(srv.Close)
	_, err := remoteui.Dial(bounded(t), remoteui.Config{
		URL: srv.URL, Credentials: remoteui.Credentials{DepartmentID: "1", Password: remoteui.NewSecret("2")},
		Identity: remoteui.Identity{TrustOnFirstUse: true},
	})
	if !errors.Is(err, remoteui.ErrPlainHTTP) || slices.Contains(posts, "POST") {
		t.Errorf("error %v, requests %q", err, posts)
	}
}

// A cookie that a page's script sets goes with the next request, as one that
// the device sets does.
func TestScriptCookies(t *testing.T) {
	t.Parallel()
	cert := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}}, nil)
	got := make(chan string, 1)
	srv := serve(t, cert, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/s" {
			got <- r.Header.Get("Cookie")
		}
		http.SetCookie(w, &http.Cookie{Name: "sessionid", Value: "1", Path: "/"})
		io.WriteString(w, `<script>document.cookie = "portalLang=" + (/sessionid=1/.test(document.cookie) ? "tw" : "none") + "; path=/";</script>`+
			`<a href="/s">Settings/Registration</a>`)
	}))
	s, err := remoteui.Dial(bounded(t), remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}, Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(bounded(t))
	if _, err := s.Walk(bounded(t), labels.Settings); err != nil {
		t.Fatal(err)
	}
	if c := <-got; !strings.Contains(c, "sessionid=1") || !strings.Contains(c, "portalLang=tw") {
		t.Errorf("cookies %q", c)
	}
}

// A refusal may come by way of a redirect. The password is sent once.
func TestRefusalByRedirect(t *testing.T) {
	t.Parallel()
	cert := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}}, nil)
	var posts atomic.Int64
	srv := serve(t, cert, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts.Add(1)
			http.Redirect(w, r, "/?err=1", http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, `<form name="login" action="/login" method="post"><input name="deptid"><input name="password" type="password"></form>`)
	}))
	_, err := remoteui.Dial(bounded(t), remoteui.Config{
		URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true},
		Credentials: remoteui.Credentials{DepartmentID: "1", Password: remoteui.NewSecret("2")},
	})
	if _, ok := errors.AsType[*remoteui.LoginError](err); !ok || posts.Load() != 1 {
		t.Errorf("%v, %d posts", err, posts.Load())
	}
}

// A login form of no known kind is named, and gets nothing.
func TestUnknownLoginForm(t *testing.T) {
	t.Parallel()
	cert := certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}}, nil)
	srv := serve(t, cert, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, `<form action="/x"><input name="who"><input name="secretWord" type="password"></form>`)
	}))
	_, err := remoteui.Dial(bounded(t), remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: true}})
	if pe, ok := errors.AsType[*remoteui.PageError](err); !ok || !slices.Contains(pe.Found, "secretWord") {
		t.Errorf("%v", err)
	}
}
