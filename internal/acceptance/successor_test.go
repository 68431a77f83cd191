package acceptance_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

const windowPassword = "pass-W0rd-xyz"

// impostor is on the path to a device after its restart, and holds none of its
// keys: it copies all that the new certificate says of itself into one of its own.
type impostor struct {
	*httptest.Server
	passwords atomic.Int64
	met       atomic.Int64 // connections that came as far as a certificate
	pin       atomic.Value
}

func newImpostor(t *testing.T, dev *simdevice.Device, key crypto.Signer) *impostor {
	t.Helper()
	im := &impostor{}
	addr := strings.TrimSuffix(strings.TrimPrefix(dev.URL(), "https://"), "/")
	through := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableCompression: true, DisableKeepAlives: true}
	im.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), windowPassword) {
			im.passwords.Add(1)
		}
		out, _ := http.NewRequest(r.Method, "https://"+addr+r.URL.RequestURI(), strings.NewReader(string(body)))
		out.Header, out.Host, out.ContentLength = r.Header.Clone(), r.Host, int64(len(body))
		res, err := through.RoundTrip(out)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer res.Body.Close()
		for k, v := range res.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(res.StatusCode)
		_, _ = io.Copy(w, res.Body)
	}))
	im.Config.ErrorLog = log.New(io.Discard, "", 0)
	im.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			return nil, err
		}
		defer c.Close()
		copied := *c.ConnectionState().PeerCertificates[0]
		copied.SignatureAlgorithm, copied.PublicKey = 0, nil
		der, err := x509.CreateCertificate(rand.Reader, &copied, &copied, key.Public(), key)
		if err != nil {
			return nil, err
		}
		im.met.Add(1)
		cert, _ := x509.ParseCertificate(der)
		im.pin.Store(remoteui.HashSPKI(cert).String())
		return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, nil
	}}
	im.StartTLS()
	t.Cleanup(func() { im.CloseClientConnections(); im.Close() })
	return im
}

// windowed is a device that shows what cfg says of its keys, known by its pin.
func windowed(t *testing.T, without bool) (*simdevice.Device, rekey.Device) {
	t.Helper()
	cfg := simdevice.Config{Seed: 3, ID: "7654321", Password: windowPassword, DetailsWithoutNumbers: without}
	dev := start(t, cfg)
	d := access(dev, cfg)
	d.Password, d.TrustOnFirstUse = rekey.NewSecret(windowPassword), false
	d.Pins = []remoteui.SPKIHash{remoteui.HashSPKI(bound(dev).Certificate)}
	return dev, d
}

// taken has every connection after the restart end at the impostor.
func (im *impostor) taken(dev *simdevice.Device, d *rekey.Device) {
	var dialer net.Dialer
	d.DialContext = func(ctx context.Context, network, addr string) (c net.Conn, err error) {
		if dev.Restarts() > 0 {
			addr = im.Listener.Addr().String()
		}
		return dialer.DialContext(ctx, network, addr)
	}
}

