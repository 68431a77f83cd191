package acceptance_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys"
)

// A device in other hands gives a CSR of its own, over names of others: no CA
// hears of it, now or by a later run. // G-4
func TestForeignCSR(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		key, err := devicetest.GenerateKey(2048)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
			Subject: pkix.Name{CommonName: "printer.example"}, DNSNames: []string{"printer.example", "dc01.corp.example"},
		}, key)
		if err != nil {
			t.Fatal(err)
		}
		cfg := showing(der)
		dev, o, ca := start(t, cfg), options(t), newIssuer(t)
		o.OnEvent, o.Issuer = nil, ca
		for range 2 {
			_, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
			e, ok := errors.AsType[*keys.RequestError](err)
			if !ok || !slices.ContainsFunc(e.Differences, func(d string) bool { return strings.Contains(d, "dc01.corp.example") }) {
				t.Errorf("got %v", err)
			}
		}
		if ca.requests() != 0 {
			t.Errorf("the CA was asked %d times", ca.requests())
		}
		if k := bound(dev); k.Name != "TLS-2021" {
			t.Errorf("TLS uses %q", k.Name)
		}
	})
}

// showing is a device that shows a CSR of somebody's choice.
func showing(csr []byte) simdevice.Config {
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr}))
	show := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<html><head><title>CSR</title></head><body><pre>%s</pre></body></html>", html.EscapeString(text))
	}
	cfg := issuedTLS(3)
	for _, page := range []simdevice.PageKind{simdevice.PageCSRData, simdevice.PageCSRFile, simdevice.PageGenerating} {
		cfg.Faults = append(cfg.Faults, simdevice.Fault{Kind: simdevice.FaultAnswer, Page: page, Count: -1, Answer: show})
	}
	cfg.Errorf = func(string, ...any) {}
	return cfg
}

// A key that another device is known by, or that was in another CSR, is certified
// for nobody else. // G-4
func TestSharedKeyOfACSR(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	key, err := devicetest.GenerateKey(2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "printer.example"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	const other = "192.0.2.99"
	for name, known := range map[string]func(d *state.Dir) error{
		"nobody's": func(*state.Dir) error { return nil },
		"pinned":   func(d *state.Dir) error { return d.SetPin(other, sha256.Sum256(spki)) },
		"in a CSR": func(d *state.Dir) error {
			_, err := d.ClaimKey(spki, state.Claim{Host: other, Key: "rk1"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				cfg := showing(der)
				dev, o, ca := start(t, cfg), options(t), newIssuer(t)
				o.OnEvent, o.Issuer = nil, ca
				ca.answer = func(*x509.CertificateRequest) ([]*x509.Certificate, error) { return nil, keys.ErrPending }
				d, err := state.Open(o.Dir)
				if err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(known(d), d.Close()); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					_, err = rekey.Remediate(bounded(t), access(dev, cfg), o)
					shared, is := errors.AsType[*rekey.SharedKeyError](err)
					if mine := name == "nobody's"; mine != errors.Is(err, keys.ErrPending) || mine == is || is && !strings.Contains(shared.Whose, other) {
						t.Errorf("got %v", err)
					}
				}
				if asked := ca.requests() > 0; asked != (name == "nobody's") {
					t.Errorf("the CA was asked %d times", ca.requests())
				}
			})
		})
	}
}

// The issuer is given the order with the request, and who reads the requests in
// the CA's place is remembered: another one is said. // G-5
func TestOrderAndAgent(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := issuedTLS(3)
		dev, o, ca := start(t, cfg), options(t), newIssuer(t)
		o.OnEvent = nil
		agents := []*x509.Certificate{newIssuer(t).cert, newIssuer(t).cert}
		i := &agentIssuer{issuer: ca}
		o.Issuer = i
		ca.answer = func(*x509.CertificateRequest) ([]*x509.Certificate, error) { return nil, keys.ErrPending }
		for n, want := range []bool{false, false, true} {
			i.agent = agents[n/2]
			r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
			if !errors.Is(err, keys.ErrPending) {
				t.Fatalf("run %d: %v", n, err)
			}
			if said := slices.ContainsFunc(r.Notices, func(s string) bool { return strings.Contains(s, "registration authority than the last time") }); said != want {
				t.Errorf("run %d: %q", n, r.Notices)
			}
		}
		order := i.order
		if order.Device != "printer.example" || order.Model == "" || !slices.Equal(order.Uses, []keys.Use{keys.UseTLS}) || order.Spec.Name == "" ||
			order.Spec.CommonName != "printer.example" || order.Spec.Algorithm != (keys.Algorithm{RSABits: 2048}) || !slices.Equal(order.SANs(), []string{"printer.example"}) {
			t.Errorf("order %+v", order)
		}
	})
}

type agentIssuer struct {
	*issuer
	agent *x509.Certificate
	order keys.Order
}

func (i *agentIssuer) Check(ctx context.Context) (*keys.IssuerInfo, error) {
	info, err := i.issuer.Check(ctx)
	info.Agent = i.agent
	return info, err
}

func (i *agentIssuer) Issue(ctx context.Context, csr *x509.CertificateRequest) ([]*x509.Certificate, error) {
	i.order, _ = keys.OrderFrom(ctx)
	return i.issuer.Issue(ctx, csr)
}
