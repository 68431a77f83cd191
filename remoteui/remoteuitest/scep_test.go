package remoteuitest

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/smallstep/scep/x509util"
	"golang.org/x/net/html"
)

// The whole procedure of SCEP with a use location: G-7 to G-9, R-5.
func TestSCEPProcedure(t *testing.T) {
	t.Parallel()
	underSeeds(t, func(t *testing.T, seed uint64) {
		ca := &scepOffice{challenge: "s3cret-4711"}
		lang := []string{"zh-TW", "en", "ja"}[seed%3]
		d, c := loggedIn(t, Config{Seed: seed, Language: lang, SCEPURL: ca.open(t), SCEPTimer: true, RestartTime: time.Millisecond, RestartDelay: time.Millisecond})
		before := d.Settings()
		in := scepFor("New1")
		in.challenge, in.use = ca.challenge, UseTLS
		c.requestSCEP(in)
		if hasKey(d, "New1") || !c.has(wErrTimer) && !strings.Contains(c.body, "alert(") {
			t.Fatalf("requested while the timer is on:\n%s", c.body)
		}
		c.setTimer(false)
		c.requestSCEP(in)
		if !c.has(wRestart) {
			t.Fatalf("no restart is offered:\n%s", c.body)
		}
		c.awaitSCEP()
		c.open(PageSCEPStatus)
		if !strings.Contains(c.body, "New1") || !c.has(wSCEPDone) {
			t.Errorf("status page:\n%s", c.body)
		}
		k := keyNamed(d, "New1")
		if k == nil || k.NoCertificate || k.Weak || !k.Generated || k.Bits != 2048 {
			t.Fatalf("the new key: %+v", k)
		}
		if got := ca.request.Subject.String(); got != "CN=printer.example,O=Example" || k.Certificate.Issuer.CommonName != "Office CA" {
			t.Errorf("requested for %s, certificate of %s", got, k.Certificate.Issuer)
		}
		if servedKey(t, d) != "TLS-2021" || !d.Settings().Pending {
			t.Error("in effect before the restart")
		}
		c.open(PageSCEPSent)
		c.write(PageSCEPSent, PageSCEPSent)
		c.awaitRestart(1)
		if got := servedKey(t, d); got != "New1" {
			t.Errorf("served with %q after the restart", got)
		}
		c.enterAgain()
		c.setTimer(true)
		before.TLSKey = "New1"
		if got := d.Settings(); got != before {
			t.Errorf("settings %+v, want %+v", got, before)
		}
		c.logout()
		if strings.Contains(fmt.Sprintf("%+v", d.Log()), ca.challenge) {
			t.Error("the challenge password is in the log")
		}
	})
}

