package simdevice

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/testca"
)

// The whole procedure of SCEP with a use location: G-7 to G-9, R-5.
func TestSCEPProcedure(t *testing.T) {
	const secret = "s3cret-4711"
	t.Parallel()
	underSeeds(t, func(t *testing.T, seed uint64) {
		ca := openSCEP(t, testca.SCEP{Challenge: secret})
		lang := []string{"zh-TW", "en", "ja"}[seed%3]
		d, c := loggedIn(t, Config{Seed: seed, Language: lang, SCEPURL: ca.url, SCEPTimer: true, RestartTime: time.Millisecond, RestartDelay: time.Millisecond})
		before := d.Settings()
		in := scepFor("New1")
		in.challenge, in.use = secret, UseTLS
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
		if got := ca.request(t).Subject.String(); got != "CN=printer.example,O=Example" || k.Certificate.Issuer.CommonName != "Test CA" {
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
		if strings.Contains(fmt.Sprintf("%+v", d.Log()), secret) {
			t.Error("the challenge password is in the log")
		}
	})
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
		d, c := loggedIn(t, Config{Seed: seed, SCEPURL: url, KeySlots: 4, RestartTime: time.Millisecond, Tolerate: []Invariant{InvariantNoOpenSession}})
		c.requestSCEP(scepFor("New1"))
		c.requestSCEP(scepFor("New2"))
		if !c.has(wBusy) {
			t.Errorf("two requests at a time:\n%s", c.body)
		}
		for name, want := range map[string]word{"New1": wErrTaken, "New4": wErrFull} { // its name and place are taken
			if c.generate(good(name)); !c.has(want) {
				t.Errorf("seed %d: %s is generated beside the request", seed, name)
			}
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
	d, c := loggedIn(t, Config{SCEPURL: "http://" + devicetest.Nobody(t) + "/scep"})
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
		ca := openSCEP(t, testca.SCEP{})
		url := ca.url
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
		if asked := ca.Requests(); len(asked) > 0 {
			t.Errorf("seed %d: the server was asked: %+v", seed, asked)
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
		ca := openSCEP(t, testca.SCEP{})
		url := ca.url
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