func pinFile(t *testing.T, o *rekey.Options) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(o.Dir, "devices", "*", "pin.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Whoever is on the path after the restart and holds no key of the device gets
// no password, is not pinned, and has nothing deleted, whatever he copies: not in
// this run, and not in the next one, which may only look.
func TestRestartWindow(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	rsaKey, err := devicetest.GenerateKey(2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		without bool // thumbprint and serial number on the details page
		key     crypto.Signer
		unsure  bool // nothing contradicts it
	}{
		{"thumbprint shown", false, rsaKey, false},
		{"nothing shown, another kind of key", true, ecKey, false},
		{"nothing shown", true, rsaKey, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dev, d := windowed(t, tc.without)
			im := newImpostor(t, dev, tc.key)
			o, was := options(t), d.Pins[0].String()
			im.taken(dev, &d)
			check := func(err error) {
				t.Helper()
				said, unsure := errors.AsType[*rekey.SuccessorError](err)
				_, identity := errors.AsType[*remoteui.IdentityError](err)
				if unsure != tc.unsure || identity == unsure || errors.Is(err, rekey.ErrUnfinished) != unsure {
					t.Errorf("%v", err)
				}
				if unsure && (said.Pin.String() != im.pin.Load() || !strings.Contains(err.Error(), said.Pin.String()) || !strings.Contains(err.Error(), said.New.SHA1)) {
					t.Errorf("names %s: %v", said.Pin, err)
				}
				if n := im.passwords.Load(); n != 0 || im.met.Load() == 0 {
					t.Errorf("%d passwords in %d connections", n, im.met.Load())
				}
				if !slices.Contains(names(dev), "TLS-2021") || !strings.Contains(pinFile(t, o), was) {
					t.Errorf("keys %q, pin %s", names(dev), pinFile(t, o))
				}
			}
			_, err := rekey.Remediate(bounded(t), d, o)
			check(err)
			_, err = rekey.Assess(bounded(t), d, o)
			check(err)
			d.Pins, d.TrustOnFirstUse = nil, true // the stored pin is more than that
			_, err = rekey.Remediate(bounded(t), d, o)
			check(err)
		})
	}
}

// Where nothing proves the new key, somebody compares its fingerprint at the
// device: when asked, or between two runs.
func TestSuccessorConfirmed(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	refusal := errors.New("it is another fingerprint")
	for _, way := range race.Sample("asked", "no, then pinned", "not asked, then pinned", "not asked, then asked") {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				dev, d := windowed(t, true)
				o, asked := options(t), 0
				say := func(answer error) func(context.Context, rekey.Successor) error {
					return func(_ context.Context, s rekey.Successor) error {
						asked++
						if cert := bound(dev).Certificate; s.Pin != remoteui.HashSPKI(cert) || s.Key != bound(dev).Name || len(s.Compared) < 4 || s.New.SHA1 == "" {
							t.Errorf("asked about %+v", s)
						}
						return answer
					}
				}
				first, then, _ := strings.Cut(way, ", then ")
				switch first {
				case "asked":
					o.ConfirmSuccessor = say(nil)
				case "no":
					o.ConfirmSuccessor = say(refusal)
				}
				_, err := rekey.Remediate(bounded(t), d, o)
				if then != "" {
					said, ok := errors.AsType[*rekey.SuccessorError](err)
					if !ok || !errors.Is(err, rekey.ErrUnfinished) || errors.Is(err, refusal) != (first == "no") || !slices.Contains(names(dev), "TLS-2021") {
						t.Fatalf("%v, keys %q", err, names(dev))
					}
					o.ConfirmSuccessor = nil
					if then == "asked" {
						o.ConfirmSuccessor = say(nil)
					} else {
						d.Pins = []remoteui.SPKIHash{said.Pin}
						// A pin that somebody names lets the key in; it is the device's once it is proved.
						was, declining := pinFile(t, o), *o
						declining.Approve = func(*rekey.Plan) error { return rekey.ErrDeclined }
						if _, err := rekey.Remediate(bounded(t), d, &declining); !errors.Is(err, rekey.ErrDeclined) || pinFile(t, o) != was {
							t.Errorf("%v, pin %s", err, pinFile(t, o))
						}
					}
					_, err = rekey.Remediate(bounded(t), d, o)
				}
				now := remoteui.HashSPKI(bound(dev).Certificate)
				if err != nil || bound(dev).Weak || slices.Contains(names(dev), "TLS-2021") || !strings.Contains(pinFile(t, o), now.String()) || dev.Restarts() != 1 {
					t.Errorf("%v, keys %q, %d restarts", err, names(dev), dev.Restarts())
				}
				if want := strings.Count(way, "asked") - strings.Count(way, "not asked") + strings.Count(way, "no, "); asked != want {
					t.Errorf("asked %d times, want %d", asked, want)
				}
			})
		})
	}
}
