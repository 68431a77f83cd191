package main

import (
	"cmp"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/durable"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/keys/issuer"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

//go:embed usage.txt
var usageText string

// config is what the flags say.
type config struct {
	program.Voice
	dir            string
	json, handOver bool
	wait           time.Duration
	issuers        []*x509.Certificate // of CAs: by them certificates and answers are believed
	tlsRoots       []*x509.Certificate // of the servers that are asked
	crls, ocsps    []string
	known          string             // directory of certificates that the CA issued
	confirmed      []string           // SHA-256 that a person vouches for
	state          string             // the state directory that has the journals
	revoker        revocation.Revoker // nil: nobody is asked
}

// parse reads the flags. Secrets come by files and variables, never by flags.
func (c *config) parse(flags *program.Flags, args []string, env program.Env) (err error) {
	flags.StringVar(&c.dir, "dir", "rekey-state", "")
	flags.BoolVar(&c.json, "json", false, "")
	flags.BoolVar(&c.handOver, "hand-over", false, "")
	flags.DurationVar(&c.wait, "wait", 0, "")
	flags.Func("issuers", "", func(file string) error { return addCertificates(&c.issuers, file) })
	flags.StringVar(&c.known, "known-certs", "", "")
	flags.Func("tls-roots", "", func(file string) error { return addCertificates(&c.tlsRoots, file) })
	flags.Func("crl-url", "", func(s string) error { c.crls = append(c.crls, s); return nil })
	flags.Func("ocsp-url", "", func(s string) error { c.ocsps = append(c.ocsps, s); return nil })
	flags.Func("confirm", "", c.addConfirmed)
	var by asked
	flags.StringVar(&by.stepCA, "step-ca", "", "")
	flags.StringVar(&by.fingerprint, "step-ca-fingerprint", "", "")
	flags.StringVar(&by.provisioner, "provisioner", "", "")
	flags.StringVar(&by.acme, "acme", "", "")
	flags.StringVar(&by.key, "key", "", "")
	flags.StringVar(&by.vault, "vault", "", "")
	flags.StringVar(&by.tokenEnv, "vault-token-env", "", "")
	flags.StringVar(&by.adcs, "ad-cs", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q: there are flags only", flags.Arg(0))
	}
	// The state directory is as good as its evidence.
	if evidence := filepath.Join(c.dir, "evidence"); isDir(evidence) {
		c.dir = evidence
	}
	if c.known != "" && !isDir(c.known) {
		return fmt.Errorf("-known-certs %s: no such directory", c.known)
	}
	c.state = filepath.Dir(filepath.Clean(c.dir))
	if !isDir(c.dir) {
		return fmt.Errorf("-dir %s: no such directory; give the state directory of rekey, or its evidence", c.dir)
	}
	if len(c.issuers) == 0 && (c.wait != 0 || len(c.crls)+len(c.ocsps) > 0) {
		return errors.New("-wait, -crl-url and -ocsp-url want -issuers: without them nobody looks at lists and responders")
	}
	if c.wait < 0 {
		return errors.New("-wait wants a positive duration such as 10m")
	}
	c.revoker, err = by.revoker(c, env)
	return err
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func (c *config) addConfirmed(s string) error {
	sum := strings.ToLower(strings.NewReplacer(":", "", " ", "", "-", "").Replace(s))
	if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size {
		return errors.New("want the SHA-256 of a certificate, 64 hex digits")
	}
	c.confirmed = append(c.confirmed, sum)
	return nil
}

// bears looks whether the journal of the device says that the key was deleted.
// Records that say so themselves may have been put there by others.
func (c *config) bears(r revocation.Record) error {
	if cert := r.Evidence.Certificate; cert != nil && slices.Contains(c.confirmed, cert.SHA256) {
		return nil
	}
	if info, err := os.Stat(c.state); err != nil || durable.OthersWrite(info) {
		return fmt.Errorf("the journal in %s: %w", c.state, cmp.Or(err, revocation.ErrOthersWrite))
	}
	dir, err := state.OpenReadOnly(c.state)
	if err != nil {
		return err
	}
	defer dir.Close()
	journal, err := dir.Journal(address.Device(r.Evidence.Device.URL))
	if err != nil {
		return err
	}
	spki := ""
	if key := r.Evidence.PublicKey; key != nil {
		spki = key.SPKI
	}
	gone, err := journal.Gone(r.Evidence.Key, spki)
	if err == nil && !gone {
		err = errors.New("the journal does not say that rekey deleted its key: run rekey once more, or look at the device and -confirm the certificate")
	}
	return err
}

// addCertificates reads the certificates of CAs.
func addCertificates(to *[]*x509.Certificate, file string) error {
	certs, err := issuer.LoadCertificates(file)
	*to = append(*to, certs...)
	return err
}

// asked says who is asked to revoke.
type asked struct {
	stepCA, fingerprint, provisioner, acme, key, vault, tokenEnv, adcs string
}

func (a *asked) revoker(c *config, env program.Env) (revocation.Revoker, error) {
	given := 0
	for _, s := range []string{a.stepCA, a.acme, a.vault, a.adcs} {
		if s != "" {
			given++
		}
	}
	// A CA that issues to printers is none for the servers that are asked, unless
	// that is said: it may have issued to whoever stands in between.
	roots := pool(c.tlsRoots)
	switch {
	case given > 1:
		return nil, errors.New("give one of -step-ca, -acme, -vault and -ad-cs")
	case a.stepCA != "":
		key, err := readKey(a.key)
		if err != nil {
			return nil, err
		}
		return revoker.NewStepCA(caserver.StepCA{URL: a.stepCA, Fingerprint: a.fingerprint, Roots: roots, Provisioner: a.provisioner, Key: key, Issuers: c.issuers})
	case a.acme != "" && len(c.issuers) == 0:
		return nil, errors.New("-acme wants -issuers: what none of them signed is not the CA's, and nobody is asked about it")
	case a.acme != "":
		key, err := readKey(a.key)
		if err != nil {
			return nil, err
		}
		return revoker.NewACME(caserver.ACME{DirectoryURL: a.acme, Key: key, Roots: roots, Issuers: c.issuers})
	case a.vault != "":
		token, ok := env(a.tokenEnv)
		if !ok || token == "" {
			return nil, errors.New("-vault-token-env wants the name of a variable that is set (not the token itself)")
		}
		return revoker.NewVault(revoker.VaultConfig{URL: a.vault, Token: revoker.StaticToken(token), Roots: roots})
	case a.adcs != "":
		return revoker.Instructions{ADCS: a.adcs, Issuers: c.issuers}, nil
	}
	return nil, nil
}

// pool is nil, which means the system's roots, where none were given.
func pool(certs []*x509.Certificate) *x509.CertPool {
	if len(certs) == 0 {
		return nil
	}
	p := x509.NewCertPool()
	for _, c := range certs {
		p.AddCert(c)
	}
	return p
}

// readKey reads a private key: PKCS#8, PKCS#1 or SEC 1, without a password.
func readKey(file string) (crypto.Signer, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("-key: %w", err)
	}
	key, err := bundle.PrivateKey(content)
	if err != nil {
		return nil, fmt.Errorf("-key %s: want a private key without a password (PKCS#8, PKCS#1 or SEC 1): %w", file, err)
	}
	return key, nil
}

// follower is what goes through the store.
func (c *config) follower(ctx context.Context) (*revocation.Follower, error) {
	f := &revocation.Follower{Revoker: c.revoker, Await: c.wait > 0, Confirmed: c.confirmed, Bears: c.bears}
	if c.known != "" {
		var err error
		if f.Known, err = revocation.IndexKnown(ctx, revocation.KnownDir(c.known)); err != nil {
			return nil, err
		}
	}
	if checker, ok := c.revoker.(revocation.RevokerChecker); ok {
		info, err := checker.Check(ctx)
		if err != nil {
			return nil, err
		}
		f.Name = info.Name
	}
	if len(c.issuers) == 0 {
		return f, nil
	}
	f.Verifier = &revocation.Verifier{Issuers: c.issuers, CRLURLs: c.crls, OCSPURLs: c.ocsps, Timeout: c.wait}
	return f, nil
}
