package servers

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/smallstep/certificates/acme"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/keys/issuer"
	"github.com/rekey-go/rekey/scep"
)

// usages are those that a CA's certificate can serve.
var usages = []string{"TLS", "IEEE 802.1X", "IPSec", "SIP"}

// way is one in which a device gets a certificate of a CA.
type way struct {
	name string
	// set says who issues.
	set func(*testing.T, *rekey.Options, *simdevice.Config) chain
	// notSIP: the device does not offer it for SIP. // G, heading
	notSIP bool
}

// chain is what OpenSSL verifies with: certificates, and a peer whose SCEP
// messages it judges, nil if there are none.
type chain struct {
	root    *x509.Certificate
	between []*x509.Certificate
	peer    *peer
}

var ways = []way{
	{name: "CSR, local CA", set: func(t *testing.T, o *rekey.Options, _ *simdevice.Config) chain {
		s := theStepCA(t)
		local, err := issuer.NewLocalCA(s.intermediate, s.key, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		o.Kind, o.Issuer = rekey.ByCSR, local
		return chain{s.root, []*x509.Certificate{s.intermediate}, nil}
	}},
	{name: "CSR, SCEP of step-ca", set: func(t *testing.T, o *rekey.Options, _ *simdevice.Config) chain {
		s := theStepCA(t)
		p := s.scep(t, "open")
		o.Kind, o.Issuer = rekey.ByCSR, agent(t, p)
		return chain{s.root, []*x509.Certificate{s.intermediate}, p}
	}},
	{name: "CSR, SCEP of micromdm", set: func(t *testing.T, o *rekey.Options, _ *simdevice.Config) chain {
		p := micromdm(t, "")
		o.Kind, o.Issuer = rekey.ByCSR, agent(t, p)
		return chain{p.root, nil, p}
	}},
	{name: "CSR, API of step-ca", set: func(t *testing.T, o *rekey.Options, _ *simdevice.Config) chain {
		s := theStepCA(t)
		o.Kind, o.Issuer = rekey.ByCSR, s.signer(t)
		return chain{s.root, []*x509.Certificate{s.intermediate}, nil}
	}},
	{name: "CSR, ACME (dns-01) of step-ca", set: func(t *testing.T, o *rekey.Options, cfg *simdevice.Config) chain {
		s := theStepCA(t)
		cfg.CSRNames = []string{host} // an address cannot be proved in the DNS
		o.Kind, o.Issuer = rekey.ByCSR, s.acmeByDNS(t)
		return chain{s.root, []*x509.Certificate{s.intermediate}, nil}
	}},
	{name: "CSR, ACME (http-01) of step-ca", set: func(t *testing.T, o *rekey.Options, _ *simdevice.Config) chain {
		s := theStepCA(t)
		o.Kind, o.Issuer = rekey.ByCSR, s.acme(t)
		return chain{s.root, []*x509.Certificate{s.intermediate}, nil}
	}},
	{name: "device SCEP, step-ca", notSIP: true, set: func(t *testing.T, o *rekey.Options, cfg *simdevice.Config) chain {
		s := theStepCA(t)
		p := s.scep(t, "closed")
		bySCEP(o, cfg, p, challengePassword)
		return chain{s.root, []*x509.Certificate{s.intermediate}, p}
	}},
	{name: "device SCEP, micromdm", notSIP: true, set: func(t *testing.T, o *rekey.Options, cfg *simdevice.Config) chain {
		p := micromdm(t, challengePassword)
		bySCEP(o, cfg, p, challengePassword)
		return chain{p.root, nil, p}
	}},
}

// bySCEP has the device ask; SIP, which it does not ask for, is self-signed.
func bySCEP(o *rekey.Options, cfg *simdevice.Config, p *peer, challenge string) {
	cfg.SCEPURL, cfg.SCEPDial, cfg.SCEPTimer = p.url, onlyLoopback, true
	o.Kind, o.Kinds = rekey.BySCEP, map[keys.Use]rekey.CertificateKind{keys.UseSIP: rekey.SelfSigned}
	o.AssumeTrusted = true
	o.SCEP = &rekey.DeviceSCEP{Timeout: 30 * time.Second}
	if challenge != "" {
		o.SCEP.Challenge = func(context.Context, rekey.DeviceInfo) (rekey.Secret, error) { return rekey.NewSecret(challenge), nil }
	}
}

// client is our own SCEP client.
func client(t *testing.T, p *peer) *scep.Client {
	t.Helper()
	return clientBy(t, p, nil)
}

// agent is our own SCEP client with an enrolment agent's key, by which the judge
// can open the answers.
func agent(t *testing.T, p *peer) *scep.Client {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Enrolment agent"}, NotBefore: time.Now().AddDate(0, 0, -1), NotAfter: time.Now().AddDate(0, 1, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	cert, err := signed(template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	p.opens = append(p.opens, key)
	return clientBy(t, p, &scep.Signer{Certificate: cert, Key: key})
}

func clientBy(t *testing.T, p *peer, signer *scep.Signer) *scep.Client {
	t.Helper()
	c, err := scep.NewClient(p.url, &scep.ClientOptions{
		Signer: signer, Pinned: []*x509.Certificate{p.ca, p.root}, PollInterval: 50 * time.Millisecond, PollFor: 5 * time.Second, HTTP: &http.Client{Transport: &http.Transport{DialContext: onlyLoopback}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *stepCA) scep(t *testing.T, provisioner string) *peer {
	t.Helper()
	return newPeer(t, "step-ca", "http://"+s.http, "/scep/"+provisioner, s.intermediate, s.root, s.key)
}

func (s *stepCA) signer(t *testing.T) *issuer.StepCA {
	t.Helper()
	i, err := issuer.NewStepCA(caserver.StepCA{URL: "https://" + s.https, Fingerprint: s.fingerprint(), Provisioner: "fleet", Key: s.provisioner, Validity: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// answers are those to ACME's http-01 challenges, by path, at the port that
// step-ca of this run asks in the place of port 80.
var answers struct {
	once  sync.Once
	mu    sync.Mutex
	paths map[string]string
}

// acme is the ACME issuer with an account of its own.
func (s *stepCA) acme(t *testing.T) *issuer.ACME {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s.acmeBy(t, key)
}

// acmeBy is the ACME issuer, and a server that answers its challenges.
func (s *stepCA) acmeBy(t *testing.T, key *ecdsa.PrivateKey) *issuer.ACME {
	t.Helper()
	answers.once.Do(func() {
		answers.paths = map[string]string{}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answers.mu.Lock()
			defer answers.mu.Unlock()
			io.WriteString(w, answers.paths[r.URL.Path])
		})) // it ends with the process
		fmt.Sscan(server.URL[strings.LastIndex(server.URL, ":")+1:], &acme.InsecurePortHTTP01)
	})
	i, err := issuer.NewACME(caserver.ACME{
		DirectoryURL: "https://" + s.https + "/acme/acme/directory", Key: key, Roots: s.roots(), AgreeTerms: true, Timeout: time.Minute,
		HTTP01: caserver.ACMESolver{Present: func(_ context.Context, c caserver.ACMEChallenge) error {
			answers.mu.Lock()
			defer answers.mu.Unlock()
			answers.paths[c.Where] = c.Value
			return nil
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// Every kind of certificate of a CA, for every usage, by every real server: one
// run and one restart each; OpenSSL verifies every chain. // G-4 to G-9
func TestKinds(t *testing.T) {
	var mu sync.Mutex
	results := map[string]map[string]string{}
	t.Run("ways", func(t *testing.T) {
		for i, w := range ways {
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				cfg := simdevice.Config{Seed: uint64(i + 1), Language: []string{"en", "zh-TW", "ja"}[i%3]}
				o := options(t)
				by := w.set(t, o, &cfg)
				dev := device(t, cfg, usages...)
				r, err := rekey.Remediate(bounded(t), access(dev), o)
				if err != nil {
					t.Fatalf("%v\n%v", err, r)
				}
				if r.Restarts != 1 {
					t.Errorf("%d restarts", r.Restarts)
				}
				row := map[string]string{}
				ssl := newOpenSSL(t)
				for _, use := range usages {
					k := active(t, dev, use)
					if k.Weak || !strings.HasPrefix(k.Name, "rk") {
						t.Errorf("%s has key %q, weak: %v", use, k.Name, k.Weak)
						continue
					}
					if use == "SIP" && w.notSIP {
						row[use] = "self-signed"
						continue
					}
					ssl.verify(k.Certificate, host, by.root, by.between...)
					row[use] = k.Certificate.Issuer.CommonName
					if pair, err := dev.KeyPair(use); by.peer != nil && err == nil {
						by.peer.opens = append(by.peer.opens, pair.PrivateKey.(*rsa.PrivateKey))
					}
				}
				if by.peer != nil {
					want := len(usages)
					if w.notSIP {
						want--
					}
					if requests, replies := by.peer.judge(t); requests != want || replies != want {
						t.Errorf("OpenSSL judged %d requests and %d answers, want %d", requests, replies, want)
					}
				}
				mu.Lock()
				results[w.name] = row
				mu.Unlock()
			})
		}
	})
	lines := "matrix:\n| | " + strings.Join(usages, " | ") + " |\n|" + strings.Repeat(" --- |", 1+len(usages))
	for _, w := range ways {
		lines += fmt.Sprintf("\n| %s |", w.name)
		for _, use := range usages {
			lines += " " + results[w.name][use] + " |"
		}
	}
	t.Log(lines)
}

// The device asks for no certificate of SIP: said before anything is touched.
// // G, heading
func TestNotForSIP(t *testing.T) {
	t.Parallel()
	p := micromdm(t, "")
	cfg := simdevice.Config{Seed: 9}
	o := options(t)
	bySCEP(o, &cfg, p, "")
	o.Kinds = nil
	dev := device(t, cfg, usages...)
	r, err := rekey.Remediate(bounded(t), access(dev), o)
	if err == nil || !strings.Contains(err.Error(), "SIP") || !active(t, dev, "SIP").Weak || active(t, dev, "TLS").Weak {
		t.Errorf("%v\n%v", err, r)
	}
}
