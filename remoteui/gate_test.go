package remoteui_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// network has devices on loopback by name, and keeps what is dialled.
type network struct {
	mu     sync.Mutex
	dialed []string
	conns  []net.Conn
	served map[string]string // by address
}

func (n *network) dial(_ context.Context, _, addr string) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dialed = append(n.dialed, addr)
	if n.served[addr] == "" {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	c, err := net.Dial("tcp", n.served[addr])
	n.conns = append(n.conns, c)
	return c, err
}

// takeAway has a device go down.
func (n *network) takeAway(addr string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.served, addr)
	for _, c := range n.conns {
		c.Close()
	}
}

// since returns what was dialled after the first skip, and how much that is.
func (n *network) since(skip int) (addrs []string, all int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	addrs = slices.Clone(n.dialed[skip:])
	slices.Sort(addrs)
	return slices.Compact(addrs), len(n.dialed)
}

// serve answers at an address, over TLS if there is a certificate.
func (n *network) serve(t *testing.T, addr string, cert *tls.Certificate, h http.Handler) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	if cert != nil {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*cert}})
	}
	if n.served == nil {
		n.served = map[string]string{}
	}
	n.served[addr] = at
	srv := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
	var wg sync.WaitGroup
	wg.Go(func() { _ = srv.Serve(l) })
	t.Cleanup(func() { srv.Close(); wg.Wait() })
}

const deviceAt = "printer.example:8443"

func printerCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	return certificate(t, x509.Certificate{Subject: pkix.Name{CommonName: "printer.example"}}, nil)
}

// Ways in which a page of the device leads to an address.
var waysOut = map[string]string{
	"link":         `<a href="%s">Network</a>`,
	"script link":  `<a href="javascript:location.href='%s'">Network</a>`,
	"form":         `<form action="%s" method="post"><input type="hidden" name="token" value="secret"><input type="submit" value="Network"></form>`,
	"get form":     `<form action="%s"><input type="hidden" name="token" value="secret"><input type="submit" value="Network"></form>`,
	"meta refresh": `<meta http-equiv="refresh" content="0;url=%s">`,
	"script":       `<script>location.replace("%s")</script>`,
	"frame":        `<frameset cols="*"><frame src="%s"></frameset>`,
	"script file":  `<script src="%s"></script><a href="/n">Network</a>`,
	"image":        `<img src="%s"><a href="/n">Network</a>`,
	"log-out":      `<a href="%s">Log Out</a><a href="/n">Network</a>`,
	"redirect":     "",
}

// A session goes nowhere but to the address of its device over TLS, whatever
// leads elsewhere: nobody else is so much as connected to.
func TestGate(t *testing.T) {
	t.Parallel()
	cert := printerCertificate(t)
	for way, markup := range waysOut {
		for to, out := range map[string]bool{
			"http://printer.example:8443/n?token=secret":         true,
			"http://printer.example/n?token=secret":              true,
			"https://printer.example/n?token=secret":             true,
			"https://printer.example:9443/n?token=secret":        true,
			"//printer.example:9443/n?token=secret":              true,
			"https://admin:secret@printer.example:8443/n":        true,
			"https://printer.example:8443@other.example/n":       true,
			"https://other.example:8443/n?token=secret":          true,
			"//other.example:8443/n?token=secret":                true,
			"https://printer.example.other.example:8443/n":       true,
			"https://PRINTER.Example:8443/n":                     false,
			"https://printer.example.:8443/n":                    false,
			"//printer.example:8443/n":                           false,
			"/n":                                                 false,
			"ftp://printer.example:8443/n":                       true,
			"https://printer.example:8443%2eother.example:443/n": true,
		} {
			if few := []string{"http://printer.example:8443/n?token=secret", "//printer.example:9443/n?token=secret", "//other.example:8443/n?token=secret", "https://printer.example.:8443/n"}; way != "link" && !slices.Contains(few, to) {
				continue // the gate does not ask what led to it
			}
			t.Run(way+"/"+to, func(t *testing.T) {
				t.Parallel()
				net := &network{}
				var mu sync.Mutex
				arrived := false
				net.serve(t, deviceAt, &cert, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/html")
					mu.Lock()
					defer mu.Unlock()
					if r.Header.Get("Authorization") != "" {
						t.Error("a user named by a page")
					}
					switch {
					case r.URL.Path == "/n":
						arrived = true
						io.WriteString(w, `<title>Network</title><a href="/">Settings/Registration</a>`)
					case r.URL.Path == "/s" && markup == "":
						w.Header()["Location"] = []string{to}
						w.WriteHeader(http.StatusFound)
					case r.URL.Path == "/s":
						fmt.Fprintf(w, "<html><head><title>Settings</title></head>"+markup+"</html>", to)
					default:
						http.SetCookie(w, &http.Cookie{Name: "session", Value: "C0FFEE", Path: "/"})
						io.WriteString(w, `<title>Portal</title><a href="/s">Settings/Registration</a>`)
					}
				}))
				s, err := remoteui.Dial(bounded(t), remoteui.Config{URL: "https://" + deviceAt + "/", Identity: remoteui.Identity{TrustOnFirstUse: true}, Language: "en", DialContext: net.dial})
				if err != nil {
					t.Fatal(err)
				}
				p, err := s.Walk(bounded(t), labels.Settings)
				if err == nil {
					_, err = p.Follow(bounded(t), labels.Network)
				}
				s.Close(bounded(t))
				if addrs, _ := net.since(0); !slices.Equal(addrs, []string{deviceAt}) {
					t.Errorf("connected to %q", addrs)
				}
				mu.Lock()
				defer mu.Unlock()
				switch loads := way != "image" && way != "script file" && way != "log-out"; {
				case loads && arrived == out:
					t.Errorf("arrived: %v, %v", arrived, err)
				case loads && out && err == nil:
					t.Error("no error")
				}
				if strings.Contains(fmt.Sprint(err), "secret") {
					t.Errorf("tells what may be a secret: %v", err)
				}
			})
		}
	}
}

