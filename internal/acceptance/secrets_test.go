package acceptance_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"html"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/testca"
	issuers "github.com/rekey-go/rekey/keys/issuer"
)

// watch is a run whose every output is searched for secrets.
type watch struct {
	hostile.Secrets
	t   *testing.T
	dir string

	mu      sync.Mutex
	log     bytes.Buffer
	logJSON bytes.Buffer
	events  []rekey.Event
}

// locked is a writer for several goroutines.
type locked struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (w *watch) options(t *testing.T) *rekey.Options {
	o := options(t)
	w.t, w.dir = t, o.Dir
	debug := &slog.HandlerOptions{Level: slog.LevelDebug - 8, AddSource: true}
	o.Logger = slog.New(slog.NewMultiHandler(slog.NewTextHandler(locked{&w.mu, &w.log}, debug), slog.NewJSONHandler(locked{&w.mu, &w.logJSON}, debug)))
	o.OnEvent = func(e rekey.Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, e)
	}
	return o
}

// search looks into an output. A new kind of output is one more call.
func (w *watch) search(where string, output any) {
	w.t.Helper()
	var found []string
	switch v := output.(type) {
	case nil:
		return
	case string:
		found = w.Find(v)
	case []byte:
		found = w.Find(string(v))
	default:
		found = w.FindIn(v)
	}
	if len(found) > 0 {
		w.t.Errorf("%s: %q came out: %.3000v", where, found, output)
	}
}

