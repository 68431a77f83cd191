package keys_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/meanwhile"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
)

// Somebody deletes another machine's certificate, before each request of a
// deletion in turn. As with keys, an innocent one goes only in the last moment
// before the request, which names a row by its place; then it is the error. // V-5
func TestDeleteSMIMEWhileTheListShifts(t *testing.T) {
	t.Parallel()
	machines := map[string]*x509.Certificate{}
	var list [][]byte
	for i, name := range []string{"aaa.example", "mmm.example", "nnn.example"} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(1000 + i)), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		if machines[name], err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		list = append(list, der)
	}
	lost := 0
	for k, acted := 0, true; acted; k += race.Step(5) {
		dev, other := open(t, simdevice.Config{Language: "en", SMIMECertificates: slices.Clone(list), Keys: []simdevice.KeySpec{{Name: "Default Key"}, {Name: "tls", Curve: "P256", Uses: []string{"TLS"}}}, Tolerate: []simdevice.Invariant{simdevice.InvariantNoOpenSession}})
		before := meanwhile.After(dev, k, func() {
			if err := keys.DeleteSMIME(t.Context(), other, machines["aaa.example"]); err != nil {
				t.Error(err)
			}
		})
		s := watched(t, dev, before)
		before.Begin()
		err := keys.DeleteSMIME(t.Context(), s, machines["mmm.example"])
		acted = before.End()
		left, readErr := keys.ReadSMIMECertificates(t.Context(), other)
		if readErr != nil {
			t.Fatal(readErr)
		}
		gone := func(name string) bool { _, there := keys.FindSMIME(left, machines[name]); return !there }
		wrong, isLost := errors.AsType[*keys.LostCertificatesError](err)
		switch {
		case gone("nnn.example"):
			lost++
			if !isLost || !wrong.Still || !strings.Contains(err.Error(), "nnn.example") {
				t.Errorf("after page %d: an innocent certificate is gone, and the error is %v", k, err)
			}
		case err == nil && !gone("mmm.example"):
			t.Errorf("after page %d: no error, and the certificate is there", k)
		case err != nil && gone("mmm.example") && !isLost:
			t.Errorf("after page %d: %v", k, err)
		}
	}
	if lost > 1 {
		t.Errorf("an innocent certificate went at %d moments, want one at the most", lost)
	}
}
