package browsertest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
	"github.com/rekey-go/rekey/usage"
)

// TestProcedures does the procedures on simulated devices twice, once by the
// library and once by a person in Chromium, who finds everything by its text.
func TestProcedures(t *testing.T) {
	logins := []remoteuitest.LoginKind{remoteuitest.LoginDepartmentID, remoteuitest.LoginUserName, remoteuitest.LoginRSAChallenge}
	t.Run("devices", func(t *testing.T) {
		for i, lang := range []string{"zh-TW", "en", "ja"} {
			for seed := range uint64(2) {
				seed := 3*seed + uint64(i) + 1
				t.Run(fmt.Sprintf("%s/seed=%d", lang, seed), func(t *testing.T) {
					t.Parallel()
					procedures(t, remoteuitest.Config{Seed: seed, Language: lang, Login: logins[seed%3]})
				})
			}
		}
	})
	t.Logf("%d requests of Chromium compared", acts.Load())
}

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func procedures(t *testing.T, cfg remoteuitest.Config) {
	cfg.ID, cfg.Password = "7654321", "secret+1"
	cfg.Keys = []remoteuitest.KeySpec{
		{Name: "Default Key"}, {Name: "AMS"}, {Name: "Device Signature Key"},
		{Name: "old", Weak: true, Uses: []string{"TLS", "IEEE 802.1X", "IPSec"}},
		{Name: "oldsip", Weak: true, Uses: []string{"SIP"}}, {Name: "spare", CommonName: "printer.example"}, {Name: "sparesip", CommonName: "printer.example"},
	}
	cfg.KeySlots = 12
	cfg.Now = func() time.Time { return noon }
	w := newTwins(t, cfg)
	ctx := t.Context()
	w.login(ctx)
	s := w.session

	w.do("version", func() error { _, err := s.Walk(ctx, remoteui.StatusMonitor, remoteui.DeviceInformation); return err },
		func() { w.walk(remoteui.StatusMonitor, remoteui.DeviceInformation) })
	w.do("key list", func() error { _, err := keys.ReadList(ctx, s); return err }, w.keyList)
	w.do("details", func() error { _, err := keys.ReadDetails(ctx, s, "old"); return err }, func() {
		w.keyList()
		w.press([]string{"old"}, scope{})
	})
	spec := keys.Spec{
		Name: "rktls1", Hash: "SHA256", Algorithm: keys.Algorithm{RSABits: 2048}, NotBefore: noon, NotAfter: noon.AddDate(5, 0, 0),
		Country: "JP", State: "Tokyo", City: "Ota-ku", Organization: "Example & Sons", OrganizationalUnit: "R+D", CommonName: "printer.example",
	}
	w.do("generate", func() error {
		_, err := keys.Generate(ctx, s, spec, keys.Wait{Interval: 50 * time.Millisecond})
		return err
	}, func() {
		w.keyList()
		w.click(remoteui.GenerateKey)
		w.click(remoteui.NetworkCommunication)
		w.fill(spec, true)
		w.click(remoteui.OK)
		w.keyList()
	})
	w.do("TLS", func() error { _, err := usage.BindTLS(ctx, s, "rktls1"); return err }, func() {
		w.walk(remoteui.Settings, remoteui.Network, remoteui.TLSSettings, remoteui.KeyAndCertificate)
		w.inRow("rktls1", remoteui.Use)
		if w.has(remoteui.OK) && !w.has(remoteui.KeyAndCertificate) && !w.has(remoteui.Use) {
			w.click(remoteui.OK)
		}
	})
}

// login logs in by the form that the device shows.
func (w *twins) login(ctx context.Context) {
	w.t.Helper()
	w.do("login", func() error {
		c := remoteui.Credentials{DepartmentID: w.cfg.ID, Password: remoteui.NewSecret(w.cfg.Password)}
		if w.cfg.Login != remoteuitest.LoginDepartmentID {
			c.DepartmentID, c.UserName = "", w.cfg.ID
		}
		s, err := remoteui.Dial(ctx, remoteui.Config{URL: w.ours.URL(), Identity: remoteui.Identity{TrustOnFirstUse: true}, Credentials: c, Now: w.cfg.Now})
		if err != nil {
			return err
		}
		w.session = s
		w.t.Cleanup(func() { s.Close(context.WithoutCancel(ctx)) })
		return nil
	}, func() {
		w.tab.open(w.theirs.URL())
		w.arrive()
		w.enter()
	})
}

// enter fills the login form: the box of the password, the one before it, and
// the one button.
func (w *twins) enter() {
	w.t.Helper()
	w.tab.typeInto(w.tab.find("loginBox", "text"), w.cfg.ID)
	w.tab.typeInto(w.tab.find("loginBox", "password"), w.cfg.Password)
	w.pressAt(w.tab.find("loginBox", "button"))
}

func (w *twins) keyList() {
	w.t.Helper()
	w.walk(remoteui.Settings, remoteui.DeviceManagement, remoteui.KeyList)
}

// fill types a spec into the form for a key.
func (w *twins) fill(s keys.Spec, dates bool) {
	w.t.Helper()
	w.set(remoteui.KeyName, 0, s.Name)
	w.tab.choose(w.texts(remoteui.KeyAlgorithm), scope{}, 0, w.texts(remoteui.RSA))
	w.tab.beside(w.texts(remoteui.RSA), []string{fmt.Sprint(s.Algorithm.RSABits), fmt.Sprintf("%d bit", s.Algorithm.RSABits)})
	w.tab.choose(w.texts(remoteui.SignatureAlgorithm), scope{}, 0, []string{s.Hash, "SHA-256"})
	if dates {
		w.date(remoteui.ValidityStart, s.NotBefore)
		w.date(remoteui.ValidityEnd, s.NotAfter)
	}
	w.tab.choose(w.texts(remoteui.Country), scope{}, 0, w.texts(remoteui.CountryCode))
	w.tab.besideSet(w.texts(remoteui.CountryCode), s.Country)
	for _, f := range []struct {
		label remoteui.Label
		value string
	}{
		{remoteui.State, s.State}, {remoteui.City, s.City}, {remoteui.Organization, s.Organization},
		{remoteui.OrganizationalUnit, s.OrganizationalUnit}, {remoteui.CommonName, s.CommonName},
	} {
		w.set(f.label, 0, f.value)
	}
}

// date types a day into one box or three.
func (w *twins) date(l remoteui.Label, day time.Time) {
	w.t.Helper()
	if n, err := ask[int](w.tab, "boxes", w.texts(l)); err != nil {
		w.t.Fatal("Chromium: ", err)
	} else if n == 1 {
		w.set(l, 0, day.Format("2006/01/02"))
		return
	}
	for i, part := range []string{"2006", "01", "02"} {
		w.set(l, i, day.Format(part))
	}
}