// finish searches what every run leaves: its result, error, log, events and
// state directory.
func (w *watch) finish(r *rekey.Report, err error) {
	w.t.Helper()
	w.search("error", err)
	if r != nil {
		w.search("report", r)
		w.search("report for people", r.String())
		w.search("plan", r.Plan)
		if r.Plan != nil {
			w.search("plan for people", r.Plan.String())
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.search("log", w.log.String())
	w.search("log in JSON", w.logJSON.String())
	for _, e := range w.events {
		w.search("event", e)
	}
	found, files, walkErr := w.FindBelow(w.dir)
	if walkErr != nil {
		w.t.Error(walkErr)
	}
	for file, names := range found {
		w.t.Errorf("%s: %q came out", file, names)
	}
	spellings, outputs := w.Size()
	w.t.Logf("%d spellings, %d outputs, %d files, %d events, %d bytes of log", spellings, outputs, files, len(w.events), w.log.Len()+w.logJSON.Len())
	if spellings == 0 || len(w.events) == 0 || w.log.Len() == 0 {
		w.t.Error("nothing was planted, or nothing came out at all")
	}
}

// tap plants what a simulated device and its client send each other: cookies
// and one-time tokens.
func (w *watch) tap() simdevice.Fault {
	return simdevice.Fault{Kind: simdevice.FaultDelay, Match: func(r *http.Request) bool {
		for _, c := range r.Cookies() {
			if len(c.Value) >= 8 { // the language is no secret
				w.Plant("cookie "+c.Name, c.Value)
			}
		}
		for _, field := range []string{"Token", "CHALLENGE", "PASSWORD", "password"} {
			for _, value := range r.Form[field] {
				w.Plant(field, value)
			}
		}
		return false
	}}
}

// factors plants the primes and private exponents of a device's weak keys.
func (w *watch) factors(t *testing.T, dev *simdevice.Device) {
	t.Helper()
	n := 0
	for _, k := range dev.Keys() {
		pub, ok := k.Certificate.PublicKey.(*rsa.PublicKey)
		if !ok || !k.Weak {
			continue
		}
		p, q := fermat(pub.N)
		if p == nil {
			t.Fatalf("key %q: not factored", k.Name)
		}
		n++
		one := big.NewInt(1)
		p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
		phi := new(big.Int).Mul(p1, q1)
		carmichael := new(big.Int).Div(phi, new(big.Int).GCD(nil, nil, p1, q1))
		e := big.NewInt(int64(pub.E))
		for name, secret := range map[string]*big.Int{
			"p": p, "q": q, "d": new(big.Int).ModInverse(e, phi), "d (Carmichael)": new(big.Int).ModInverse(e, carmichael), "phi": phi,
		} {
			w.PlantNumber(k.Name+"'s "+name, secret)
		}
	}
	if n == 0 {
		t.Fatal("no weak key")
	}
}

func fermat(n *big.Int) (p, q *big.Int) {
	a, b2, b := new(big.Int).Sqrt(n), new(big.Int), new(big.Int)
	for range 100_000 {
		b2.Sub(b2.Mul(a, a), n)
		if b2.Sign() >= 0 && b.Mul(b.Sqrt(b2), b).Cmp(b2) == 0 {
			b.Sqrt(b2)
			return new(big.Int).Add(a, b), new(big.Int).Sub(a, b)
		}
		a.Add(a, big.NewInt(1))
	}
	return nil, nil
}

// simulated is a device that asks for a password full of characters that
// spellings differ in, and whose secrets are all planted.
func (w *watch) simulated(t *testing.T, cfg simdevice.Config) (*simdevice.Device, rekey.Device) {
	t.Helper()
	cfg.ID, cfg.Password = "operator1", "pl4nted <pass>&\"wörd\"+%"
	cfg.Faults = append(cfg.Faults, w.tap())
	dev := start(t, cfg)
	w.Plant("password", cfg.Password)
	w.factors(t, dev)
	d := access(dev, cfg)
	d.Password, d.UserName = rekey.NewSecret(cfg.Password), cfg.ID
	if cfg.Login == "" {
		d.UserName, d.DepartmentID = "", cfg.ID
	}
	return dev, sipPort(d, dev)
}

// Nothing secret comes out of any run, whatever becomes of it.
func TestSecrets(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	t.Run("replaced in every usage", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			w := &watch{}
			o := w.options(t)
			cfg := full(7)
			cfg.Login, o.AssumeTrusted = simdevice.LoginRSAChallenge, true
			_, d := w.simulated(t, cfg)
			a, err := rekey.Assess(bounded(t), d, o)
			w.search("assessment", a)
			if err != nil {
				t.Fatal(err)
			}
			r, err := rekey.Remediate(bounded(t), d, o)
			if err != nil {
				t.Errorf("%v\n%v", err, r)
			}
			w.finish(r, err)
		})
	})
	t.Run("refused login", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			w := &watch{}
			o := w.options(t)
			_, d := w.simulated(t, simdevice.Config{Seed: 8})
			d.Password = rekey.NewSecret("wr0ng & forgotten")
			w.Plant("wrong password", "wr0ng & forgotten")
			for range 2 {
				r, err := rekey.Remediate(bounded(t), d, o)
				if err == nil {
					t.Error("logged in")
				}
				w.finish(r, err)
			}
		})
	})
	for _, kind := range []simdevice.FaultKind{simdevice.FaultResetAfter, simdevice.FaultTruncate, simdevice.FaultStatus500} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				w := &watch{}
				o := w.options(t)
				cfg := simdevice.Config{Seed: 9, Tolerate: []simdevice.Invariant{simdevice.InvariantNoOpenSession}}
				cfg.Faults = []simdevice.Fault{{Kind: kind, Match: func(r *http.Request) bool { return r.Method == http.MethodPost }, Skip: 1, Count: 3}}
				_, d := w.simulated(t, cfg)
				for range 2 {
					r, err := rekey.Remediate(bounded(t), d, o)
					w.finish(r, err)
				}
			})
		})
	}
	t.Run("requests signed by people", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T) {
			w := &watch{}
			o := w.options(t)
			box := t.TempDir()
			o.Kind, o.Issuer = rekey.ByCSR, must(issuers.NewDropBox(box, nil))
			_, d := w.simulated(t, simdevice.Config{Seed: 10})
			r, err := rekey.Remediate(bounded(t), d, o)
			w.finish(r, err)
			found, files, err := w.FindBelow(box)
			if err != nil || files == 0 || len(found) > 0 {
				t.Errorf("%d files, %v: %v", files, found, err)
			}
		})
	})
	t.Run("local CA", testSecretsOfLocalCA)
	t.Run("SCEP", testSecretsOfSCEP)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The key of a CA stays in its file.
func testSecretsOfLocalCA(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T) {
		w := &watch{}
		o := w.options(t)
		ca := newIssuer(t)
		dir := t.TempDir()
		key := must(x509.MarshalPKCS8PrivateKey(ca.key))
		write := func(name, kind string, der []byte) string {
			file := filepath.Join(dir, name)
			if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
				t.Fatal(err)
			}
			return file
		}
		w.PlantNumber("the CA's key", new(big.Int).SetBytes(must(ca.key.Bytes())))
		local, err := issuers.LoadLocalCA(write("ca.pem", "CERTIFICATE", ca.cert.Raw), write("ca.key", "PRIVATE KEY", key), nil)
		if err != nil {
			t.Fatal(err)
		}
		w.search("local CA", local)
		o.Kind, o.Issuer = rekey.ByCSR, local
		_, d := w.simulated(t, simdevice.Config{Seed: 11})
		r, err := rekey.Remediate(bounded(t), d, o)
		if err != nil {
			t.Errorf("%v\n%v", err, r)
		}
		w.finish(r, err)
	})
}

