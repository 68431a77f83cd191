package revoker_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/revocation/revoker"
)

// ejbca speaks as much of EJBCA's REST API as is used here.
type ejbca struct {
	*fake
	admin    tls.Certificate
	dn       string
	serials  map[string]bool // issued, lower-case hex
	approval bool            // revocations wait for approval
	asked    bool            // such a request waits since before
	mayNotCA bool            // the administrator may not see the CA
	idle     bool            // says that it revoked, and does not
}

const ejbcaBase = "/ejbca/ejbca-rest-api/v1"

func newEJBCA(t testing.TB) *ejbca {
	admins := newAuthority(t, "Management", nil)
	key := ecKey()
	f := &ejbca{fake: newFake(t, pool(admins.cert)), dn: "CN=Issuing,O=Example", serials: map[string]bool{"c0ffee": true}}
	f.admin = tls.Certificate{Certificate: [][]byte{admins.weak(1)}, PrivateKey: key}
	f.admin.Certificate[0] = admins.issue(key.Public(), "admin", f.ca.cert.SerialNumber)
	fail := func(w http.ResponseWriter, status int, text string) {
		answer(w, status, map[string]any{"error_code": status, "error_message": text})
	}
	f.mux.HandleFunc("GET "+ejbcaBase+"/certificate/status", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, map[string]string{"status": "OK", "version": "1.0", "revision": "EJBCA 8.3.2 Community"})
	})
	f.mux.HandleFunc("GET "+ejbcaBase+"/ca/{dn}/certificate/download", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case f.mayNotCA:
			fail(w, 403, "Not authorized to CA")
		case r.PathValue("dn") != f.dn:
			fail(w, 404, "CA doesn't exist")
		default:
			fmt.Fprint(w, certPEM(f.ca.cert.Raw, f.root.cert.Raw))
		}
	})
	known := func(w http.ResponseWriter, r *http.Request) bool {
		ok := r.PathValue("dn") == f.dn && f.serials[r.PathValue("serial")]
		if !ok {
			fail(w, 404, "Certificate with serial number '"+r.PathValue("serial")+"' and issuer DN '"+r.PathValue("dn")+"' was not found")
		}
		return ok
	}
	f.mux.HandleFunc("GET "+ejbcaBase+"/certificate/{dn}/{serial}/revocationstatus", func(w http.ResponseWriter, r *http.Request) {
		if known(w, r) {
			reason, revoked := f.revoked[r.PathValue("serial")]
			if !revoked {
				reason = "NOT_REVOKED"
			}
			answer(w, 200, map[string]any{"issuer_dn": f.dn, "serial_number": r.PathValue("serial"), "revoked": revoked, "revocation_reason": reason})
		}
	})
	f.mux.HandleFunc("PUT "+ejbcaBase+"/certificate/{dn}/{serial}/revoke", func(w http.ResponseWriter, r *http.Request) {
		if !known(w, r) {
			return
		}
		serial, reason := r.PathValue("serial"), r.URL.Query().Get("reason")
		switch before := f.revoked[serial]; {
		case f.approval && f.asked:
			fail(w, 400, "Error Approval Request with id 4711 already exists in database.")
			return
		case f.approval:
			answer(w, 202, map[string]any{"status_code": 202, "info_message": "waiting for approval"})
			return
		case before != "" && before != "CERTIFICATE_HOLD":
			fail(w, 409, "Certificate has already been revoked.")
			return
		case !f.idle:
			f.revoked[serial] = reason
		}
		answer(w, 200, map[string]any{"issuer_dn": f.dn, "serial_number": serial, "revoked": true, "revocation_reason": reason, "message": "Successfully revoked"})
	})
	return f
}

func (f *ejbca) config() revoker.EJBCAConfig {
	return revoker.EJBCAConfig{URL: f.URL, Certificate: f.admin, Roots: pool(f.root.cert)}
}

