package browsertest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"flag"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/scep"
	"github.com/rekey-go/rekey/usage"
)

var (
	seeds = flag.Uint64("seeds", 1, "seeds of simulated devices per family, language and login, with -all")
	every = flag.Bool("all", false, "TestProcedures: every family with every login in every language, not a sample")
)

// TestProcedures does the procedures on simulated devices twice, once by the
// library and once by a person in Chromium, who finds everything by its text.
func TestProcedures(t *testing.T) {
	t.Run("devices", func(t *testing.T) {
		for _, cfg := range devices() {
			t.Run(fmt.Sprintf("%s/%s/%s/seed=%d", cfg.Family, cfg.Language, cfg.Login, cfg.Seed), func(t *testing.T) {
				t.Parallel()
				procedures(t, cfg)
			})
		}
	})
	t.Logf("%d requests of Chromium compared", requests.Load())
}

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func procedures(t *testing.T, cfg simdevice.Config) {
	cfg.ID, cfg.Password = "7654321", "secret+1"
	cfg.Keys = []simdevice.KeySpec{
		{Name: "Default Key"}, {Name: "AMS"}, {Name: "Device Signature Key"},
		{Name: "old", Weak: true, Uses: []string{"TLS", "IEEE 802.1X", "IPSec"}},
		{Name: "oldsip", Weak: true, Uses: []string{"SIP"}}, {Name: "spare", CommonName: "printer.example"}, {Name: "sparesip", CommonName: "printer.example"},
	}
	cfg.KeySlots, cfg.CSRShownAgain = 16, cfg.Seed%2 == 0
	cfg.Now = func() time.Time { return noon }
	cfg.SMIMECertificates = [][]byte{peer(t, "other.example").Raw}
	w := newTwins(t, cfg)
	ctx := t.Context()
	w.login(ctx)
	s := w.session

	w.do("version", func() error { _, err := s.Walk(ctx, labels.StatusMonitor, labels.DeviceInformation); return err },
		func() { w.walk(labels.StatusMonitor, labels.DeviceInformation) })
	w.do("key list", func() error { _, err := keys.ReadList(ctx, s); return err }, w.keyList)
	w.do("all details", func() error { _, _, err := keys.ReadAllDetails(ctx, s); return err }, func() {
		w.keyList()
		for _, k := range w.theirs.Keys() { // and back by the link at the page's top
			w.press([]string{k.Name}, scope{})
			w.click(labels.KeyList)
		}
	})
	w.do("details", func() error { _, err := keys.ReadDetails(ctx, s, "old"); return err }, func() {
		w.keyList()
		w.press([]string{"old"}, scope{})
	})
	w.do("verify", func() error { _, err := keys.VerifyCertificate(ctx, s, "spare"); return err }, func() {
		w.keyList()
		w.press([]string{"spare"}, scope{})
		w.click(labels.VerifyCertificate)
	})
	spec := keys.Spec{
		Name: "rktls1", Hash: "SHA256", Algorithm: keys.Algorithm{RSABits: 2048}, NotBefore: noon, NotAfter: noon.AddDate(5, 0, 0),
		Country: "JP", State: "Tokyo", City: "Ota-ku", Organization: "Example & Sons", OrganizationalUnit: "R+D", CommonName: "printer.example",
	}
	generate := func(spec keys.Spec) {
		w.do("generate "+spec.Algorithm.String(), func() error {
			_, err := keys.Generate(ctx, s, spec, keys.Wait{Interval: 50 * time.Millisecond})
			return err
		}, func() {
			w.keyList()
			w.click(labels.GenerateKey)
			w.click(labels.NetworkCommunication)
			w.fill(spec, true)
			w.click(labels.OK)
			w.await([]string{spec.Name}) // in the list that the wait leads to
			w.keyList()
		})
	}
	generate(spec)
	ecdsa := spec
	ecdsa.Name, ecdsa.Algorithm = "rkec1", keys.Algorithm{Curve: "P256"}
	generate(ecdsa)
	w.do("TLS", func() error { _, err := usage.BindTLS(ctx, s, "rktls1"); return err }, func() {
		offers := func() {
			w.walk(labels.Settings, labels.Network, labels.TLSSettings)
			if !w.can(labels.KeyAndCertificate) {
				w.edit()
			}
			w.click(labels.KeyAndCertificate)
		}
		offers()
		w.inRow("rktls1", labels.Use)
		if w.has(labels.OK) && !w.has(labels.KeyAndCertificate) && !w.has(labels.Use) {
			w.click(labels.OK)
		}
		offers() // once more: the choice went by the place in that list
	})
	w.bindings(ctx)
	w.settings(ctx)
	w.request(ctx)
	w.enrolment(ctx)
	w.signature(ctx)
	w.smime(ctx)
	w.restart(ctx)
	w.do("delete", func() error { return w.deleteKey(ctx, "old") }, func() {
		w.keyList()
		w.tab.selectRow("old")
		w.click(labels.Delete)
		if w.has(labels.OK) && !w.has(labels.Delete) {
			w.click(labels.OK)
		}
	})
	w.do(logOut, func() error { return w.session.Close(ctx) }, func() {
		if !w.can(labels.LogOut) {
			w.walk()
		}
		w.click(labels.LogOut)
	})
	if a, b := w.ours.Settings(), w.theirs.Settings(); a != b {
		t.Errorf("the settings differ at the end:\nby Chromium %+v\nby remoteui %+v", b, a)
	}
}