// The challenge passwords go to the device, and nowhere else; also where the
// server refuses them.
func testSecretsOfSCEP(t *testing.T) {
	t.Parallel()
	for _, right := range []bool{true, false} {
		t.Run(fmt.Sprint(right), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				w := &watch{}
				o := w.options(t)
				var accepted []string
				for i := range 6 {
					challenge := fmt.Sprintf("ch4llenge/%d+&pw=0", i)
					w.Plant("challenge", challenge)
					accepted = append(accepted, challenge)
				}
				next := accepted
				if !right {
					accepted = []string{"another"}
				}
				cfg := full(3)
				scepPeer(t, &cfg, testca.SCEP{OneTime: accepted, Pending: 1})
				cfg.SCEPTimer = true
				_, d := w.simulated(t, cfg)
				bySCEP(o)
				if !right {
					o.SCEP.Timeout = time.Second
				}
				o.SCEP.Challenge = func(context.Context, rekey.DeviceInfo) (rekey.Secret, error) {
					challenge := next[0]
					next = next[1:]
					return rekey.NewSecret(challenge), nil
				}
				r, err := rekey.Remediate(bounded(t), d, o)
				if (err == nil) != right {
					t.Errorf("%v\n%v", err, r)
				}
				w.finish(r, err)
			})
		})
	}
}

// A device that tells everybody what it was told: in titles, messages, names of
// fields and addresses, and by its scripts.
func TestSecretsEchoed(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	const password, challenge, cookie, token = "pl4nted+pass/word", "0123456789abcdefCHALLENGE", "c00kie-value-of-the-session", "9876543210987654321"
	key := must(devicetest.GenerateKey(2048))
	pk := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(key.Public()))}))
	form := func(echo string) string {
		return fmt.Sprintf(`<title>Login %s</title><form name=login action="/login" method=post><input type=hidden name=CHALLENGE value=%s><input type=hidden name=PK value="%s">`+
			`<input name=USERNAME><input type=password name=PASSWORD><input type=password name=PASSWORD_T><input type=hidden name=Token value=%s></form>%s`, html.EscapeString(echo), challenge, pk, token, echo)
	}
	logIn := func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: cookie, Path: "/"})
		http.Redirect(w, r, "/?Token="+token, http.StatusFound)
	}
	echo := hostile.Text
	noisy := `<title>` + password + `</title><form action="/x?Token=` + token + `"><input type=hidden name=Token value=` + token + `><input name=p value="` + password + `">` +
		`<p>Your password is ` + password + `, cookie ` + cookie + `</p><a href="/x?Token=` + token + `&p=` + password + `">` + password + `</a><button>` + password + `</button></form>`
	for name, pages := range map[string]map[string]http.HandlerFunc{
		"refused":                             {"form": echo(form("")), "login": echo(form(`<p>` + password + ` is wrong</p><script>alert("not " + ` + fmt.Sprintf("%q", password) + `)</script>`))},
		"locked":                              {"form": echo(form("")), "login": echo(form(`<p>` + password + ` is wrong, and the account is locked</p>`))},
		"asks for a code with fields unknown": {"form": echo(form("")), "login": logIn, "portal": echo(`<title>` + password + `</title><form><input type=password name="` + password + `"></form>`)},
		"portal":                              {"form": echo(form("")), "login": logIn, "portal": echo(hostile.Frame(password, noisy+strings.Repeat(`<a href="/x">`+password+`</a>`, 3)))},
		"keys":                                {"form": echo(form("")), "login": logIn, "keys": echo(hostile.Frame("keys "+password, noisy))},
		"keys by script":                      {"form": echo(form("")), "login": logIn, "keys": echo(hostile.Frame("keys", `<script>document.title = "`+password+`"; throw new Error("`+password+`" + document.cookie)</script>`))},
		"redirect": {"form": echo(form("")), "login": logIn, "keys": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1/?"+token, http.StatusFound)
		}},
		"status": {"form": echo(form("")), "login": logIn, "keys": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, noisy)
		}},
		"details": {"form": echo(form("")), "login": logIn, "detail": echo(hostile.Frame("detail "+password, noisy))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &watch{}
			o := w.options(t)
			for name, value := range map[string]string{"password": password, "challenge": challenge, "cookie": cookie, "token": token} {
				w.Plant(name, value)
			}
			dev := &hostile.Device{Pages: pages}
			dev.Start()
			defer dev.Close()
			d := rekey.Device{URL: dev.URL(), UserName: "operator", Password: rekey.NewSecret(password), TrustOnFirstUse: true, TLSPorts: []int{}}
			a, err := rekey.Assess(bounded(t), d, o)
			w.search("assessment", a)
			w.search("device", d)
			w.finish(a.Report(nil), err)
			r, err := rekey.Remediate(bounded(t), d, o)
			if err == nil && !strings.HasPrefix(name, "details") {
				t.Error("succeeded")
			}
			w.finish(r, err)
		})
	}
}
