package simdevice

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind  FaultKind
		done  bool // the write was carried out
		fails bool // the client gets no whole answer
		check func(c *client) bool
	}{
		{FaultResetBefore, false, true, nil},
		{FaultResetAfter, true, true, nil},
		{FaultTruncate, true, true, nil},
		{FaultRestartNow, true, true, nil},
		{FaultStatus500, false, false, func(c *client) bool { return c.resp.StatusCode == http.StatusInternalServerError }},
		{FaultBusy, false, false, func(c *client) bool { return c.has(wBusy) }},
		{FaultExpireSession, false, false, func(c *client) bool { return c.has(wCannotOpen) }},
		{FaultDelay, true, false, nil},
		{FaultAnswer, true, false, func(c *client) bool { return c.resp.StatusCode == http.StatusTeapot }},
	}
	for _, test := range tests {
		t.Run(string(test.kind), func(t *testing.T) {
			t.Parallel()
			for _, seed := range seeds[:3] {
				d, c := loggedIn(t, Config{
					Seed: seed, Errorf: silent, RestartTime: time.Millisecond,
					Faults: []Fault{{
						Kind: test.kind, Page: PageTLSKeys, Delay: time.Millisecond,
						Match:  func(r *http.Request) bool { return r.Method == http.MethodPost },
						Answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
					}},
				})
				c.open(PageNetwork)
				c.open(PageTLS)
				c.open(PageTLSKeys)
				form := c.filled(d.lay.formName(PageTLSKeys), PageTLSKeys, Field{c.d.lay.rowField(), c.row(nameDefaultKey)})
				err := c.try(http.MethodPost, c.action(PageTLSKeys), form)
				if (err != nil) != test.fails {
					t.Errorf("seed %d: error %v", seed, err)
				}
				if done := d.Settings().TLSKey == nameDefaultKey; done != test.done {
					t.Errorf("seed %d: carried out: %v, want %v", seed, done, test.done)
				}
				if test.check != nil && !test.check(c) {
					t.Errorf("seed %d: answer %d:\n%s", seed, c.resp.StatusCode, c.body)
				}
				log := d.Log()
				if last := log[len(log)-1]; last.Fault != test.kind || (last.Change != "") != test.done {
					t.Errorf("seed %d: log ends with %+v", seed, last)
				}
				if test.kind == FaultRestartNow {
					c.awaitRestart(1)
				}
			}
		})
	}
}

func TestFaultSkipAndCount(t *testing.T) {
	t.Parallel()
	d := newDevice(t, Config{Faults: []Fault{{Kind: FaultStatus500, Page: PagePortal, Skip: 1, Count: 2}}})
	c := newClient(t, d)
	var got []int
	for range 5 {
		c.get("/")
		got = append(got, c.resp.StatusCode)
	}
	if want := []int{200, 500, 500, 200, 200}; !equal(got, want) {
		t.Errorf("statuses %v, want %v", got, want)
	}
}

func equal(a, b []int) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

// In a bubble everything takes exactly as long as configured.
func TestSynctest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, err := New(Config{Seed: 2, GenerateTime: time.Minute, RestartDelay: time.Second, RestartTime: 3 * time.Minute, Errorf: t.Errorf})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		c := newClient(t, d)
		c.login()
		c.toKeyList()
		c.open(PageGenerateMenu)
		c.open(PageGenerate)
		n := good("New1")
		n.curve = 1
		c.write(PageGenerate, PageGenerate, c.fill(n)...)
		time.Sleep(time.Minute - time.Second)
		c.open(PageGenerating)
		if !c.has(wGenerating) || hasKey(d, "New1") {
			t.Error("generated too early")
		}
		time.Sleep(time.Second)
		c.open(PageGenerating)
		if c.has(wGenerating) || !hasKey(d, "New1") {
			t.Error("not generated in time")
		}
		c.use("New1")
		start := time.Now()
		c.confirmApply()
		time.Sleep(time.Second)
		synctest.Wait()
		if _, err := d.DialContext(t.Context(), "tcp", "device:8443"); err == nil {
			t.Error("a device that restarts can be dialed")
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if got := servedKey(t, d); got != "New1" {
			t.Errorf("served with %q", got)
		}
		if took := time.Since(start); took != 3*time.Minute+time.Second {
			t.Errorf("the restart took %v", took)
		}
		c.http.CloseIdleConnections()
	})
}

func TestRestartKnobs(t *testing.T) {
	t.Parallel()
	t.Run("never comes back", func(t *testing.T) {
		t.Parallel()
		d := newDevice(t, Config{NeverComesBack: true, RestartTime: time.Millisecond})
		d.Restart()
		waitFor(t, func() bool { return d.Restarts() == 1 })
		if _, err := d.DialContext(t.Context(), "tcp", "device:8443"); err == nil {
			t.Error("it can be dialed")
		}
	})
	t.Run("loopback", func(t *testing.T) {
		t.Parallel()
		for _, moves := range []bool{false, true} {
			d := newDevice(t, Config{RestartNewPort: moves, RestartTime: time.Millisecond})
			if err := d.Start(); err != nil {
				t.Fatal(err)
			}
			before, plain := d.URL(), d.PlainURL()
			d.Restart()
			waitFor(t, func() bool { return d.Restarts() == 1 && answers(d.PlainURL()) })
			if after := d.URL(); (after != before) != moves || d.PlainURL() != plain {
				t.Errorf("moves %v: %s became %s, %s became %s", moves, before, after, plain, d.PlainURL())
			}
			resp, err := noRedirects().Get(d.PlainURL())
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusFound || got != d.URL() {
				t.Errorf("the plain port answers %d to %q, want a redirect to %q", resp.StatusCode, got, d.URL())
			}
		}
	})
	t.Run("session timeout", func(t *testing.T) {
		t.Parallel()
		now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
		_, c := loggedIn(t, Config{Now: func() time.Time { return now }, SessionTimeout: time.Minute})
		now = now.Add(time.Minute)
		c.open(PageManagement)
		now = now.Add(time.Minute + time.Second)
		c.tryOpen(PageManagement)
		if !c.has(wCannotOpen) {
			t.Error("the session did not end")
		}
	})
}

func noRedirects() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func answers(url string) bool {
	resp, err := noRedirects().Get(url)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return true
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
		<-time.After(2 * time.Millisecond)
	}
}

// Without a Host header the redirect goes to a host named null, literally.
func TestPlainPortWithoutHost(t *testing.T) {
	t.Parallel()
	d := newDevice(t, Config{})
	conn, err := d.DialContext(t.Context(), "tcp", "device:8000")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET / HTTP/1.0\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 4096)
	n, _ := conn.Read(answer)
	if !strings.Contains(string(answer[:n]), "Location: https://null:8443/") {
		t.Errorf("answer %q", answer[:n])
	}
}
