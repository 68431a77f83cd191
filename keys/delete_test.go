package keys_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/meanwhile"
	"github.com/rekey-go/rekey/internal/proof"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/revocation"
)

// watched opens a session that dials by a moment.
func watched(t *testing.T, dev *simdevice.Device, m *meanwhile.Moment) *remoteui.Session {
	t.Helper()
	s, err := remoteui.Dial(t.Context(), remoteui.Config{
		URL: dev.URL(), DialContext: m.DialContext, Identity: remoteui.Identity{TrustOnFirstUse: true},
		Credentials: remoteui.Credentials{DepartmentID: "7654321", Password: remoteui.NewSecret("7654321")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.WithoutCancel(t.Context())) })
	return s
}

// papers are what a key's deletion takes, with its details as they are now.
func papers(t *testing.T, s *remoteui.Session, name string) (proof.Key, revocation.Receipt, proof.Unused) {
	t.Helper()
	d, err := keys.ReadDetails(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	var shown []proof.Shown
	for _, f := range d.Fields {
		shown = append(shown, proof.Shown{Label: f.Label, Value: f.Value})
	}
	key := proof.Key{Device: proof.DeviceOf(s.URL()), Name: name, Fingerprint: "of " + name}
	return key, proof.MintReceipt(key, "record", shown...), proof.MintUnused(key, time.Now())
}

// crowded is a device with a key to delete, and keys beside it that are nobody's
// to delete.
func crowded(seed uint64, confirm simdevice.ConfirmLayout) simdevice.Config {
	return simdevice.Config{
		Seed: seed, Language: "en", KeySlots: 12, Layout: simdevice.Layout{Confirm: confirm},
		Tolerate: []simdevice.Invariant{simdevice.InvariantProvedSuccessor, simdevice.InvariantOneSuccessor, simdevice.InvariantNoOpenSession},
		Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "AMS"}, {Name: "aaa"}, {Name: "mmm", Weak: true}, {Name: "nnn"}, {Name: "tls", Curve: "P256", Uses: []string{"TLS"}}, {Name: "zzz"},
		},
	}
}

func left(dev *simdevice.Device) []string {
	var names []string
	for _, k := range dev.Keys() {
		names = append(names, k.Name)
	}
	return names
}

// Somebody deletes another key, before each request of a deletion in turn. An
// innocent key goes only if that was the last moment before the request that
// deletes, which on a device whose requests go by position nobody can prevent,
// and never after a question that named it. Then it is the error, first of all.
func TestDeleteWhileTheListShifts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		confirm    simdevice.ConfirmLayout
		seed       uint64
		byPosition bool
	}{
		{simdevice.ConfirmPage, 1, true}, {simdevice.ConfirmDialogue, 2, true}, {simdevice.ConfirmPage, 3, false},
	} {
		t.Run(fmt.Sprintf("confirm %d, seed %d", c.confirm, c.seed), func(t *testing.T) {
			t.Parallel()
			lost := 0
			for k, acted := 0, true; acted; k += race.Step(5) {
				dev, other := open(t, crowded(c.seed, c.confirm))
				before := meanwhile.After(dev, k, func() {
					key, receipt, unused := papers(t, other, "aaa")
					if err := keys.Delete(t.Context(), other, key, receipt, unused); err != nil {
						t.Error(err)
					}
				})
				s := watched(t, dev, before)
				key, receipt, unused := papers(t, s, "mmm")
				before.Begin()
				how, err := keys.Remove(t.Context(), s, key, receipt, unused)
				acted = before.End()
				gone := func(name string) bool { return !slices.Contains(left(dev), name) }
				wrong, isLost := errors.AsType[*keys.LostKeysError](err)
				switch {
				case gone("nnn") || gone("zzz"):
					lost++
					if !isLost || !wrong.Still || !strings.HasPrefix(err.Error(), `key "aaa" (in no usage), key "nnn"`) {
						t.Errorf("after page %d: %q are left, and the error is %v", k, left(dev), err)
					}
				case err == nil && (!gone("mmm") || how.Named != (c.confirm == simdevice.ConfirmPage)):
					t.Errorf("after page %d: %+v, left %q", k, how, left(dev))
				case err != nil && !isLost:
					t.Errorf("after page %d: %v", k, err)
				}
			}
			if most := map[bool]int{true: 1}[c.byPosition]; lost > most {
				t.Errorf("an innocent key went at %d moments, want %d at the most", lost, most)
			}
		})
	}
}

