package simdevice

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// Each invariant is watched: a client that breaks it is found out, and is not
// if the invariant is tolerated.
func TestInvariants(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   Invariant
		broken []Rule // that would have kept the client from it
		act    func(d *Device, c *client)
	}{
		{InvariantWorkingKey, []Rule{RuleKeyInUse}, func(_ *Device, c *client) {
			c.delete("TLS-2021")
		}},
		{InvariantSettingsKept, nil, func(_ *Device, c *client) {
			c.open(PageNetwork)
			c.open(PageTLS)
			c.write(PageTLS, PageTLS, c.otherTLS()...)
		}},
		{InvariantOneSuccessor, nil, func(_ *Device, c *client) {
			c.generate(good("New1"))
			c.generate(good("New2"))
		}},
		{InvariantProvedSuccessor, []Rule{RuleServedIsBound}, func(_ *Device, c *client) {
			c.use(nameDefaultKey)
			c.apply()
			c.enterAgain()
			c.delete("TLS-2021")
		}},
		{InvariantRefusedOnce, nil, func(d *Device, c *client) {
			c.logout()
			c.get("/")
			c.post(pathLogin, c.credentials("wrong"))
			c.post(pathLogin, c.credentials("wrong"))
		}},
		{InvariantLoggedOut, nil, func(d *Device, c *client) {
			id := c.cookie(cookieSession)
			c.logout()
			req, _ := http.NewRequest(http.MethodGet, c.base+pathRPS+cgiEntry, nil)
			req.AddCookie(&http.Cookie{Name: cookieSession, Value: id})
			if resp, err := c.http.Do(req); err == nil {
				resp.Body.Close()
			}
		}},
		{InvariantNoOpenSession, nil, func(d *Device, _ *client) { d.Close() }},
		{InvariantTimerRestored, nil, func(d *Device, c *client) {
			c.setTimer(true)
			c.logout()
			d.Close()
		}},
		{InvariantKnownRequest, nil, func(_ *Device, c *client) { c.get("/rps/guess.cgi") }},
		{InvariantNoSecretInClear, nil, func(d *Device, c *client) {
			resp, err := c.http.Post(d.PlainURL()+"login", "application/x-www-form-urlencoded", strings.NewReader("deptid=1"))
			if err == nil {
				resp.Body.Close()
			}
		}},
	}
	for _, test := range tests {
		t.Run(string(test.name), func(t *testing.T) {
			t.Parallel()
			for _, seed := range seeds[:3] {
				for _, tolerated := range []bool{false, true} {
					var told []string
					cfg := Config{Seed: seed, Broken: test.broken, RestartTime: time.Millisecond,
						Errorf: func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }}
					if tolerated {
						cfg.Tolerate = []Invariant{test.name}
					}
					d, c := loggedIn(t, cfg)
					test.act(d, c)
					found := false
					for _, v := range d.Violations() {
						found = found || strings.HasPrefix(v, "["+string(test.name)+"]")
					}
					if found == tolerated {
						t.Errorf("seed %d, tolerated %v: violations %q", seed, tolerated, d.Violations())
					}
					if len(told) != len(d.Violations()) {
						t.Errorf("seed %d: told %q, violations %q", seed, told, d.Violations())
					}
					d.Close()
				}
			}
		})
	}
}

func TestPasswordInAddress(t *testing.T) {
	t.Parallel()
	d := newDevice(t, Config{Errorf: silent})
	c := newClient(t, d)
	c.get(pathLogin + "?deptid=7654321&password=7654321")
	if v := d.Violations(); len(v) != 1 || !strings.Contains(v[0], string(InvariantNoSecretInClear)) || d.OpenSessions() != 0 {
		t.Errorf("violations %q, %d sessions", v, d.OpenSessions())
	}
}

