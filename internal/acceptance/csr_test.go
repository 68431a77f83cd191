package acceptance_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
)

// issuer is a CA in the test, that can also misbehave.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	// answer, if set, is asked first.
	answer func(*x509.CertificateRequest) ([]*x509.Certificate, error)
	check  error
	// purposes of the certificates; nil: any.
	purposes []x509.ExtKeyUsage

	mu    sync.Mutex
	asked []*x509.CertificateRequest
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(20, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{cert: cert, key: key}
}

func (i *issuer) Check(context.Context) (*keys.IssuerInfo, error) {
	return &keys.IssuerInfo{Name: "Test CA", Names: "those of the request", CAs: []*x509.Certificate{i.cert}}, i.check
}

func (i *issuer) Issue(_ context.Context, csr *x509.CertificateRequest) ([]*x509.Certificate, error) {
	i.mu.Lock()
	i.asked = append(i.asked, csr)
	i.mu.Unlock()
	if i.answer != nil {
		return i.answer(csr)
	}
	return i.issue(csr.Subject, csr.PublicKey)
}

func (i *issuer) issue(subject pkix.Name, public any) ([]*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: serial, Subject: subject, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), ExtKeyUsage: i.purposes}
	der, err := x509.CreateCertificate(rand.Reader, template, i.cert, public, i.key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return []*x509.Certificate{cert, i.cert}, err
}

func (i *issuer) requests() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.asked)
}

// Certificates of a CA for every usage, in one run and one restart: nobody has
// to be told of them. // G-4 G-5 G-6 R-1 R-2 R-3 R-4
func TestCSR(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, seed := range []uint64{4} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				cfg := full(seed)
				dev, o, ca := start(t, cfg), options(t), newIssuer(t)
				o.Kind, o.Issuer = rekey.ByCSR, ca
				before := dev.Settings()
				r, err := rekey.Remediate(bounded(t), sipPort(access(dev, cfg), dev), o)
				if err != nil {
					t.Fatalf("%v\n%v", err, r)
				}
				if r.Restarts != 1 || ca.requests() != 5 {
					t.Errorf("%d restarts, %d requests to the CA", r.Restarts, ca.requests())
				}
				for _, k := range dev.Keys() {
					if len(k.Active) > 0 && (k.Weak || k.Certificate.CheckSignatureFrom(ca.cert) != nil) {
						t.Errorf("%q of %v: weak %v, issued by %s", k.Name, k.Active, k.Weak, k.Certificate.Issuer)
					}
				}
				if now := dev.Settings(); others(now) != others(before) {
					t.Errorf("settings:\n got %+v\nwere %+v", now, before)
				}
				for _, task := range r.Tasks {
					if task.ID == "E-1" {
						t.Errorf("E-1 for %s: %s", task.Use, task.Text)
					}
				}
				for _, u := range r.Usages {
					if u.Affected && (!u.Verified || u.NewKey.Weak != keys.NotFound && u.Use != keys.UseDeviceSignature) {
						t.Errorf("%+v", u)
					}
				}
				again, err := rekey.Remediate(bounded(t), sipPort(access(dev, cfg), dev), o)
				if err != nil || len(again.Steps) != 0 {
					t.Errorf("second run: %v\n%v", err, again)
				}
			})
		})
	}
}

// issuedTLS is a device whose one weak key has a certificate of a CA.
func issuedTLS(seed uint64) simdevice.Config {
	return simdevice.Config{Seed: seed, Keys: []simdevice.KeySpec{
		{Name: "Default Key"}, {Name: "TLS-2021", Weak: true, Uses: []string{"TLS"}, ExternalIssuer: true},
	}}
}

// What a CA issued is replaced by what a CA issues.
// // V-1
func TestIssuedLikeForLike(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		cfg := issuedTLS(3)
		dev, o := start(t, cfg), options(t)
		ca := newIssuer(t)
		o.Issuer = ca
		r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
		if err != nil || ca.requests() != 1 || bound(dev).Certificate.CheckSignatureFrom(ca.cert) != nil {
			t.Errorf("with one: %v\n%v", err, r)
		}
		if !slices.ContainsFunc(r.Tasks, func(task rekey.Task) bool { return task.ID == "V-1" }) {
			t.Errorf("no task V-1: %v", r.Tasks)
		}
	})
}

// Interrupted anywhere, with the state kept or lost, it is finished: the CSR
// that an earlier run had made is not made again where it is known. // G-4
func TestCSRStopped(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	ca := newIssuer(t)
	stopEverywhere(t, issuedTLS(2), 2, func(_ *testing.T, _ *simdevice.Config, o *rekey.Options) { o.Issuer = ca })
}

