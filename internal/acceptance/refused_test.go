package acceptance_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// A password that the device refused is sent once, whoever asks next: calls that
// only look, with a state directory and without, and by whatever name the device
// is called. Another password is sent, and once only, too.
func TestRefusedIsSentOnce(t *testing.T) {
	t.Parallel()
	calls := map[string]func(context.Context, rekey.Device, *rekey.Options) error{
		"assess": func(ctx context.Context, d rekey.Device, o *rekey.Options) error {
			_, err := rekey.Assess(ctx, d, o)
			return err
		},
		"survey": func(ctx context.Context, d rekey.Device, o *rekey.Options) error {
			_, err := rekey.Survey(ctx, d, o, nil)
			return err
		},
		"remediate": func(ctx context.Context, d rekey.Device, o *rekey.Options) error {
			_, err := rekey.Remediate(ctx, d, o)
			return err
		},
	}
	next := map[string]string{"assess": "survey", "survey": "remediate", "remediate": "assess"} // a slow hash each
	for first, call := range calls {
		for _, dir := range []string{"", t.TempDir()} {
			t.Run(first, func(t *testing.T) {
				t.Parallel()
				dev := refusing("wrong")
				var sent int64
				dev.Any = func(w http.ResponseWriter, r *http.Request) bool {
					if r.URL.Path == "/login" {
						sent++ // one request at a time
					}
					return false
				}
				dev.Start()
				defer dev.Close()
				here := must(url.Parse(dev.URL()))
				var dialer net.Dialer
				d := rekey.Device{URL: dev.URL(), DepartmentID: hostile.DepartmentID, TrustOnFirstUse: true, TLSPorts: []int{},
					DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
						return dialer.DialContext(ctx, network, here.Host)
					}}
				for _, password := range []string{hostile.Password, "another-one"} {
					d.Password = rekey.NewSecret(password)
					sent = 0
					if err := call(t.Context(), d, &rekey.Options{Dir: dir}); err == nil || sent != 1 {
						t.Fatalf("%d times sent, %v", sent, err)
					}
					for then, host := range map[string]string{first: here.Host, next[first]: "Printer.example:" + here.Port()} {
						d.URL = "https://" + host + "/"
						err := calls[then](t.Context(), d, &rekey.Options{Dir: dir})
						if e, ok := errors.AsType[*remoteui.LoginError](err); !ok || !e.Before || !strings.Contains(err.Error(), "refused-*") {
							t.Errorf("%s, then %s of %s: %v", first, then, host, err)
						}
					}
					if sent != 1 {
						t.Errorf("%s: sent %d times", first, sent)
					}
				}
				if dir == "" {
					return
				}
				files, err := filepath.Glob(filepath.Join(dir, "devices", "*", "refused-*"))
				if err != nil || len(files) != 2 {
					t.Fatalf("%q, %v", files, err)
				}
				for _, file := range files { // a person takes it back
					if err := os.Remove(file); err != nil {
						t.Fatal(err)
					}
				}
				if err := call(t.Context(), d, &rekey.Options{Dir: dir}); err == nil || sent != 2 {
					t.Errorf("sent %d times, %v", sent, err)
				}
			})
		}
	}
}

// A session that only looks makes no request that reads like an act, also where
// it is a link's: the place behind it is unknown, and the rest is assessed.
func TestAssessFollowsNoDeeds(t *testing.T) {
	t.Parallel()
	n := 0
	for _, tc := range []struct {
		name, page, body string
		known            func(*rekey.Assessment) bool // whether the place is
	}{
		{"TLS settings", "network", `<a href="@">TLS Settings</a>`, func(a *rekey.Assessment) bool { return a.TLS != nil || a.TLSProblem == "" }},
		{"details of a key", "keys", `<table><tr><th>Key Name</th><th>Key Usage</th></tr><tr><td><a href="@">EastWing</a></td><td>[TLS]</td></tr></table>`,
			func(a *rekey.Assessment) bool { return a.Keys[0].Details.Problem == "" }},
		{"802.1X", "network", `<a href="/p/tls">TLS Settings</a> <a href="@">IEEE 802.1X Settings</a>`, func(a *rekey.Assessment) bool { return a.Settings.Places[0].Need != usage.Unknown }},
	} {
		for how, link := range map[string]string{"link": "@", "script": "javascript:location.href='@'", "sends on": "/p/passing", "redirects": "/p/moved"} {
			n++
			deed := []string{"/p/do?Flag=Exec_Data&key=1", "/p/delete?key=1", "/cgi/keydel.cgi?action=delete", "/rps/restart.cgi", "/p/x?cmd=deleteKey"}[n%5]
			link = strings.ReplaceAll(link, "@", deed)
			t.Run(tc.name+" "+how, func(t *testing.T) {
				t.Parallel()
				dev := page(tc.page, hostile.Text(hostile.Frame(tc.page, strings.ReplaceAll(tc.body, "@", link))))
				dev.Model, dev.Version, dev.Keys = "iR-ADV C5560 III", "99.01", []string{"EastWing"}
				acted := ""
				dev.Any = func(w http.ResponseWriter, r *http.Request) bool {
					if r.URL.RequestURI() == deed {
						acted = deed
					}
					if r.URL.Path == "/p/moved" {
						http.Redirect(w, r, deed, http.StatusFound)
						return true
					}
					if r.URL.Path != "/p/passing" {
						return false
					}
					hostile.Text(hostile.Frame("passing", `<meta http-equiv="refresh" content="0;url=`+deed+`">`))(w, r)
					return true
				}
				dev.Start()
				defer dev.Close()
				a, err := rekey.Assess(bounded(t), rekey.Device{URL: dev.URL(), DepartmentID: hostile.DepartmentID, Password: rekey.NewSecret(hostile.Password), TrustOnFirstUse: true, TLSPorts: []int{}}, nil)
				if err != nil || acted != "" || len(a.Keys) == 0 || tc.known(a) {
					t.Errorf("acted by %q, %v; %+v", acted, err, a)
				}
			})
		}
	}
}
