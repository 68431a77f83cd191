package browsertest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// peer makes the certificate of another machine.
func peer(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(noon.Unix() + int64(len(name)*1000) + int64(name[0])), Subject: pkix.Name{CommonName: name},
		NotBefore: noon, NotAfter: noon.AddDate(5, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// smime registers the certificate of another machine, and deletes one. // V-5, E-2
func (w *twins) smime(ctx context.Context) {
	list := []remoteui.Label{labels.Settings, labels.DeviceManagement, labels.SMIMECertificates}
	// read looks at every row, as one must who is to tell them apart.
	read := func(names ...string) {
		for _, name := range names {
			w.walk(list...)
			w.press([]string{name}, scope{})
		}
		w.walk(list...)
	}
	fresh := peer(w.t, "fresh.example")
	w.do("register S/MIME", func() error { return keys.RegisterSMIME(ctx, w.session, fresh.Raw, "fresh.cer") }, func() {
		read("other.example")
		w.click(labels.RegisterSMIME)
		path := filepath.Join(w.t.TempDir(), "fresh.cer")
		if err := os.WriteFile(path, fresh.Raw, 0o600); err != nil {
			w.t.Fatal(err)
		}
		w.tab.upload(path)
		w.click(labels.Register)
		read("other.example", "fresh.example")
	})
	other, err := x509.ParseCertificate(w.cfg.SMIMECertificates[0])
	if err != nil {
		w.t.Fatal(err)
	}
	w.do("delete S/MIME", func() error { return keys.DeleteSMIME(ctx, w.session, other) }, func() {
		read("other.example", "fresh.example")
		w.tab.selectRow("other.example")
		w.click(labels.Delete)
		read("fresh.example")
	})
}