// A CA that takes its time: the others are done meanwhile, and the next run
// goes on with the same CSR. // G-5
func TestPending(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	bubble(t, func(t *testing.T) {
		for _, again := range []bool{true, false} {
			cfg := shared(3)
			cfg.CSRShownAgain = again
			dev, o, ca := start(t, cfg), options(t), newIssuer(t)
			ca.answer = func(*x509.CertificateRequest) ([]*x509.Certificate, error) {
				return nil, fmt.Errorf("approval queue of Test CA: %w", keys.ErrPending)
			}
			o.Kinds, o.Issuer = map[keys.Use]rekey.CertificateKind{keys.UseSIP: rekey.ByCSR}, ca
			o.AssumeTrusted = true
			d := sipPort(access(dev, cfg), dev)
			r, err := rekey.Remediate(bounded(t), d, o)
			if !errors.Is(err, rekey.ErrUnfinished) || !errors.Is(err, keys.ErrPending) {
				t.Fatalf("%v\n%v", err, r)
			}
			if bound(dev).Weak {
				t.Error("TLS waited with SIP")
			}
			if !slices.Contains(names(dev), "all") {
				t.Error("the old key was deleted while SIP uses it")
			}
			if r, err := rekey.Remediate(bounded(t), d, o); !errors.Is(err, keys.ErrPending) {
				t.Fatalf("still pending: %v\n%v", err, r)
			}
			ca.answer = nil
			if r, err = rekey.Remediate(bounded(t), d, o); err != nil {
				t.Fatalf("%v\n%v", err, r)
			}
			for _, csr := range ca.asked[1:] {
				if !bytes.Equal(csr.RawSubjectPublicKeyInfo, ca.asked[0].RawSubjectPublicKeyInfo) {
					t.Error("the key was made again")
				}
			}
			if slices.Contains(names(dev), "all") {
				t.Error("the old key is still there")
			}
		}
	})
}

// What goes wrong at the CA leaves the device as it was, but for a new key.
// // G-5 M-5
func TestBadIssuers(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	stranger := newIssuer(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	refused := errors.New("policy violation")
	for name, tc := range map[string]struct {
		set     func(*simdevice.Config, *issuer)
		want    func(error) bool
		asked   int
		changed bool // a key was made
	}{
		"unreachable": {func(_ *simdevice.Config, ca *issuer) { ca.check = refused }, func(err error) bool { return errors.Is(err, refused) }, 0, false},
		"refuses": {func(_ *simdevice.Config, ca *issuer) {
			ca.answer = func(*x509.CertificateRequest) ([]*x509.Certificate, error) { return nil, refused }
		}, func(err error) bool { return errors.Is(err, refused) }, 1, true},
		"another key": {func(_ *simdevice.Config, ca *issuer) {
			ca.answer = func(csr *x509.CertificateRequest) ([]*x509.Certificate, error) {
				return ca.issue(csr.Subject, key.Public())
			}
		}, isIssuedError, 1, true},
		"another CA": {func(_ *simdevice.Config, ca *issuer) {
			ca.answer = func(csr *x509.CertificateRequest) ([]*x509.Certificate, error) {
				return stranger.issue(csr.Subject, csr.PublicKey)
			}
		}, isIssuedError, 1, true},
		"weak generator": {func(cfg *simdevice.Config, _ *issuer) { cfg.MakesWeakKeys = true }, func(err error) bool { return errors.Is(err, rekey.ErrStillWeak) }, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				cfg, ca := issuedTLS(1), newIssuer(t)
				tc.set(&cfg, ca)
				dev, o := start(t, cfg), options(t)
				o.Issuer = ca
				changes := dev.StateChanges()
				r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
				if err == nil || !tc.want(err) || ca.requests() != tc.asked || (dev.StateChanges() != changes) != tc.changed {
					t.Errorf("error %v, %d requests, %d changes\n%v", err, ca.requests(), dev.StateChanges()-changes, r)
				}
				if k := bound(dev); k.Name != "TLS-2021" || dev.Restarts() != 0 {
					t.Errorf("TLS has %q after %d restarts", k.Name, dev.Restarts())
				}
			})
		})
	}
}

// A certificate for TLS clients only is not registered for TLS, unless the old
// one was no better: its peers do not ask then. // G-5
func TestIssuedForClientsOnly(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for _, before := range []bool{false, true} {
		t.Run(fmt.Sprint(before), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T) {
				ca := newIssuer(t)
				ca.purposes = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
				cfg := issuedTLS(2)
				if before {
					cfg.Keys[1].Issue = func(request []byte) ([]byte, error) {
						csr, err := x509.ParseCertificateRequest(request)
						if err != nil {
							return nil, err
						}
						chain, err := ca.issue(csr.Subject, csr.PublicKey)
						return chain[0].Raw, err
					}
				}
				dev, o := start(t, cfg), options(t)
				o.Issuer = ca
				r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
				if before != (err == nil) || err != nil && !isIssuedError(err) || bound(dev).Weak == before {
					t.Errorf("%v\n%v", err, r)
				}
			})
		})
	}
}

func isIssuedError(err error) bool { _, ok := errors.AsType[*keys.IssuedError](err); return ok }
