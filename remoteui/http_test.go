package remoteui_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

const portalPage = `<html><head><title>Remote UI: Portal: MF632C/634C: MF632C/634C</title></head><body><a href="/s">Settings/Registration</a> <form action="/w" method="post"><input type="submit" value="OK"></form></body></html>`

// inOrder answers with one handler after the other, and with the last one from
// then on; it counts the requests by method and path.
func inOrder(seen map[string]int, handlers ...http.HandlerFunc) http.Handler {
	var mu sync.Mutex
	n := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.Method+" "+r.URL.Path]++
		if got := r.Header["Accept-Encoding"]; len(got) != 1 || got[0] != "identity" {
			seen["without Accept-Encoding"]++
		}
		w.Header().Set("Content-Type", "text/html")
		handlers[min(n, len(handlers)-1)](w, r)
		n++
	})
}

func html(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }
}

func dialHTTP(t *testing.T, h http.Handler) (*remoteui.Session, error) {
	t.Helper()
	return remoteui.Dial(t.Context(), remoteui.Config{URL: "https://192.0.2.7:443/", Identity: remoteui.Identity{TrustOnFirstUse: true}, DialContext: inMemory(t, h)})
}

// Answers may be packed though no request asks for that; what comes out is
// bounded, and an encoding that is not known is named.
func TestPackedAnswers(t *testing.T) {
	t.Parallel()
	pack := func(to func(io.Writer) io.WriteCloser, text string) string {
		var b bytes.Buffer
		w := to(&b)
		io.WriteString(w, text)
		w.Close()
		return b.String()
	}
	gz := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	zl := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	raw := func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 9); return f }
	bomb := portalPage + strings.Repeat(" ", 9<<20)
	for name, c := range map[string]struct{ encoding, body, want string }{
		"gzip":              {"gzip", pack(gz, portalPage), ""},
		"x-gzip":            {" X-GZip ", pack(gz, portalPage), ""},
		"deflate":           {"deflate", pack(zl, portalPage), ""},
		"deflate, bare":     {"deflate", pack(raw, portalPage), ""},
		"identity":          {"identity", portalPage, ""},
		"twice":             {"deflate, gzip", pack(gz, pack(zl, portalPage)), ""},
		"cut short":         {"gzip", pack(gz, portalPage)[:40], "cannot be unpacked"},
		"not packed at all": {"gzip", portalPage, "cannot be unpacked"},
		"too large":         {"gzip", pack(gz, bomb), "larger than"},
		"too large, twice":  {"gzip, gzip", pack(gz, pack(gz, bomb)), "larger than"},
		"brotli":            {"br", portalPage, `packed by "br"`},
		"many times":        {"gzip,gzip,gzip,gzip", portalPage, "packed 4 times"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				seen := map[string]int{}
				s, err := dialHTTP(t, inOrder(seen, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Encoding", c.encoding)
					io.WriteString(w, c.body)
				}))
				if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) || seen["without Accept-Encoding"] > 0 {
					t.Errorf("%v; %v", err, seen)
				}
				if err == nil {
					s.Close(t.Context())
				}
			})
		})
	}
}

// A Refresh header sends the browser on as the meta element does.
func TestRefreshHeader(t *testing.T) {
	t.Parallel()
	for header, path := range map[string]string{"0; url=/top.html": "/top.html", "0;URL='/top.html'": "/top.html", "60; url=/top.html": "", "0": "", "x": "", "0; url=https://192.0.2.8/": "refused"} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				seen := map[string]int{}
				s, err := dialHTTP(t, inOrder(seen, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Refresh", header)
					io.WriteString(w, portalPage)
				}, html(portalPage)))
				if (err != nil) != (path == "refused") || seen["GET /top.html"] != map[bool]int{true: 1}[strings.HasPrefix(path, "/")] {
					t.Errorf("%v; %v", err, seen)
				}
				if err == nil {
					s.Close(t.Context())
				}
			})
		})
	}
}

