package keys_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

// Somebody deletes another machine's certificate, before each request of a
// deletion in turn. As with keys, an innocent one goes only in the last moment
// before the request, which names a row by its place; then it is the error. // V-5
func TestDeleteSMIMEWhileTheListShifts(t *testing.T) {
	t.Parallel()
	machines := map[string]*x509.Certificate{}
	var list [][]byte
	for i, name := range []string{"aaa.example", "mmm.example", "nnn.example", "zzz.example"} {
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
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			lost := 0
			for k, acted := int64(1), true; acted; k++ {
				acted = false
				dev, other := open(t, remoteuitest.Config{Seed: seed, Language: "en", SMIMECertificates: slices.Clone(list), Keys: []remoteuitest.KeySpec{{Name: "Default Key"}, {Name: "tls", Uses: []string{"TLS"}}}, Tolerate: []remoteuitest.Invariant{remoteuitest.InvariantNoOpenSession}})
				var asked atomic.Int64
				asked.Store(1000) // nothing of the deletion yet
				s := watched(t, dev, func() {
					if asked.Add(1) != k {
						return
					}
					acted = true
					if err := keys.DeleteSMIME(t.Context(), other, machines["aaa.example"]); err != nil {
						t.Error(err)
					}
				})
				asked.Store(0)
				err := keys.DeleteSMIME(t.Context(), s, machines["mmm.example"])
				asked.Store(1000)
				gone := func(name string) bool { return !registered(t, other, machines[name]) }
				wrong, isLost := errors.AsType[*keys.LostCertificatesError](err)
				switch {
				case gone("nnn.example") || gone("zzz.example"):
					lost++
					if !isLost || !wrong.Still || !strings.Contains(err.Error(), "nnn.example") {
						t.Errorf("before request %d: an innocent certificate is gone, and the error is %v", k, err)
					}
				case err == nil && !gone("mmm.example"):
					t.Errorf("before request %d: no error, and the certificate is there", k)
				case err != nil && gone("mmm.example") && !isLost:
					t.Errorf("before request %d: %v", k, err)
				}
			}
			if lost > 1 {
				t.Errorf("an innocent certificate went at %d moments, want one at the most", lost)
			}
		})
	}
}

// registered reports whether the list has a certificate.
func registered(t *testing.T, s *remoteui.Session, cert *x509.Certificate) bool {
	t.Helper()
	list, err := keys.ReadSMIMECertificates(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	_, there := keys.FindSMIME(list, cert)
	return there
}