func TestChallengeInAddress(t *testing.T) {
	t.Parallel()
	d, c := loggedIn(t, Config{Errorf: silent})
	c.toSCEP()
	c.tryOpen(PageSCEPRequest, Field{d.lay.name(fieldChallenge), "s3cret"})
	if v := d.Violations(); len(v) != 1 || !strings.Contains(v[0], string(InvariantNoSecretInClear)) || strings.Contains(fmt.Sprint(v, d.Log()), "s3cret") {
		t.Errorf("violations %q", v)
	}
}

// enterAgain logs in after a restart.
func (c *client) enterAgain() {
	c.t.Helper()
	*c = *newClient(c.t, c.d)
	c.login()
}

func (c *client) cookie(name string) string {
	c.t.Helper()
	for _, cookie := range c.http.Jar.Cookies(c.resp.Request.URL) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	c.t.Fatalf("no cookie %s", name)
	return ""
}

// What a client sent is in the log in order, and its secrets are not.
func TestLog(t *testing.T) {
	t.Parallel()
	underSeeds(t, func(t *testing.T, seed uint64) {
		d, c := loggedIn(t, Config{Seed: seed, Password: "s3cret-4711", ID: "7"})
		c.toKeyList()
		c.get(pathRPS + cgiEntry + "?b=2&a=1&b=3")
		c.logout()
		log := d.Log()
		text := fmt.Sprintf("%+v", log)
		if strings.Contains(text, "s3cret-4711") {
			t.Error("the password is in the log")
		}
		got := fmt.Sprint(log[len(log)-2].Fields)
		if want := fmt.Sprint([]Field{{"b", "2"}, {"a", "1"}, {"b", "3"}}); got != want {
			t.Errorf("fields %s, want %s", got, want)
		}
		var kinds []PageKind
		for _, e := range log {
			kinds = append(kinds, e.Page)
			if e.Change != "" {
				t.Errorf("reading changed something: %+v", e)
			}
		}
		want := []PageKind{PagePortal, PageLogin, PagePortal, PageEntry, PageSettings, PageManagement, PageKeyList, PageEntry, PageLogout}
		if kinds = slices.Compact(kinds); !slices.Equal(kinds, want) { // a page may lead to itself
			t.Errorf("pages %v, want %v", kinds, want)
		}
		if d.StateChanges() != 0 {
			t.Errorf("%d state changes", d.StateChanges())
		}
	})
}

// A key of IEEE 802.1X is deleted too early if nobody has looked at its page
// since the restart that put the successor in effect; and what only the
// operator's side knows is asked for.
func TestDeletionTooEarly(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		look    bool
		missing error
		found   bool
	}{
		{"not looked", false, nil, true},
		{"looked", true, nil, false},
		{"no evidence", true, errors.New("no evidence"), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			d, c := fullDevice(t, Config{Seed: 3, RestartTime: time.Millisecond, Errorf: silent, OnDelete: func(k KeyState) error {
				asked = append(asked, k.Name)
				return tc.missing
			}})
			c.bindForm(PageIEEE8021X, "Spare")
			c.apply()
			c.enterAgain()
			if tc.look {
				c.openForm(PageIEEE8021X)
			}
			c.delete("Dot")
			found := strings.Contains(fmt.Sprint(d.Violations()), string(InvariantProvedSuccessor))
			if found != tc.found || !slices.Equal(asked, []string{"Dot"}) {
				t.Errorf("violations %q, asked for %q", d.Violations(), asked)
			}
		})
	}
}

// Room for a new key is only where a usage has not got one: two for one usage
// are found out also on a device with many usages.
func TestSecondSuccessor(t *testing.T) {
	t.Parallel()
	d, c := fullDevice(t, Config{Seed: 3, Errorf: silent})
	for i := range 5 { // TLS, IEEE 802.1X, SIP and two policies
		c.generate(good(fmt.Sprint("New", i)))
	}
	c.use("New0")
	if len(d.Violations()) != 0 {
		t.Fatalf("%q", d.Violations())
	}
	c.generate(good("Second"))
	if v := fmt.Sprint(d.Violations()); !strings.Contains(v, string(InvariantOneSuccessor)) {
		t.Errorf("violations %q", v)
	}
}