// 503 and 429 are waited for, as long as the device asks, and not for ever: by
// them it says that it did not take the request, so that a write may be made
// again. Any other failure of a write may have been one of the answer alone.
func TestBusyDevice(t *testing.T) {
	t.Parallel()
	busy := func(status int, after string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if after != "" {
				w.Header().Set("Retry-After", after)
			}
			w.Header().Set("Date", "Sat, 01 Jan 2028 00:00:00 GMT")
			w.WriteHeader(status)
		}
	}
	for name, c := range map[string]struct {
		first         []http.HandlerFunc
		ever          http.HandlerFunc // from then on; nil: the page
		reads, writes int
		at, most      time.Duration // of a read that succeeds, or of either
	}{
		"Retry-After":             {[]http.HandlerFunc{busy(503, "2")}, nil, 2, 2, 2 * time.Second, 5 * time.Second},
		"Retry-After, date":       {[]http.HandlerFunc{busy(429, "Sat, 01 Jan 2028 00:00:30 GMT")}, nil, 2, 2, 30 * time.Second, 35 * time.Second},
		"429 without":             {[]http.HandlerFunc{busy(429, ""), busy(429, "")}, nil, 3, 3, 3 * time.Second, 12 * time.Second},
		"zero":                    {[]http.HandlerFunc{busy(503, "0")}, nil, 2, 2, 250 * time.Millisecond, 5 * time.Second},
		"an hour is cut":          {[]http.HandlerFunc{busy(503, "3600")}, nil, 2, 2, time.Minute, 65 * time.Second},
		"negative, and no number": {[]http.HandlerFunc{busy(503, "-5"), busy(503, "soon")}, nil, 3, 3, 250 * time.Millisecond, 12 * time.Second},
		"for ever":                {nil, busy(503, "60"), 11, 5, 4 * time.Minute, 11 * time.Minute},
		"another failure":         {nil, busy(500, ""), 3, 1, 0, 5 * time.Second},
	} {
		for _, method := range []string{"GET", "POST"} {
			t.Run(name+" "+method, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					seen, ever := map[string]int{}, html(portalPage)
					if c.ever != nil {
						ever = c.ever
					}
					asked := inOrder(seen, append(c.first[:len(c.first):len(c.first)], ever)...)
					s, err := dialHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.URL.Path == "/" {
							io.WriteString(w, portalPage)
							return
						}
						asked.ServeHTTP(w, r)
					}))
					if err != nil {
						t.Fatal(err)
					}
					defer s.Close(t.Context())
					p, err := s.Portal(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					began, want := time.Now(), c.reads
					if method == "GET" {
						_, err = p.Follow(t.Context(), labels.Settings)
					} else {
						want = c.writes
						_, err = p.Press(t.Context(), labels.OK)
					}
					_, ambiguous := errors.AsType[*remoteui.AmbiguousWriteError](err)
					switch n, waited := seen[method+map[string]string{"GET": " /s", "POST": " /w"}[method]], time.Since(began); {
					case n != want || waited < c.at || waited > c.most:
						t.Errorf("%d requests within %v, want %d", n, waited, want)
					case (err == nil) != (c.ever == nil) || ambiguous != (err != nil && method == "POST"):
						t.Error(err)
					}
				})
			})
		}
	}
}