// The first page may lead to another port of the device, before anything is sent
// that could be lost; from then on that is its address.
func TestFirstPageMoves(t *testing.T) {
	t.Parallel()
	cert, other := printerCertificate(t), printerCertificate(t)
	for name, there := range map[string]*tls.Certificate{"same key": &cert, "another key": &other} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			net := &network{}
			net.serve(t, "printer.example:443", &cert, http.RedirectHandler("https://"+deviceAt+"/", http.StatusFound))
			reached := false
			net.serve(t, deviceAt, there, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				reached = true
				w.Header().Set("Content-Type", "text/html")
				io.WriteString(w, `<title>Portal</title><a href="https://printer.example/s">Settings/Registration</a>`)
			}))
			s, err := remoteui.Dial(bounded(t), remoteui.Config{URL: "https://printer.example:443/", Identity: remoteui.Identity{TrustOnFirstUse: true}, Language: "en", DialContext: net.dial})
			if there == &other {
				if _, ok := errors.AsType[*remoteui.IdentityError](err); !ok || reached {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(bounded(t))
			_, seen := net.since(0)
			if _, err := s.Walk(bounded(t), labels.Settings); !errors.As(err, new(*remoteui.OutsideError)) {
				t.Errorf("back to the port it came from: %v", err)
			}
			if addrs, _ := net.since(seen); s.URL() != "https://"+deviceAt+"/" || slices.Contains(addrs, "printer.example:443") {
				t.Errorf("at %s, connected to %q", s.URL(), addrs)
			}
		})
	}
}

// A device that is away is looked for without TLS only if the way to it begins
// there, and then by nobody: without cookies, query and referrer.
func TestAwayInClear(t *testing.T) {
	t.Parallel()
	cert := printerCertificate(t)
	for _, url := range []string{"printer.example", "https://" + deviceAt + "/", "http://printer.example:8000/start?token=secret"} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			net := &network{}
			page := func(w http.ResponseWriter, r *http.Request) {
				http.SetCookie(w, &http.Cookie{Name: "session", Value: "C0FFEE", Path: "/"})
				w.Header().Set("Content-Type", "text/html")
				io.WriteString(w, `<title>Portal</title><a href="/s">Settings/Registration</a><a href="http://printer.example:8000/out">Log Out</a>`)
			}
			net.serve(t, deviceAt, &cert, http.HandlerFunc(page))
			net.serve(t, "printer.example:9443", &cert, http.HandlerFunc(page))
			var clear []string
			to := "https://" + deviceAt + "/"
			net.serve(t, "printer.example:8000", nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for _, name := range []string{"Cookie", "Referer", "Authorization"} {
					if r.Header.Get(name) != "" {
						t.Errorf("%s: %s", name, r.Header.Get(name))
					}
				}
				clear = append(clear, r.Method+" "+r.URL.String())
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusFound)
			}))
			s, err := remoteui.Dial(t.Context(), remoteui.Config{
				URL: url, Identity: remoteui.Identity{TrustOnFirstUse: true}, Language: "en", DialContext: net.dial, ReturnTimeout: 2500 * time.Millisecond,
			})
			if err != nil {
				t.Fatal(err)
			}
			net.takeAway(deviceAt)
			to = "https://printer.example:9443/"
			_, err = s.Walk(t.Context(), labels.Settings)
			found := strings.HasPrefix(url, "http:")
			if (err == nil) != found || found != (s.URL() == to) {
				t.Errorf("at %s, %v", s.URL(), err)
			}
			s.Close(t.Context())
			if (len(clear) > 0) != found {
				t.Errorf("in clear: %q", clear)
			}
			for _, r := range clear {
				if !found || r != "GET /start" {
					t.Errorf("in clear: %q", r)
				}
			}
		})
	}
}
