package otherdevice_test

import (
	"net/url"
	"strings"
	"testing"
)

// smallLogins are the small models with what their login form sends: the right
// secret goes where "PIN" stands.
var smallLogins = map[string]url.Values{
	"manager": {"i0012": {"1"}, "i0014": {"1234567"}, "i0016": {"PIN"}, "iToken": {""}, "errText": {"x"}},
	"pincode": {"i0012": {"1"}, "i2101": {"PIN"}, "iToken": {""}, "errText": {"x"}},
	"frames":  {"i0012": {"1"}, "i0014": {"7654321"}, "i0016": {"PIN"}, "iToken": {""}, "errText": {"x"}},
}

// A small model refuses at /login.html?err=1, lets in at /portal_top.html, and
// shows nothing to who is not in. Whole flows are run by internal/acceptance.
func TestSmallModels(t *testing.T) {
	t.Parallel()
	for style, form := range smallLogins {
		t.Run(style, func(t *testing.T) {
			t.Parallel()
			d := start(t, style)
			b := newBrowser(t, d)
			enter := func(pin string) {
				sent := url.Values{}
				for name, values := range form {
					sent[name] = []string{strings.ReplaceAll(values[0], "PIN", pin)}
				}
				b.get("/login.html")
				b.post("/checkLogin.cgi", sent)
			}
			enter("0")
			if !strings.HasSuffix(b.last, "/login.html?err=1") {
				t.Errorf("refused at %s", b.last)
			}
			b.wants("/checkLogin.cgi")
			if b.get("/p_paper_select.html"); !strings.HasSuffix(b.last, "/login.html") {
				t.Errorf("not logged in, and at %s", b.last)
			}
			enter(d.Password())
			if !strings.HasSuffix(b.last, "/portal_top.html") {
				t.Errorf("landed at %s", b.last)
			}
			b.get("/p_paper_select.html")
			b.post("/cgi/restart_device.cgi", url.Values{"iToken": {"1"}})
			b.get("/logout.cgi")
			if n := d.OpenSessions(); n != 0 || d.Restarts() != 0 {
				t.Errorf("%d sessions open, %d restarts", n, d.Restarts())
			}
			d.Close()
			if v := d.Violations(); len(v) != 1 || !strings.Contains(v[0], "out of order") {
				t.Errorf("violations: %q", v)
			}
			if _, ok := named(d, "Default Key"); !ok {
				t.Error("no Default Key")
			}
		})
	}
}