// bindings chooses keys for IEEE 802.1X, an IPSec policy, and SIP.
func (w *twins) bindings(ctx context.Context) {
	bind := func(use keys.Use, policy, key string, title remoteui.Label, path ...remoteui.Label) {
		w.do(string(use), func() error {
			_, err := usage.Bind(ctx, w.session, usage.Place{Use: use, Policy: policy}, key)
			return err
		}, func() {
			open := func() {
				w.walk(path...)
				if policy != "" {
					w.press([]string{policy}, scope{})
					if !w.can(labels.IKESettings) {
						w.edit()
					}
					w.click(labels.IKESettings)
				}
				if !w.can(labels.KeyAndCertificate) {
					w.edit()
				}
			}
			open()
			w.click(labels.KeyAndCertificate)
			w.inRow(key, labels.Use)
			if !w.has(labels.OK) {
				w.click(title) // the list once more: the form is behind it
			}
			w.click(labels.OK)
			if w.has(labels.OK) && !w.has(labels.KeyAndCertificate) {
				w.click(labels.OK)
			}
			open()
		})
	}
	bind(keys.UseIEEE8021X, "", "rktls1", labels.IEEE8021XSettings, labels.Settings, labels.Network, labels.IEEE8021XSettings)
	bind(keys.UseIPSec, "Policy1", "rktls1", labels.IKESettings, labels.Settings, labels.Network, labels.IPSecPolicies)
	bind(keys.UseSIP, "", "sparesip", labels.SIPSettings, labels.Settings, labels.Network, labels.SIPSettings)
}

// settings reads pages that only matter for what is on, and switches the timer
// of SCEP and back, and writes its communication settings.
func (w *twins) settings(ctx context.Context) {
	s := w.session
	for i, path := range [][]remoteui.Label{
		{labels.Settings, labels.Send, labels.SMIMESettings}, {labels.Settings, labels.Network, labels.BluetoothSettings},
		{labels.Settings, labels.LicenseOther, labels.AMSSettings}, {labels.Settings, labels.DeviceManagement, labels.SMIMECertificates},
		{labels.StatusMonitor, labels.ReceiveJobs}, {labels.StatusMonitor, labels.FaxMemory},
	} {
		if !w.takes(i) {
			continue
		}
		w.do(fmt.Sprint(path), func() error { _, err := s.Walk(ctx, path...); return err }, func() { w.walk(path...) })
	}
	timer := func() {
		w.walk(labels.Settings, labels.DeviceManagement, labels.SCEPSettings, labels.AutoRequestSettings)
	}
	for _, on := range []bool{true, false} {
		w.do(fmt.Sprint("SCEP timer ", on), func() error { return scep.SetTimer(ctx, s, on) }, func() {
			timer()
			w.edit()
			w.tab.check(w.texts(labels.AutoRequestTimer), scope{}, on)
			w.update()
		})
	}
	want := scep.DeviceSettings{ServerURL: "http://ca.example/scep?a=1&b=~", Port: "8080", Timeout: "45"}
	w.do("SCEP server", func() error { return scep.SetServer(ctx, s, want) }, func() { w.setServer(want) })
}

// edit goes on from a page that only shows the settings.
func (w *twins) edit() {
	w.t.Helper()
	if w.can(labels.Edit) {
		w.click(labels.Edit)
	}
}

func (w *twins) update() {
	w.t.Helper()
	if w.has(labels.Update) {
		w.click(labels.Update)
		return
	}
	w.click(labels.OK)
}