// A key that was made anew under the name is another key, whatever the page
// shows of it.
func TestDeleteSameName(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		anew    simdevice.KeySpec
		numbers bool
	}{
		"thumbprint":            {simdevice.KeySpec{Name: "mmm"}, true},
		"no numbers":            {simdevice.KeySpec{Name: "mmm", Curve: "P256"}, false},
		"without a certificate": {simdevice.KeySpec{Name: "mmm", NoCertificate: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := crowded(7, simdevice.ConfirmDrawn)
			cfg.DetailsWithoutNumbers = !c.numbers
			_, s := open(t, cfg)
			key, receipt, unused := papers(t, s, "mmm")
			i := slices.IndexFunc(cfg.Keys, func(k simdevice.KeySpec) bool { return k.Name == "mmm" })
			cfg.Keys = slices.Clone(cfg.Keys)
			cfg.Keys[i] = c.anew
			dev, s := open(t, cfg)
			// The new device stands for the old one after somebody made the key anew.
			err := keys.Delete(t.Context(), s, key, receipt, unused)
			if other, ok := errors.AsType[*keys.OtherKeyError](err); !ok || other.Why == "" || !slices.Contains(left(dev), "mmm") || dev.StateChanges() != 0 {
				t.Errorf("%v; left %q", err, left(dev))
			}
		})
	}
}

// A document that stays may show its list from memory: that is no look at what there is,
// and a key is not deleted by its place there.
func TestDeleteFromAListOutOfMemory(t *testing.T) {
	t.Parallel()
	const shell = `<html lang="en"><head><title>Settings</title></head><body><a href="/out">Log Out</a> <a href="#/management">Device Management</a> <a href="#/keys">Key and Certificate List</a><main></main><script>
		let rows;
		const view = document.querySelector('main'), read = url => fetch(url).then(r => r.json());
		const draw = () => { view.innerHTML = '<table><tr><th>Key Name</th><th>Key Usage</th><th></th></tr>' + rows.map((n, i) =>
			'<tr><td><a href="#/key?' + i + '">' + n + '</a></td><td>-</td><td><button type="button" onclick="del(' + i + ')">Delete</button></td></tr>').join('') + '</table>' };
		const show = () => {
			if (location.hash === '#/keys') return rows ? draw() : read('/rows?Flag=Init_Data').then(got => { rows = got; draw() });
			if (location.hash.startsWith('#/key?')) return read('/key?Flag=Init_Data&No=' + location.hash.slice(6)).then(k => {
				view.innerHTML = '<dl><dt>Public Key</dt><dd>RSA 2048 bit</dd><dt>Subject</dt><dd>CN=' + k + '</dd></dl>' });
			view.textContent = location.hash;
		};
		const del = i => confirm('Delete the selected key?') && fetch('/delete', {method: 'POST', body: new URLSearchParams('Flag=Exec_Data&No=' + i)}).then(() => { rows = null; location.hash = '#/keys'; show() });
		window.addEventListener('hashchange', show);
		</script></body></html>`
	var mu sync.Mutex
	names, looks := []string{"Default Key", "aaa", "mmm", "nnn", "zzz"}, 0
	device := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		no, _ := strconv.Atoi(r.FormValue("No"))
		switch r.URL.Path {
		case "/settings":
			fmt.Fprint(w, shell)
		case "/rows":
			json.NewEncoder(w).Encode(names)
		case "/key":
			json.NewEncoder(w).Encode(names[no])
			if looks++; looks == 2 { // somebody else, while the key is looked at
				names = slices.Delete(names, 1, 2)
			}
		case "/delete":
			names = slices.Delete(names, no, no+1)
		default:
			fmt.Fprint(w, `<html lang="en"><head><title>Remote UI</title></head><body><a href="/out">Log Out</a> <a href="/settings">Settings/Registration</a>`)
		}
	}))
	t.Cleanup(device.Close)
	s, err := remoteui.Dial(t.Context(), remoteui.Config{URL: device.URL, Identity: remoteui.Identity{Pins: []remoteui.SPKIHash{remoteui.HashSPKI(device.Certificate())}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(t.Context()) })
	key, receipt, unused := papers(t, s, "mmm")
	err = keys.Delete(t.Context(), s, key, receipt, unused)
	mu.Lock()
	defer mu.Unlock()
	if want := []string{"Default Key", "nnn", "zzz"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("left are %q, want %q; %v", names, want, err)
	}
}
