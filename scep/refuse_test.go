package scep_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/testca"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/scep"
)

func says(want string) func(error) bool {
	return func(err error) bool { return strings.Contains(err.Error(), want) }
}

func reply(want string) func(error) bool {
	return func(err error) bool {
		_, ok := errors.AsType[*scep.ReplyError](err)
		return ok && strings.Contains(err.Error(), want)
	}
}

func untrusted(want string) func(error) bool {
	return func(err error) bool {
		_, ok := errors.AsType[*scep.UntrustedError](err)
		return ok && strings.Contains(err.Error(), want)
	}
}

func failure(info scep.FailInfo, text string) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*scep.FailureError](err)
		return ok && e.Info == info && e.Text == text
	}
}

func page(err error) bool {
	e, ok := errors.AsType[*scep.WebPageError](err)
	return ok && e.Title == "Network Device Enrollment Service" && !strings.Contains(err.Error(), "0123456789ABCDEF")
}

// Everything that a server may do wrong, or somebody in its place: an error
// that names it, no certificate, no crash.
func TestIssueRefuses(t *testing.T) {
	t.Parallel()
	const secret = "s3cret-0815"
	fault := func(f ...testca.Fault) testca.SCEP { return testca.SCEP{Faults: f} }
	failing := func(f testca.Fault) testca.SCEP { return testca.SCEP{Reject: "2", Faults: []testca.Fault{f}} }
	waiting := func(want string) func(error) bool {
		return func(err error) bool { return errors.Is(err, keys.ErrPending) && strings.Contains(err.Error(), want) }
	}
	brief := scep.ClientOptions{PollFor: 20 * time.Millisecond}
	for _, tc := range []struct {
		name string
		cfg  testca.SCEP
		o    scep.ClientOptions
		want func(error) bool
	}{
		{"attacker's reply", fault(testca.FaultAttacker), scep.ClientOptions{}, untrusted("neither is the CA")},
		{"wrong signer", fault(testca.FaultWrongSigner), scep.ClientOptions{}, reply("")},
		{"another device signs", fault(testca.FaultOtherDevice), scep.ClientOptions{}, untrusted("other.example")},
		{"wrong signer, attributes in no order", fault(testca.FaultWrongSigner, testca.FaultUnsorted), scep.ClientOptions{}, reply("signature does not hold")},
		{"wrong signer by key identifier", fault(testca.FaultWrongSigner, testca.FaultKeyID), scep.ClientOptions{}, reply("signature does not hold")},
		{"attacker by key identifier", fault(testca.FaultAttacker, testca.FaultKeyID), scep.ClientOptions{}, untrusted("neither is the CA nor may speak for it (by the key identifier ")},
		{"another device by key identifier", fault(testca.FaultOtherDevice, testca.FaultKeyID), scep.ClientOptions{}, untrusted("key identifier")},
		{"the content is not signed", fault(testca.FaultNoDigest), scep.ClientOptions{}, reply("signature does not hold")},
		{"truncated, in PEM", fault(testca.FaultTruncated, testca.FaultPEMReply), scep.ClientOptions{}, reply("truncated")},
		{"truncated", fault(testca.FaultTruncated), scep.ClientOptions{}, reply("truncated")},
		{"echo", fault(testca.FaultEcho), scep.ClientOptions{}, reply("our own message")},
		{"nonce", fault(testca.FaultNonce), scep.ClientOptions{}, reply("recipientNonce")},
		{"no nonce", fault(testca.FaultNoNonce), scep.ClientOptions{}, reply("recipientNonce")},
		{"transaction", fault(testca.FaultTransaction), scep.ClientOptions{}, reply("another transaction")},
		{"unknown status", fault(testca.FaultUnknownStatus), scep.ClientOptions{}, reply(`pkiStatus "7"`)},
		{"unknown type", fault(testca.FaultUnknownType), scep.ClientOptions{}, reply(`messageType "99"`)},
		{"block", fault(testca.FaultBlock), scep.ClientOptions{}, reply("envelope")},
		{"padding", fault(testca.FaultPadding), scep.ClientOptions{}, reply("envelope")},
		{"other key", fault(testca.FaultOtherKey), scep.ClientOptions{}, func(err error) bool { return errors.Is(err, bundle.ErrNoSuchKey) }},
		{"other CA", fault(testca.FaultOtherCA), scep.ClientOptions{}, reply("not of the pinned CA")},
		{"valid tomorrow", fault(testca.FaultFuture), scep.ClientOptions{}, reply("not yet valid")},
		{"empty", fault(testca.FaultEmpty), brief, waiting("gives no certificate")},
		{"no certificate", fault(testca.FaultNoCertificate), brief, waiting("gives no certificate")},

		{"failure", testca.SCEP{Reject: "4"}, scep.ClientOptions{}, failure(scep.BadCertID, "")},
		{"failure with text", testca.SCEP{Reject: "2", FailText: "no\x1b[2J " + secret + " " + strings.Repeat("x", 300)}, scep.ClientOptions{},
			failure(scep.BadRequest, "no[2J [redacted] "+strings.Repeat("x", 183)+"…")},
		{"failure, BER, 3DES", testca.SCEP{Reject: "1", Faults: []testca.Fault{testca.FaultBER, testca.Fault3DES}}, scep.ClientOptions{}, failure(scep.BadMessageCheck, "")},
		{"unknown failInfo", failing(testca.FaultUnknownInfo), scep.ClientOptions{}, func(err error) bool {
			return failure("9", "")(err) && strings.Contains(fmt.Sprintf("%v %+v", err, err), `unknown failInfo "9"`)
		}},
		{"no failInfo", failing(testca.FaultNoInfo), scep.ClientOptions{}, failure("", "")},
		{"challenge", testca.SCEP{Challenge: "other"}, scep.ClientOptions{}, failure(scep.BadRequest, "")},

		{"no capabilities", testca.SCEP{Caps: []string{}}, scep.ClientOptions{}, says("AllowLegacy")},
		{"DES3 only", testca.SCEP{Caps: []string{"DES3", "SHA-256"}}, scep.ClientOptions{}, says("can do DES3 SHA-256, which comes to 3DES with SHA-256")},
		{"AES, SHA-1", testca.SCEP{Caps: []string{"AES", "SHA-1", "POSTPKIOperation"}}, scep.ClientOptions{}, says("AES-128 with SHA-1")},
		{"GCM is not AES", testca.SCEP{Caps: []string{"AES-GCM", "SHA-256", "NoAES"}}, scep.ClientOptions{}, says("AllowLegacy")},

		{"HTML", fault(testca.FaultHTML), scep.ClientOptions{}, page},
		{"status", fault(testca.FaultStatus), scep.ClientOptions{}, func(err error) bool {
			e, ok := errors.AsType[*scep.HTTPError](err)
			return ok && e.Status == 500 && e.Text == "no[31m luck today"
		}},
		{"redirect", fault(testca.FaultRedirect), scep.ClientOptions{}, func(err error) bool {
			e, ok := errors.AsType[*scep.RedirectError](err)
			return ok && e.Location == "http://elsewhere.invalid/scep"
		}},
		{"huge", fault(testca.FaultHuge), scep.ClientOptions{}, says("no SCEP server")},
		{"slow", fault(testca.FaultSlow), scep.ClientOptions{Timeout: 300 * time.Millisecond}, says("no answer within 300ms")},

		{"no pin", testca.SCEP{}, scep.ClientOptions{Pinned: []*x509.Certificate{}}, untrusted(scep.Fingerprints(plainCA().Root()).SHA256)},
		{"other fingerprint", testca.SCEP{}, scep.ClientOptions{Fingerprint: scep.Fingerprints(strangCA().Root()).MD5}, untrusted("fingerprint given, MD5")},
		{"other CA pinned", testca.SCEP{}, scep.ClientOptions{Pinned: []*x509.Certificate{strangCA().Root()}}, untrusted("chains to the pinned CA")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, c := serve(t, plainCA(), tc.cfg, tc.o)
			chain, err := c.Issue(bounded(t), request(t, rsaKey(), secret))
			if err == nil || chain != nil {
				t.Fatalf("%v, %v", chain, err)
			}
			if !tc.want(err) {
				t.Errorf("%T: %v", err, err)
			}
			if text := fmt.Sprintf("%v %+v", err, err); strings.Contains(text, secret) || strings.ContainsAny(text, "\x00\x1b\n") {
				t.Errorf("secret or control characters in %q", text)
			}
		})
	}
}