func (f *ejbca) open(t *testing.T, change func(*revoker.EJBCAConfig)) *revoker.EJBCA {
	t.Helper()
	c := f.config()
	if change != nil {
		change(&c)
	}
	j, err := revoker.NewEJBCA(c)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestEJBCARevokes(t *testing.T) {
	t.Parallel()
	for reason, want := range map[revocation.Reason]string{
		revocation.KeyCompromise: "KEY_COMPROMISE", revocation.Superseded: "SUPERSEDED", revocation.Unspecified: "UNSPECIFIED",
		revocation.CessationOfOperation: "CESSATION_OF_OPERATION", revocation.AffiliationChanged: "AFFILIATION_CHANGED",
		revocation.PrivilegeWithdrawn: "PRIVILEGES_WITHDRAWN",
	} {
		f := newEJBCA(t)
		j := f.open(t, nil)
		if info, err := j.Check(t.Context()); err != nil || len(info.Notes) != 1 {
			t.Fatalf("%+v, %v", info, err)
		}
		e := evidence(t, f.ca.weak(0xc0ffee))
		if err := j.CanRevoke(t.Context(), e); err != nil || len(f.revoked) != 0 {
			t.Fatalf("%v, %v", err, f.revoked)
		}
		for range 2 {
			if err := j.Revoke(t.Context(), e, reason); err != nil {
				t.Fatal(err)
			}
		}
		if f.revoked["c0ffee"] != want || f.count("PUT "+ejbcaBase+"/certificate/CN=Issuing%2CO=Example/c0ffee/revoke") != 1 {
			t.Errorf("%v: %v, %v", reason, f.revoked, f.hits)
		}
	}
}

func TestEJBCACases(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		change  func(*ejbca, *revoker.EJBCAConfig, *revocation.Evidence)
		is      error
		want    string
		revoked bool
	}{
		{"issuer and serial number only", func(f *ejbca, _ *revoker.EJBCAConfig, e *revocation.Evidence) {
			e.Certificate = &revocation.CertificateRecord{Issuer: f.dn, RawIssuer: f.ca.cert.RawSubject, SerialHex: "c0ffee"}
		}, nil, "needs the certificate itself", false},
		{"the CA may not be seen", func(f *ejbca, _ *revoker.EJBCAConfig, _ *revocation.Evidence) { f.mayNotCA = true }, revocation.ErrOtherIssuer, "give them (Issuers)", false},
		{"the CA may not be seen, and is given", func(f *ejbca, c *revoker.EJBCAConfig, _ *revocation.Evidence) {
			f.mayNotCA, c.Issuers = true, []*x509.Certificate{f.ca.cert}
		}, nil, "", true},
		{"on hold before", func(f *ejbca, _ *revoker.EJBCAConfig, _ *revocation.Evidence) {
			f.revoked["c0ffee"] = "CERTIFICATE_HOLD"
		}, nil, "", true},
		{"another name for the CA", func(f *ejbca, c *revoker.EJBCAConfig, _ *revocation.Evidence) {
			f.dn = "CN=Issuing/2,O=Example"
			c.IssuerDN = f.dn
		}, nil, "", true},
		{"decimal", func(f *ejbca, c *revoker.EJBCAConfig, _ *revocation.Evidence) {
			f.serials["12648430"] = true
			c.DecimalSerial = true
		}, nil, "", true},
		{"approval", func(f *ejbca, _ *revoker.EJBCAConfig, _ *revocation.Evidence) { f.approval = true }, revocation.ErrPending, "waits for approval", false},
		{"approval asked for before", func(f *ejbca, _ *revoker.EJBCAConfig, _ *revocation.Evidence) { f.approval, f.asked = true, true }, revocation.ErrPending, "waits for approval", false},
		{"unknown serial number", func(f *ejbca, _ *revoker.EJBCAConfig, _ *revocation.Evidence) { delete(f.serials, "c0ffee") }, revocation.ErrOtherIssuer, "was not found", false},
		{"unknown CA", func(f *ejbca, _ *revoker.EJBCAConfig, _ *revocation.Evidence) { f.dn = "CN=Other" }, revocation.ErrOtherIssuer, "CA doesn't exist", false},
		{"another CA of that name", func(f *ejbca, _ *revoker.EJBCAConfig, _ *revocation.Evidence) {
			f.ca = &authority{f.ca.cert, f.ca.key}
			f.ca.cert = f.root.cert
		}, revocation.ErrOtherIssuer, "not issued by this CA", false},
		{"says so and does not", func(f *ejbca, _ *revoker.EJBCAConfig, _ *revocation.Evidence) { f.idle = true }, nil, "its status says that it did not", false},
		{"not an administrator", func(f *ejbca, c *revoker.EJBCAConfig, _ *revocation.Evidence) {
			key := ecKey()
			c.Certificate = tls.Certificate{Certificate: [][]byte{f.ca.issue(key.Public(), "me", f.ca.cert.SerialNumber)}, PrivateKey: key}
		}, nil, "tls", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newEJBCA(t)
			e := evidence(t, f.ca.weak(0xc0ffee))
			j := f.open(t, func(c *revoker.EJBCAConfig) { tc.change(f, c, &e) })
			err := j.Revoke(t.Context(), e, revocation.KeyCompromise)
			if (err == nil) != (tc.want == "") || tc.is != nil && !errors.Is(err, tc.is) || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v", err)
			}
			got := false
			for _, r := range f.revoked {
				got = got || r == "KEY_COMPROMISE"
			}
			if got != tc.revoked {
				t.Errorf("revoked: %v", f.revoked)
			}
		})
	}
}

// A name out of a certificate cannot lead elsewhere.
func TestEJBCANamesStayInTheirPlace(t *testing.T) {
	t.Parallel()
	f := newEJBCA(t)
	hostile := newAuthority(t, "x/../../../admin?a=b#c%2f", nil)
	e := evidence(t, hostile.weak(1))
	trusting := func(c *revoker.EJBCAConfig) { c.Issuers = []*x509.Certificate{hostile.cert} }
	if err := f.open(t, trusting).Revoke(t.Context(), e, 1); !errors.Is(err, revocation.ErrOtherIssuer) {
		t.Errorf("%v", err)
	}
	for _, h := range f.hits {
		if !strings.Contains(h, "/CN=x%2F..%2F..%2F..%2Fadmin%3Fa=b%23c%252f%2CO=Example/") {
			t.Errorf("asked for %s", h)
		}
	}
}
