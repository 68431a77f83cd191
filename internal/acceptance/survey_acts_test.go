package acceptance_test

import (
	"cmp"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/usage/survey"
)

// A survey says what a run would press, and where it would stop, and presses
// nothing.
func TestSurveyLooksAhead(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	keys := []simdevice.KeySpec{{Name: "Default Key"}, {Name: "Device Signature Key"}, {Name: "tls", Uses: []string{"TLS"}}, {Name: "old"}, {Name: "waits", NoCertificate: true}}
	for name, c := range map[string]struct {
		labels map[string]string
		stops  string // the act that cannot be carried out
		why    string
	}{
		"understood": {nil, "", ""},
		"renamed":    {map[string]string{"Send Request": "Launch"}, "SCEP request", "Launch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dev := simulated(t, simdevice.Config{Seed: 3, Language: "en", Keys: keys, Labels: c.labels, SCEPURL: "http://127.0.0.1:1/scep"})
			r, err := rekey.Survey(t.Context(), surveyed(t, dev), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{
				"generating a key", "generating a key for a CSR", "deleting a key", "registering a certificate", "renewing the device signature",
				"registering an S/MIME certificate", "binding a key to tls", "binding a key to ieee8021x", "binding a key to sip", "SCEP request",
			} {
				i := slices.IndexFunc(r.Acts, func(a survey.Act) bool { return a.Name == name })
				if i < 0 {
					t.Errorf("%s is not looked at", name)
					continue
				}
				a := r.Acts[i]
				last := ""
				if len(a.Steps) > 0 {
					last = a.Steps[len(a.Steps)-1]
				}
				switch {
				case name == c.stops:
					if a.Ready || !strings.Contains(a.Stop, c.why) {
						t.Errorf("%+v", a)
					}
				case !a.Ready && !strings.Contains(a.Stop, "may change the device"), a.Ready && !strings.HasPrefix(last, "ready to press ["):
					t.Errorf("%+v", a)
				}
			}
			if n := dev.StateChanges(); n != 0 || !strings.Contains(r.String(), "ready to press [") {
				t.Errorf("%d changes\n%s", n, r)
			}
		})
	}
}

// Where every row has a link in the column of certificates, the one that takes a
// certificate is found, whichever row it is; and where a label reads otherwise,
// what stands in its place is told, and not what is known.
func TestSurveyTriesEveryRow(t *testing.T) {
	t.Parallel()
	html := func(title, body string) string {
		return `<html lang="en"><head><title>` + title + `</title></head><body><a href="/set">Settings/Registration</a>` + body + `</body></html>`
	}
	pages := map[string]string{
		"/":    html("Portal", `<a href="/st">Status Monitor/Cancel</a>`),
		"/set": html("Settings", `<a href="/dm">Device Management</a>`),
		"/dm":  html("Device Management", `<a href="/keys">Key and Certificate Settings</a>`),
		"/keys": html("Key and Certificate Settings", `<table><tr><th>Key Name</th><th>Key Usage</th><th>Certificate</th></tr>
			<tr><td><a href="/d?n=1">tls</a></td><td>TLS</td><td><a href="/c">(i)</a></td></tr><tr><td><a href="/d?n=2">old</a></td><td></td><td></td></tr>
			<tr><td><a href="/d?n=3">waits</a></td><td></td><td><a href="/reg">(!)</a></td></tr></table><a href="/gen">Brew a Key</a><a href="/x">Delete</a>`),
		"/c":   html("Certificate Details", `<p>CN=x</p>`),
		"/reg": html("Register Certificate", `<form method="post" enctype="multipart/form-data" action="/up"><input type="file" name="f"><input type="submit" value="Register"></form>`),
	}
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		io.WriteString(w, cmp.Or(pages[r.URL.Path], html("Other", "")))
	}))
	defer srv.Close()
	r, err := rekey.Survey(t.Context(), rekey.Device{URL: srv.URL, TrustOnFirstUse: true}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := surveyPage(t, r, "register-certificate"); p.State != "read" || p.Labels[0].State != remoteui.Found {
		t.Errorf("%+v", p)
	}
	for _, l := range surveyPage(t, r, "key-list").Labels {
		if l.Label == labels.GenerateKey && (l.State != remoteui.Missing || !slices.Contains(l.Closest, "Brew a Key") || slices.Contains(l.Closest, "Delete")) {
			t.Errorf("%+v", l)
		}
	}
	if i := slices.IndexFunc(r.Acts, func(a survey.Act) bool { return a.Name == "registering a certificate" }); i < 0 || !r.Acts[i].Ready {
		t.Errorf("%+v", r.Acts)
	}
}
