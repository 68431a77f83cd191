package remoteui

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// A session has so many requests and so much time; logging out is always left.
func TestSpend(t *testing.T) {
	t.Parallel()
	for name, used := range map[string]func(*transport){
		"requests": func(t *transport) { t.requests.Store(maxRequests) },
		"time":     func(t *transport) { t.busy.Store(int64(maxBusy) + 1) },
	} {
		tr := &transport{}
		if err := tr.spend(); err != nil {
			t.Errorf("%s: the first request: %v", name, err)
		}
		used(tr)
		if _, ok := errors.AsType[*LimitError](tr.spend()); !ok {
			t.Errorf("%s: no limit", name)
		}
		tr.leaving.Store(true)
		if err := tr.spend(); err != nil {
			t.Errorf("%s: logging out: %v", name, err)
		}
	}
}

// A device whose script had to be stopped has less time for the next.
func TestScriptTimeAfterwards(t *testing.T) {
	t.Parallel()
	s := &Session{}
	for _, want := range []time.Duration{0, scriptTimeAfterwards, scriptTimeAfterwards} {
		l := s.limits()
		if l.ScriptTime != want {
			t.Errorf("%v, want %v", l.ScriptTime, want)
		}
		l.Endless()
	}
}

// Cookies are bounded in number and size. Those that came first stay, and may
// change; their values are secrets.
func TestJar(t *testing.T) {
	t.Parallel()
	kept, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	secrets := new(Scrubber)
	j := newJar(kept, secrets)
	u := &url.URL{Scheme: "https", Host: "d", Path: "/"}
	j.SetCookies(u, []*http.Cookie{{Name: "huge", Value: strings.Repeat("x", maxCookie)}, {Name: "session", Value: "session-value"}, {Name: "lang", Value: "en"}})
	for i := range maxCookies - 2 {
		j.SetCookies(u, []*http.Cookie{{Name: fmt.Sprint("c", i), Value: "v"}})
	}
	if err := j.check(); err != nil {
		t.Errorf("%d cookies: %v", maxCookies, err)
	}
	j.SetCookies(u, []*http.Cookie{{Name: "more", Value: "v"}, {Name: "session", Value: "another-value"}})
	if _, ok := errors.AsType[*LimitError](j.check()); !ok {
		t.Error("one more is no error")
	}
	all := map[string]string{}
	for _, c := range j.Cookies(u) {
		all[c.Name] = c.Value
	}
	if len(all) != maxCookies || all["session"] != "another-value" || all["huge"] != "" {
		t.Errorf("%d cookies, session %q, huge %d", len(all), all["session"], len(all["huge"]))
	}
	if got := secrets.Text("a session-value b another-value c en"); got != "a "+redacted+" b "+redacted+" c en" {
		t.Errorf("got %q", got)
	}
}

// A script file is fetched once, and remembered as long as there is room.
func TestKeepScript(t *testing.T) {
	t.Parallel()
	s := &Session{}
	for i := range 20 {
		s.keepScript(&url.URL{Path: fmt.Sprint("/", i)}, strings.Repeat("x", 1<<20))
	}
	if n := len(s.scripts); n < 10 || n > 16 {
		t.Errorf("%d MiB are kept", n)
	}
}

// What an error shows of a page of megabytes is what it would show if all of it had
// been gone over: no part of a secret stands at the end of what was.
func TestSnapshotOfMuch(t *testing.T) {
	t.Parallel()
	const secret = "planted/secret"
	for name, text := range map[string]string{
		"words":                        strings.Repeat("word ", snapshotRead/2),
		"a secret where it is cut off": strings.Repeat("word ", (snapshotRead-7)/5) + secret + strings.Repeat(" word", 100),
		"nothing but numbers before":   strings.Repeat("1", snapshotRead-7) + secret + strings.Repeat(" word", 100),
		"nothing but secrets":          strings.Repeat(secret, snapshotRead/7),
	} {
		p, err := page.Load(t.Context(), "<p>"+text, page.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		var secrets Scrubber
		secrets.Add(secret)
		s := &Session{t: &transport{secrets: &secrets}}
		want := []rune(s.scrubScript(text))
		if len(want) > maxSnapshot {
			want = append(want[:maxSnapshot], '…')
		}
		if got := s.snapshot(p); got != strings.TrimSpace(string(want)) || strings.Contains(got, secret[:7]) {
			t.Errorf("%s: %.50q...%.50q, want %.50q", name, got, got[max(0, len(got)-50):], string(want))
		}
	}
}

// A snapshot that was taken before is not shown once it holds what became a secret
// since, nor for a page that changed.
func TestSnapshotTakenAgain(t *testing.T) {
	t.Parallel()
	p, err := page.Load(t.Context(), `<p>cookie-1 <a href="javascript:document.write('cookie-2')">act</a>`, page.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	s := &Session{t: &transport{secrets: new(Scrubber)}}
	for _, step := range []struct {
		secret, want string
	}{{"", "cookie-1 act"}, {"", "cookie-1 act"}, {"cookie-1", "[redacted] act"}, {"cookie-1", "[redacted] act"}} {
		s.t.secrets.AddSome(step.secret)
		if got := s.snapshot(p); got != step.want {
			t.Errorf("%q, want %q", got, step.want)
		}
	}
	a, err := p.Action([]string{"act"}, page.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Click(t.Context(), page.ClickOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := s.snapshot(p); got != "cookie-2" {
		t.Errorf("%q, want what the page shows now", got)
	}
}
