package remoteui_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
)

// menus is a device with an area of two menus, one of them of two items. A page that comes not
// by way of the menu may be another one.
type menus struct {
	strict bool // it shows the menu of another area in place of a page asked for out of order

	mu    sync.Mutex
	asked []string
	front string
}

func (m *menus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := r.URL.Path
	m.asked = append(m.asked, at)
	if m.strict && at == "/sip" && m.front != "/network" {
		at = "/"
	}
	m.front = at
	links := map[string]string{
		"/":           `<a href="/settings">Settings/Registration</a>`,
		"/settings":   `<a href="/network">Network</a><a href="/management">Device Management</a>`,
		"/management": `<a href="/keys">Key and Certificate Settings</a>`,
		"/keys":       `<a href="/">Settings/Registration</a> this is <input type="button" value="OK" onclick="go('/x')">`,
		"/network":    `<a href="/tls">TLS Settings</a><a href="/sip">SIP Settings</a><a href="/network?Flag=Exec_Data">Bluetooth Settings</a>`,
		"/tls":        `<a href="/">Settings/Registration</a> this is TLS`,
		"/sip":        `<a href="/">Settings/Registration</a> this is <input type="button" value="OK" onclick="go('/x')">`,
	}
	fmt.Fprintf(w, `<title>Remote UI: %s</title>%s`, at, links[at])
}

func (m *menus) take() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer func() { m.asked = nil }()
	return m.asked
}

// From one page of a menu to the next one does not go by the menu, if what the item
// asks for was seen; but where another page comes in its place, one does.
func TestForesee(t *testing.T) {
	t.Parallel()
	network := []remoteui.Label{remoteui.Settings, remoteui.Network}
	tls, sip := append(network[:2:2], remoteui.TLSSettings), append(network[:2:2], remoteui.SIPSettings)
	keys := []remoteui.Label{remoteui.Settings, remoteui.DeviceManagement, remoteui.KeyList}
	for _, tc := range []struct {
		name    string
		foresee bool
		strict  bool
		want    []string
	}{
		{"seen", true, false, []string{"/tls", "/sip", "/management", "/keys"}},
		{"not seen", false, false, []string{"/tls", "/network", "/sip", "/settings", "/management", "/keys"}},
		{"out of order", true, true, []string{"/tls", "/sip", "/", "/settings", "/network", "/sip", "/settings", "/management", "/keys"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dev := &menus{strict: tc.strict}
			s, err := remoteui.Dial(t.Context(), remoteui.Config{
				URL: "https://192.0.2.7:443/", Identity: remoteui.Identity{TrustOnFirstUse: true}, DialContext: inMemory(t, dev), Language: "en", ReadOnly: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(t.Context())
			if tc.foresee {
				s.Foresee(tls, sip, keys, append(network[:2:2], remoteui.BluetoothSettings), append(network[:2:2], remoteui.AMSSettings))
			}
			menu, err := s.Walk(t.Context(), network...)
			if err != nil {
				t.Fatal(err)
			}
			if dev.take(); s.Here(network...) != menu || s.Here(tls...) != nil {
				t.Error("the menu is not in front")
			}
			read := func(ctx context.Context, way []remoteui.Label, shows remoteui.Label) {
				err := s.Retry(ctx, func() error {
					p, err := s.Walk(ctx, way...)
					if err == nil && shows != "" {
						err = p.Await(ctx, shows)
					}
					return err
				})
				if err != nil || s.Here(way...) == nil {
					t.Errorf("%v: %v", way, err)
				}
			}
			read(t.Context(), tls, "")
			read(t.Context(), sip, remoteui.OK)
			read(t.Context(), keys, remoteui.OK)
			if got := dev.take(); !slices.Equal(got, tc.want) {
				t.Errorf("asked for %q, want %q", got, tc.want)
			}
			if s.Here(network...) != nil {
				t.Error("the menu is still in front")
			}
		})
	}
}