// A root that has no page over TLS is no proof that there is no Remote UI.
func TestRootWithoutPage(t *testing.T) {
	t.Parallel()
	const form = `<html><head><title>Remote UI: Login: iR-ADV C3530: iR-ADV C3530</title></head><body><form name="loginFrm" action="/checkLogin.cgi" method="post"><input type="password" name="i2101"><input type="submit" name="submitButton" value="Log In"></form></body></html>`
	for name, path := range map[string]string{"login page": "/login.html", "portal": "/portal_top.html", "rps": "/rps/", "old": "/_top.html", "nowhere": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				posts, in := 0, false
				h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/html")
					switch {
					case r.Method == "POST":
						posts++
						in = true
						http.Redirect(w, r, "/portal.html", http.StatusFound)
					case r.URL.Path == "/logout.cgi":
						in = false
					case r.URL.Path == "/portal.html" && in:
						io.WriteString(w, portalPage)
					case r.URL.Path == path:
						io.WriteString(w, form)
					default:
						http.NotFound(w, r)
					}
				})
				s, err := remoteui.Dial(t.Context(), remoteui.Config{
					URL: "https://192.0.2.7/", Identity: remoteui.Identity{TrustOnFirstUse: true}, DialContext: inMemory(t, h),
					Credentials: remoteui.Credentials{Password: remoteui.NewSecret("1234567")},
				})
				if path == "" {
					if err == nil || !strings.Contains(err.Error(), "404") {
						t.Error(err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if title := s.FrontTitle(); title != "Remote UI: Login: iR-ADV C3530: iR-ADV C3530" {
					t.Errorf("title %q", title)
				}
				if _, err := s.Walk(t.Context()); err != nil {
					t.Error(err)
				}
				if err := s.Close(t.Context()); err != nil || posts != 1 || in {
					t.Errorf("%v; %d logins, in: %v", err, posts, in)
				}
			})
		})
	}
}

// A page without TLS that leads nowhere is no proof that there is none with TLS.
func TestPlainPageBesideTLS(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url string
		tls bool
		err error
	}{{"http://192.0.2.7/", true, nil}, {"http://192.0.2.7:8000/", true, nil}, {"http://192.0.2.7:81/", true, remoteui.ErrPlainHTTP}, {"http://192.0.2.7/", false, remoteui.ErrPlainHTTP}} {
		t.Run(fmt.Sprint(c.url, c.tls), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				overTLS := inMemory(t, html(portalPage))
				plain := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
				srv := &http.Server{Handler: html(portalPage)}
				go srv.Serve(plain)
				defer srv.Close()
				s, err := remoteui.Dial(t.Context(), remoteui.Config{
					URL: c.url, Identity: remoteui.Identity{TrustOnFirstUse: true},
					DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
						if _, port, _ := net.SplitHostPort(addr); port == "443" && c.tls {
							return overTLS(ctx, network, addr)
						} else if port == "443" || port == "8443" {
							return nil, errors.New("connection refused")
						}
						here, there := net.Pipe()
						plain.conns <- there
						return here, nil
					},
				})
				if !errors.Is(err, c.err) {
					t.Error(err)
				}
				if err == nil {
					s.Close(t.Context())
				}
			})
		})
	}
}

// A certificate that devices come with is named as such: no name in it can be
// checked, and there is nothing amiss with that.
func TestFactoryCertificate(t *testing.T) {
	t.Parallel()
	for name, factory := range map[string]bool{"Canon Imaging Product": true, "Canon iR-ADV C3530 III": true, "canon imaging product": true, "printer.example": false, "Canonical": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: name}}, nil), portal())
			for _, first := range []bool{false, true} {
				said := ""
				s, err := remoteui.Dial(bounded(t), remoteui.Config{URL: srv.URL, Identity: remoteui.Identity{TrustOnFirstUse: first}, OnEvent: func(e remoteui.Event) { said += e.Text }})
				if err == nil {
					s.Close(t.Context())
				} else {
					said += err.Error()
				}
				if (err == nil) != first || strings.Contains(said, "devices come with") != factory {
					t.Errorf("%v; %s", err, said)
				}
			}
		})
	}
}

// A device that says so of requests that follow each other closely is left alone
// between them from then on.
func TestHastyRequestsAreLearnt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var last time.Time
		refused := 0
		s, err := dialHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			now := time.Now()
			hasty := now.Sub(last) < 300*time.Millisecond
			last = now
			if hasty {
				refused++
				w.Header().Set("Retry-After", "2")
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			io.WriteString(w, portalPage)
		}))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close(t.Context())
		for range 40 {
			if _, err := s.Portal(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if s.Spacing() == 0 || refused > 8 {
			t.Errorf("%v between requests, %d refused", s.Spacing(), refused)
		}
	})
}