// How servers answer, and what becomes of the request.
func TestSCEPServers(t *testing.T) {
	t.Parallel()
	html200 := func(w http.ResponseWriter, operation string) bool {
		fmt.Fprint(w, "<html>this is the admin page</html>")
		return true
	}
	for _, test := range []struct {
		name  string
		ca    *scepOffice
		state word
		want  []string // of the server's log, as far as it names them
	}{
		{"plain", &scepOffice{}, wSCEPDone, []string{"POST PKIOperation", "type 19", "AES", "SHA-256"}},
		{"pending", &scepOffice{pendings: 2}, wSCEPDone, []string{"type 19", "type 20", "type 20"}},
		{"no CertPoll", &scepOffice{pendings: 2, noPoll: true}, wSCEPDone, []string{"type 19", "type 20", "type 19", "type 19"}},
		{"old", &scepOffice{caps: "Renewal\n"}, wSCEPDone, []string{"GET PKIOperation", "type 19", "3DES", "SHA-1"}},
		{"wrong challenge", &scepOffice{challenge: "other"}, wSCEPRefused, []string{"type 19"}},
		{"CA first in the chain", &scepOffice{forge: func(o *scepOffice, r *certRep) {
			r.certs = [][]byte{o.cert.Raw, r.certs[0]}
		}}, wSCEPDone, nil},
		{"no certificate", &scepOffice{forge: func(_ *scepOffice, r *certRep) { r.certs = nil }}, wSCEPRefused, nil},
		{"another's certificate", &scepOffice{forge: func(o *scepOffice, r *certRep) { r.certs = [][]byte{o.cert.Raw} }}, wSCEPRefused, nil},
		{"another's nonce", &scepOffice{forge: func(_ *scepOffice, r *certRep) { r.nonce = make([]byte, 16) }}, wSCEPRefused, nil},
		{"another's transaction", &scepOffice{forge: func(_ *scepOffice, r *certRep) { r.id = "0" }}, wSCEPRefused, nil},
		{"another's signature", &scepOffice{forge: func(o *scepOffice, r *certRep) {
			other := newOffice(o.t, nil)
			r.signer, r.key = other.cert, other.key
		}}, wSCEPRefused, nil},
		{"echo", &scepOffice{forge: func(o *scepOffice, r *certRep) { r.instead = o.message }}, wSCEPRefused, nil},
		{"too much", &scepOffice{forge: func(_ *scepOffice, r *certRep) { r.instead = make([]byte, 1<<20+1) }}, wSCEPNoServer, nil},
		{"HTML", &scepOffice{answer: html200}, wSCEPNoServer, nil},
		{"failing", &scepOffice{answer: func(w http.ResponseWriter, operation string) bool {
			if operation == "PKIOperation" {
				w.WriteHeader(http.StatusInternalServerError)
			}
			return operation == "PKIOperation"
		}}, wSCEPNoServer, nil},
		{"nonsense", &scepOffice{answer: func(w http.ResponseWriter, operation string) bool {
			if operation == "PKIOperation" {
				fmt.Fprint(w, "\x1f\x80")
			}
			return operation == "PKIOperation"
		}}, wSCEPRefused, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, seed := range seeds[:4] {
				ca := &scepOffice{challenge: test.ca.challenge, pendings: test.ca.pendings, noPoll: test.ca.noPoll, caps: test.ca.caps, answer: test.ca.answer, forge: test.ca.forge}
				d, c := loggedIn(t, Config{Seed: seed, SCEPURL: ca.open(t), SCEPPoll: time.Millisecond})
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
				kinds := slices.DeleteFunc(slices.Clone(ca.log), func(s string) bool { return !slices.Contains(test.want, s) })
				if !slices.Equal(kinds, test.want) {
					t.Errorf("seed %d: messages %q, want %q", seed, ca.log, test.want)
				}
				c.logout()
			}
		})
	}
}

// Nothing but the server set is dialed, and it is not left for another.
func TestSCEPNoRedirect(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 10)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	t.Cleanup(other.Close)
	ca := &scepOffice{answer: func(w http.ResponseWriter, _ string) bool {
		w.Header().Set("Location", other.URL)
		w.WriteHeader(http.StatusFound)
		return true
	}}
	d, c := loggedIn(t, Config{SCEPURL: ca.open(t)})
	c.requestSCEP(scepFor("New1"))
	c.awaitSCEP()
	if len(asked) > 0 || hasKey(d, "New1") {
		t.Errorf("a redirect was followed; keys %+v", d.Keys())
	}
	c.logout()
}

// A server that cannot be reached, or does not answer at all: a restart and
// Close end the request.
func TestSCEPEnds(t *testing.T) {
	t.Parallel()
	silence, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silence.Close() })
	url := "http://" + silence.Addr().String() + "/scep"
	for _, seed := range seeds[:4] {
		d, c := loggedIn(t, Config{Seed: seed, SCEPURL: url, RestartTime: time.Millisecond, Tolerate: []Invariant{InvariantNoOpenSession}})
		c.requestSCEP(scepFor("New1"))
		c.requestSCEP(scepFor("New2"))
		if !c.has(wBusy) {
			t.Errorf("two requests at a time:\n%s", c.body)
		}
		d.Restart()
		c.awaitRestart(1)
		if hasKey(d, "New1") {
			t.Errorf("seed %d: the key survived the restart", seed)
		}
		c.enterAgain()
		c.requestSCEP(scepFor("New3"))
		start := time.Now()
		d.Close()
		if took := time.Since(start); took > 5*time.Second || hasKey(d, "New3") {
			t.Errorf("seed %d: Close took %v; keys %+v", seed, took, d.Keys())
		}
	}
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := gone.Addr().String()
	gone.Close()
	d, c := loggedIn(t, Config{SCEPURL: "http://" + addr + "/scep"})
	c.requestSCEP(scepFor("New1"))
	c.awaitSCEP()
	c.open(PageSCEPSent)
	if !c.has(wSCEPNoServer) || hasKey(d, "New1") {
		t.Errorf("page:\n%s", c.body)
	}
	c.logout()
}