// A CA whose clock is a little ahead of ours.
func TestClockAhead(t *testing.T) {
	t.Parallel()
	_, c := serve(t, plainCA(), testca.SCEP{Faults: []testca.Fault{testca.FaultClockAhead}}, scep.ClientOptions{})
	if chain, err := c.Issue(t.Context(), request(t, rsaKey(), "")); err != nil || !chain[0].NotBefore.After(time.Now()) {
		t.Errorf("%v, %v", chain, err)
	}
}

// Without a challenge password in the request the ways that remain are told;
// with one, it was another reason.
func TestNoChallenge(t *testing.T) {
	t.Parallel()
	for _, challenge := range []string{"", "wrong"} {
		_, c := serve(t, plainCA(), testca.SCEP{Challenge: "right"}, scep.ClientOptions{})
		csr := request(t, ecdsaKey(), challenge)
		if scep.ChallengeIn(csr) != (challenge != "") {
			t.Errorf("ChallengeIn(%q)", challenge)
		}
		_, err := c.Issue(t.Context(), csr)
		e, ok := errors.AsType[*scep.FailureError](err)
		if !ok || e.NoChallenge != (challenge == "") || strings.Contains(err.Error(), "by its own SCEP function") != (challenge == "") {
			t.Errorf("challenge %q: %v", challenge, err)
		}
	}
}