// request makes a key with a request for a certificate, and registers the
// certificate. Twins make equal keys.
func (w *twins) request(ctx context.Context) {
	spec := keys.Spec{
		Name: "rkcsr1", Hash: "SHA256", Algorithm: keys.Algorithm{RSABits: 2048},
		Country: "TW", State: "T", City: "C", Organization: "O", OrganizationalUnit: "U", CommonName: "printer.example",
	}
	var csr *x509.CertificateRequest
	w.do("CSR", func() (err error) {
		csr, err = keys.GenerateCSR(ctx, w.session, spec, keys.Wait{Interval: 50 * time.Millisecond})
		return err
	}, func() {
		w.keyList()
		w.click(labels.GenerateKey)
		w.click(labels.CSR)
		w.fill(spec, false)
		w.click(labels.OK)
		w.awaitButton(labels.SaveFile)
		if w.saved() { // a request that can be read off the page is not downloaded
			w.save(labels.SaveFile)
		}
		w.keyList()
	})
	if w.cfg.CSRShownAgain {
		w.do("CSR again", func() error { _, err := keys.ReadCSR(ctx, w.session, spec.Name); return err }, func() {
			w.keyList()
			w.pressAt(w.tab.find("icon", spec.Name, w.texts(labels.CertificateColumn)))
			w.press(showCSR, scope{})
			if w.saved() {
				w.save(labels.SaveFile)
			}
		})
	}
	cert := issue(w.t, csr)
	w.do("register", func() error { _, err := keys.RegisterCertificate(ctx, w.session, spec.Name, cert); return err }, func() {
		w.keyList()
		w.press([]string{spec.Name}, scope{})
		w.keyList()
		w.pressAt(w.tab.find("icon", spec.Name, w.texts(labels.CertificateColumn)))
		if n, err := ask[int](w.tab, "files"); err != nil || n == 0 {
			w.click(labels.RegisterCertificate)
		}
		path := filepath.Join(w.t.TempDir(), spec.Name+".cer")
		if err := os.WriteFile(path, cert.Raw, 0o600); err != nil {
			w.t.Fatal(err)
		}
		w.tab.upload(path)
		w.click(labels.Register)
		w.keyList()
		w.press([]string{spec.Name}, scope{})
	})
}

// showCSR is how a key's page offers its request, in all languages: the library
// goes by the letters CSR.
var showCSR = []string{"顯示憑證簽署請求(CSR)", "Display Certificate Signing Request (CSR)", "証明書署名要求(CSR)の表示"}

// saved reports whether the library has downloaded a request that Chromium has
// not yet.
func (w *twins) saved() bool {
	count := func(d *simdevice.Device) (n int) {
		for _, e := range d.Log() {
			if e.Page == simdevice.PageCSRFile {
				n++
			}
		}
		return n
	}
	return count(w.ours) > count(w.theirs)
}

// issue makes a certificate for a request.
func issue(t *testing.T, csr *x509.CertificateRequest) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, IsCA: true, BasicConstraintsValid: true}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: csr.Subject, NotBefore: noon, NotAfter: noon.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, csr.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// signature exports the certificate of the device signature, and renews it.
func (w *twins) signature(ctx context.Context) {
	export := func() {
		w.walk(labels.Settings, labels.DeviceManagement, labels.ExportSignature)
		w.save(labels.StartExporting)
	}
	w.do("export", func() error { _, err := keys.ExportSignature(ctx, w.session); return err }, export)
	w.do("renew", func() error {
		_, err := keys.RenewSignature(ctx, w.session, keys.Wait{Interval: 50 * time.Millisecond})
		return err
	}, func() {
		export()
		w.walk(labels.Settings, labels.DeviceManagement, labels.KeyList, labels.GenerateKey, labels.DeviceSignature)
		w.click(labels.GenerateUpdate)
		for _, l := range []remoteui.Label{labels.OK, labels.Yes} {
			if w.has(l) && !w.has(labels.GenerateUpdate) {
				w.click(l)
				break
			}
		}
		export()
	})
}

func (w *twins) deleteKey(ctx context.Context, name string) error {
	list, err := w.session.Walk(ctx, labels.Settings, labels.DeviceManagement, labels.KeyList)
	if err != nil {
		return err
	}
	table, err := list.Table(ctx, labels.KeyName)
	if err != nil {
		return err
	}
	row, err := table.Find(labels.KeyName, name)
	if err != nil {
		return err
	}
	c, err := row.Selector()
	if err == nil {
		err = c.Check(ctx, true)
	}
	if err != nil {
		return err
	}
	answer, err := list.Press(ctx, labels.Delete, remoteui.Where{Confirm: true})
	if err == nil && answer.Has(labels.OK) && !answer.Has(labels.Delete) {
		_, err = answer.Press(ctx, labels.OK, remoteui.Where{Confirm: true})
	}
	return err
}

func (w *twins) keyList() {
	w.t.Helper()
	w.walk(labels.Settings, labels.DeviceManagement, labels.KeyList)
}
