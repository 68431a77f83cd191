package revoker_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return must(devicetest.GenerateKey(2048)) })

// forged are certificates with a CA's name, key identifier and serial number,
// which are public, that the CA never signed. crypto/x509 reads them all.
func forged(t *testing.T, ca *authority, serial int64) map[string][]byte {
	t.Helper()
	claimed := &x509.Certificate{RawSubject: ca.cert.RawSubject, Subject: ca.cert.Subject, SubjectKeyId: ca.cert.SubjectKeyId}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "mfp.example"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	sign := func(key crypto.Signer, a x509.SignatureAlgorithm) []byte {
		template := *template
		template.SignatureAlgorithm = a
		return must(x509.CreateCertificate(rand.Reader, &template, claimed, ecKey().Public(), key))
	}
	rsaKey := rsaKey()
	plain, pss := sign(ecKey(), 0), sign(rsaKey, x509.SHA256WithRSAPSS)
	ecdsaSHA256, sha256RSA := []byte{0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2}, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b}
	as := func(der, from, to []byte) []byte {
		if !bytes.Contains(der, from) {
			t.Fatal("the algorithm is not there")
		}
		return bytes.ReplaceAll(der, from, to)
	}
	last := func(b []byte, n byte) []byte { b = bytes.Clone(b); b[len(b)-1] = n; return b }
	all := map[string][]byte{
		"plain":                 plain,
		"unknown algorithm":     as(plain, ecdsaSHA256, last(ecdsaSHA256, 0x7e)),
		"ECDSA with SHA-224":    as(plain, ecdsaSHA256, last(ecdsaSHA256, 1)),
		"RSASSA-PSS":            pss,
		"PSS with another mask": as(pss, []byte{0xf7, 0x0d, 1, 1, 8}, []byte{0xf7, 0x0d, 1, 1, 7}),
		"RSA":                   sign(rsaKey, x509.SHA256WithRSA),
		"RSA with MD2":          as(sign(rsaKey, x509.SHA256WithRSA), sha256RSA, last(sha256RSA, 2)),
		"RSA with SHA-512/256":  as(sign(rsaKey, x509.SHA256WithRSA), sha256RSA, last(sha256RSA, 16)),
	}
	for name, der := range all {
		c, err := x509.ParseCertificate(der)
		if err != nil || c.SerialNumber.Int64() != serial || !bytes.Equal(c.AuthorityKeyId, ca.cert.SubjectKeyId) {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return all
}

// Nobody is asked about a certificate that the CA did not sign, whatever else
// of it is the CA's, and no command for a person names its serial number; also
// where the CA's own certificate cannot be had.
func TestForgedIsNobodys(t *testing.T) {
	t.Parallel()
	const serial = 0xc0ffee
	blind := func(status int) func(w http.ResponseWriter, r *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			hidden := r.Method == http.MethodGet && (r.URL.Path == "/intermediates" || strings.Contains(r.URL.Path, "/ca/"))
			if hidden {
				refuse(w, status, "not for you")
			}
			return hidden
		}
	}
	for _, given := range []bool{true, false} {
		for _, status := range []int{0, 401, 403, 404, 500} {
			step, j, v, a := newStepCA(t), newEJBCA(t), newVault(t), newACME(t)
			v.stored["c0:ff:ee"] = v.ca.weak(serial) // the victim's, at each of them
			all := map[string]struct {
				revocation.Revoker
				*fake
			}{
				"step-ca": {step.open(t, func(c *caserver.StepCA) {
					if given {
						c.Issuers = []*x509.Certificate{step.ca.cert}
					}
				}), step.fake},
				"EJBCA": {j.open(t, func(c *revoker.EJBCAConfig) {
					if given {
						c.Issuers = []*x509.Certificate{j.ca.cert}
					}
				}), j.fake},
				"Vault": {v.open(t, nil), v.fake},
				"ACME": {a.open(t, func(c *caserver.ACME) {
					if !given {
						c.Issuers = nil
					}
				}), a.fake},
			}
			for kind, one := range all {
				if status != 0 {
					one.set(blind(status))
				}
				for name, der := range forged(t, one.ca, serial) {
					if kind == "ACME" {
						a.issued = der // it would do it
					}
					e := evidence(t, der)
					err := one.Revoke(t.Context(), e, revocation.KeyCompromise)
					if err == nil || status == 0 && !errors.Is(err, revocation.ErrOtherIssuer) && (given || kind != "step-ca") {
						t.Errorf("%s, issuers given: %v, %d, %s: %v", kind, given, status, name, err)
					}
					if f, ok := one.Revoker.(revocation.Prechecker); ok && f.CanRevoke(t.Context(), e) == nil {
						t.Errorf("%s, issuers given: %v, %d, %s: it can be revoked", kind, given, status, name)
					}
				}
				if len(one.revoked) > 0 || slices.ContainsFunc(one.hits, func(h string) bool { return strings.HasSuffix(h, "/revoke") }) {
					t.Errorf("%s, issuers given: %v, %d: %v, %v", kind, given, status, one.revoked, one.hits)
				}
			}
		}
	}
}

// A person is given no command that names a serial number which may be
// another's.
func TestInstructionsNameOnlyTheCAsOwn(t *testing.T) {
	t.Parallel()
	ca, stranger := newAuthority(t, "Issuing", nil), newAuthority(t, "Elsewhere", nil)
	cases := forged(t, ca, 0xc0ffee)
	cases["another CA's"] = stranger.weak(0xc0ffee)
	for name, der := range cases {
		e := evidence(t, der)
		for _, i := range []revoker.Instructions{{}, {ADCS: `ca\CA`}, {OpenSSL: "ca.cnf"}} {
			by, ok := errors.AsType[*revocation.ByHandError](i.Revoke(t.Context(), e, 1))
			if !ok || len(by.Instruction.Commands) > 0 || !strings.Contains(by.Instruction.Request, "not the serial number alone") {
				t.Errorf("%s, %v: %+v", name, i, by)
			}
			i.Issuers = []*x509.Certificate{ca.cert}
			if err := i.Revoke(t.Context(), e, 1); !errors.Is(err, revocation.ErrOtherIssuer) {
				t.Errorf("%s, %v: %v", name, i, err)
			}
			if made := i.For(e, 1); len(made.Commands) > 0 {
				t.Errorf("%s, %v: %+v", name, i, made.Commands)
			}
		}
	}
}

// IssuerDN names one CA: a certificate of another among Issuers would be looked
// up there by its serial number.
func TestEJBCAOfTwoNames(t *testing.T) {
	t.Parallel()
	f := newEJBCA(t)
	c := f.config()
	c.IssuerDN, c.Issuers = f.dn, []*x509.Certificate{f.ca.cert, newAuthority(t, "Second", nil).cert}
	if _, err := revoker.NewEJBCA(c); err == nil {
		t.Error("accepted")
	}
}

func exampleCA() *authority {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example Issuing CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	key := ecKey()
	return &authority{must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)))), key}
}

func issued(ca *authority, serial int64) []byte { return ca.weak(serial) }