// Who may speak for the CA: certificates that every device has must not, though
// they chain to it, unless they are pinned.
func TestRegistrationAuthority(t *testing.T) {
	t.Parallel()
	ca := plainCA()
	_, c := serve(t, ca, testca.SCEP{RA: true}, scep.ClientOptions{})
	shown, err := c.CA(t.Context())
	if err != nil || len(shown) != 3 {
		t.Fatalf("%v, %v", shown, err)
	}
	// The fingerprint of an RA is not that of the CA.
	_, c = serve(t, ca, testca.SCEP{RA: true}, scep.ClientOptions{Fingerprint: scep.Fingerprints(shown[0]).SHA256})
	if _, err := c.Check(t.Context()); err == nil || !untrusted("not the CA's own")(err) {
		t.Errorf("%v", err)
	}
	device, err := ca.IssueAs(&x509.Certificate{
		KeyUsage: x509.KeyUsageKeyEncipherment | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, rsaKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	show := testca.SCEP{Show: []*x509.Certificate{device, ca.Root()}}
	server, c := serve(t, ca, show, scep.ClientOptions{})
	if _, err := c.Issue(t.Context(), request(t, rsaKey(), "")); err == nil || !untrusted("add it to Pinned")(err) {
		t.Errorf("%v", err)
	}
	if kinds(server) != nil {
		t.Error("a message was encrypted to a device")
	}
	_, c = serve(t, ca, show, scep.ClientOptions{Pinned: []*x509.Certificate{ca.Root(), device}})
	if info, err := c.Check(t.Context()); err != nil || len(info.Notes) != 1 {
		t.Errorf("%+v, %v", info, err)
	}
	// A stranger's RA beside the CA is not looked at.
	stranger, err := strangCA().IssueAs(&x509.Certificate{KeyUsage: x509.KeyUsageKeyEncipherment}, rsaKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	_, c = serve(t, ca, testca.SCEP{Show: []*x509.Certificate{stranger, strangCA().Root(), ca.Root()}}, scep.ClientOptions{})
	csr := request(t, rsaKey(), "")
	if chain, err := c.Issue(t.Context(), csr); err != nil {
		t.Error(err)
	} else {
		checkChain(t, ca, csr, chain)
	}
	// SCEP knows no encryption to an ECDSA key.
	_, c = serve(t, plainCA(), testca.SCEP{Show: []*x509.Certificate{ecdsaCA().Root()}}, scep.ClientOptions{Pinned: []*x509.Certificate{ecdsaCA().Root()}})
	if _, err := c.Check(t.Context()); err == nil || !says("RSA keys only")(err) {
		t.Errorf("%v", err)
	}
}

// A cancelled context ends everything at once.
func TestCancelled(t *testing.T) {
	t.Parallel()
	_, c := serve(t, plainCA(), testca.SCEP{Faults: []testca.Fault{testca.FaultSlow}}, scep.ClientOptions{})
	if _, err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone := errors.New("gone home")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(gone) })
	began := time.Now()
	if _, err := c.Issue(ctx, request(t, rsaKey(), "")); !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	for _, f := range []func(context.Context) error{
		func(ctx context.Context) error { _, err := c.Check(ctx); return err },
		func(ctx context.Context) error { _, err := c.Capabilities(ctx); return err },
	} {
		if err := f(ctx); !errors.Is(err, gone) {
			t.Errorf("%v", err)
		}
	}
}

// Who is on the path shows CAs with keys that nobody can calculate with, or
// hundreds of them: no context would end that.
func TestKeysAndChainsAreBounded(t *testing.T) {
	t.Parallel()
	ca := must(testca.New(nil))
	key := rsaKey()
	named := func(subject, issuer string, pub any) []byte {
		template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: subject}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
		return must(x509.CreateCertificate(rand.Reader, template, &x509.Certificate{Subject: pkix.Name{CommonName: issuer}}, pub, key))
	}
	huge := named("huge", "root", &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 400_000), E: 65537})
	for _, tc := range []struct {
		name  string
		shown []byte
		want  string // of the error; empty: none
	}{
		{"a huge key alone", huge, "larger than any real one"},
		{"a huge key beside the CA", slices.Concat(named("leaf", "huge", key.Public()), huge, ca.Root().Raw), ""},
		{"hundreds", slices.Concat(bytes.Repeat(named("a", "b", key.Public()), 200), ca.Root().Raw), "201 certificates"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("operation") == "GetCACert" {
					_, _ = w.Write(must(pkcs7.DegenerateCertificate(tc.shown)))
					return
				}
				fmt.Fprint(w, "AES\nSHA-256\nPOSTPKIOperation\nSCEPStandard")
			}))
			defer web.Close()
			c := client(t, web.URL, ca, scep.ClientOptions{Fingerprint: scep.Fingerprints(ca.Root()).SHA256})
			_, err := c.Check(bounded(t))
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}