// What is refused before anything is sent.
func TestSCEPRefusals(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds[:4] {
		ca := &scepOffice{}
		url := ca.open(t)
		with := func(change func(*scepInput)) scepInput {
			in := scepFor("New1")
			change(&in)
			return in
		}
		for _, test := range []struct {
			cfg  Config
			in   scepInput
			want word
		}{
			{Config{SCEPURL: url}, with(func(in *scepInput) { in.name = "New-1" }), wErrName},
			{Config{SCEPURL: url}, with(func(in *scepInput) { in.name = "" }), wErrName},
			{Config{SCEPURL: url}, with(func(in *scepInput) { in.name = nameAMS }), wErrTaken},
			{Config{SCEPURL: url}, with(func(in *scepInput) { in.cn = "drücker" }), wErrValue},
			{Config{SCEPURL: url, KeySlots: 3}, scepFor("New1"), wErrFull},
			{Config{}, scepFor("New1"), wSCEPNoServer},
		} {
			test.cfg.Seed = seed
			d, c := loggedIn(t, test.cfg)
			c.requestSCEP(test.in)
			if !c.has(test.want) || len(d.Keys()) != 3 || d.StateChanges() != 0 {
				t.Errorf("seed %d, %+v: keys %d, page:\n%s", seed, test.in, len(d.Keys()), c.body)
			}
			c.logout()
		}
		if len(ca.log) > 0 {
			t.Errorf("seed %d: the server was asked: %q", seed, ca.log)
		}
	}
	for _, bad := range []string{"https://ca.example/scep", "ca.example", "http://", "http://u:p@ca.example/", "http://ca.example:0/"} {
		if _, err := New(Config{SCEPURL: bad}); err == nil {
			t.Errorf("SCEPURL %q is accepted", bad)
		}
	}
}

// The server's settings are stored, and a request goes there by the port of
// its own field.
func TestSCEPServerSettings(t *testing.T) {
	t.Parallel()
	underSeeds(t, func(t *testing.T, seed uint64) {
		ca := &scepOffice{}
		url := ca.open(t)
		host, port, err := net.SplitHostPort(strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/scep"))
		if err != nil {
			t.Fatal(err)
		}
		d, c := loggedIn(t, Config{Seed: seed, SCEPURL: "http://ca.example:8080/certsrv?x=1", MakesWeakKeys: true})
		if got, want := c.server(), (scepServer{"http://ca.example/certsrv?x=1", "8080", "30"}); got != want {
			t.Errorf("at first %+v, want %+v", got, want)
		}
		for _, bad := range [][2]string{{"http://" + host, "0"}, {"http://" + host, "65536"}, {"", "80"}, {"ftp://" + host, "80"}} {
			c.setServer(bad[0], bad[1])
			if got := c.server(); got.port != "8080" || !c.has(wErrValue) {
				t.Errorf("%q are taken: %+v", bad, got)
			}
		}
		c.setServer("http://"+host+"/scep?ca=1", port)
		if d.Settings().Pending {
			t.Error("the settings wait for a restart")
		}
		c.requestSCEP(scepFor("New1"))
		c.awaitSCEP()
		if k := keyNamed(d, "New1"); k == nil || !k.Weak || !closePrimes(k.Certificate) {
			t.Errorf("the new key: %+v", k)
		}
		c.logout()
	})
}

// A page without its item in the menu is no way to go, and the pages can be
// missing as a whole.
func TestSCEPMissing(t *testing.T) {
	t.Parallel()
	underSeeds(t, func(t *testing.T, seed uint64) {
		_, c := loggedIn(t, Config{Seed: seed, Language: "en", Missing: []PageKind{PageSCEP, PageCSR}})
		c.toKeyList()
		c.open(PageGenerateMenu)
		if c.has(wCSR) {
			t.Error("signing requests are offered")
		}
		c.open(PageManagement)
		if c.has(wSCEP) {
			t.Error("SCEP is offered")
		}
		c.logout()
	})
}

// challengeOf is the challenge password the server saw.
func (o *scepOffice) challengeOf(t *testing.T) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.request == nil {
		t.Fatal("the server saw no request")
	}
	password, err := x509util.ParseChallengePassword(o.request.Raw)
	if err != nil {
		t.Fatal(err)
	}
	return password
}
