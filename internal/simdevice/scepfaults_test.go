package simdevice

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/internal/testca"
)

const (
	oidAES128    = "2.16.840.1.101.3.4.1.2"
	oidTripleDES = "1.2.840.113549.3.7"
	oidSHA1      = "1.3.14.3.2.26"
	oidDigest256 = "2.16.840.1.101.3.4.2.1"
)

// How servers behave, and what becomes of the request.
func TestSCEPServers(t *testing.T) {
	t.Parallel()
	const aes, old = oidAES128 + " " + oidDigest256, oidTripleDES + " " + oidSHA1
	faults := func(all ...testca.Fault) testca.SCEP { return testca.SCEP{Faults: all} }
	for _, test := range []struct {
		name     string
		ca       testca.SCEP
		state    word
		messages string // method, type, cipher and digest of each; empty: whatever
	}{
		{"plain", testca.SCEP{}, wSCEPDone, "POST 19 " + aes},
		{"RA", testca.SCEP{RA: true}, wSCEPDone, "POST 19 " + aes},
		{"pending", testca.SCEP{Pending: 2}, wSCEPDone, "POST 19 " + aes + ", POST 20 " + aes + ", POST 20 " + aes},
		{"no CertPoll", testca.SCEP{Pending: 2, NoCertPoll: true}, wSCEPDone, "POST 19 " + aes + ", POST 20 " + aes + ", POST 19 " + aes + ", POST 19 " + aes},
		{"CertPoll closed", testca.SCEP{Pending: 1, NoCertPoll: true, Faults: []testca.Fault{testca.FaultPollClosed}}, wSCEPDone, ""},
		{"old", testca.SCEP{Caps: []string{"Renewal"}}, wSCEPDone, "GET 19 " + old},
		{"rejecting", testca.SCEP{Reject: "2"}, wSCEPRefused, "POST 19 " + aes},
		{"challenge missing", testca.SCEP{Challenge: "s3cret"}, wSCEPRefused, "POST 19 " + aes},
		{"", faults(testca.FaultCapsHTML), wSCEPDone, "GET 19 " + old},
		{"", faults(testca.FaultCapsClosed), wSCEPDone, "GET 19 " + old},
		{"", faults(testca.FaultBER), wSCEPDone, ""},
		{"", faults(testca.Fault3DES), wSCEPDone, ""},
		{"", faults(testca.FaultDES), wSCEPDone, ""},
		{"", faults(testca.FaultNoSignerCert), wSCEPDone, ""},
		{"", faults(testca.FaultCAFirst), wSCEPDone, ""},
		{"", faults(testca.FaultHTML), wSCEPNoServer, ""},
		{"", faults(testca.FaultHuge), wSCEPNoServer, ""},
		{"", faults(testca.FaultRedirect), wSCEPNoServer, ""},
		{"", faults(testca.FaultStatus), wSCEPNoServer, ""},
		{"", faults(testca.FaultTruncated), wSCEPRefused, ""},
		{"", faults(testca.FaultEcho), wSCEPRefused, ""},
		{"", faults(testca.FaultBlock), wSCEPRefused, ""},
		{"", faults(testca.FaultPadding), wSCEPRefused, ""},
		{"", faults(testca.FaultAttacker), wSCEPRefused, ""},
		{"", faults(testca.FaultWrongSigner), wSCEPRefused, ""},
		{"", faults(testca.FaultNonce), wSCEPRefused, ""},
		{"", faults(testca.FaultNoNonce), wSCEPRefused, ""},
		{"", faults(testca.FaultTransaction), wSCEPRefused, ""},
		{"", faults(testca.FaultUnknownStatus), wSCEPRefused, ""},
		{"", faults(testca.FaultUnknownType), wSCEPRefused, ""},
		{"", testca.SCEP{Reject: "2", Faults: []testca.Fault{testca.FaultUnknownInfo}}, wSCEPRefused, ""},
		{"", testca.SCEP{Reject: "2", Faults: []testca.Fault{testca.FaultNoInfo}}, wSCEPRefused, ""},
		{"", faults(testca.FaultEmpty), wSCEPRefused, ""},
		{"", faults(testca.FaultNoCertificate), wSCEPRefused, ""},
		{"", faults(testca.FaultOtherKey), wSCEPRefused, ""},
	} {
		if test.name == "" {
			test.name = string(test.ca.Faults[0])
		}
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, seed := range seeds[:3] {
				ca := openSCEP(t, test.ca)
				d, c := loggedIn(t, Config{Seed: seed, SCEPURL: ca.url, SCEPPoll: time.Millisecond})
				c.requestSCEP(scepFor("New1"))
				c.awaitSCEP()
				done := test.state == wSCEPDone
				if k := keyNamed(d, "New1"); (k != nil) != done || done && k.NoCertificate {
					t.Errorf("seed %d: key %+v", seed, k)
				}
				c.open(PageSCEPSent)
				if !c.has(test.state) {
					t.Errorf("seed %d: page says:\n%s", seed, html.UnescapeString(c.body))
				}
				var messages []string
				for _, r := range ca.Requests() {
					if r.Operation == "PKIOperation" {
						messages = append(messages, strings.Join([]string{r.Method, r.MessageType, r.Cipher, r.Digest}, " "))
					}
				}
				if got := strings.Join(messages, ", "); test.messages != "" && got != test.messages {
					t.Errorf("seed %d: messages %q, want %q", seed, got, test.messages)
				}
				c.logout()
			}
		})
	}
}

// Nothing but the server set is dialed, and it is not left for another.
func TestSCEPDialsNothingElse(t *testing.T) {
	t.Parallel()
	var dialed []string
	ca := openSCEP(t, testca.SCEP{Pending: 1})
	host := strings.TrimSuffix(strings.TrimPrefix(ca.url, "http://"), "/scep")
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	redirects := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusFound))
	t.Cleanup(redirects.Close)
	for _, url := range []string{ca.url, redirects.URL + "/scep"} {
		_, c := loggedIn(t, Config{SCEPURL: url, SCEPPoll: time.Millisecond, SCEPDial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dialed = append(dialed, addr) // one request at a time
			return new(net.Dialer).DialContext(ctx, network, addr)
		}})
		c.requestSCEP(scepFor("New1"))
		c.awaitSCEP()
		c.logout()
	}
	want := []string{host, strings.TrimPrefix(redirects.URL, "http://")}
	if slices.Sort(dialed); !slices.Equal(slices.Compact(dialed), slices.Sorted(slices.Values(want))) {
		t.Errorf("dialed %q, want only %q", dialed, want)
	}
}
