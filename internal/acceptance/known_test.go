package acceptance_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/revocation"
)

// A certificate that the device does not give out is found among those its CA
// issued: what is weak is proved so, what is not stays, and the CA is asked with
// all it needs to know. // W-2 W-4 V-2
func TestKnownCertificates(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	ca := newListingCA(t, 0)
	bubble(t, func(t *testing.T) {
		cfg := simdevice.Config{Seed: 5, Keys: []simdevice.KeySpec{
			{Name: "Default Key"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}},
			{Name: "weak8021x", Weak: true, Uses: []string{"IEEE 802.1X"}, Issue: ca.sign},
			{Name: "strongSIP", Uses: []string{"SIP"}, Issue: ca.sign},
		}}
		dev, o := start(t, cfg), options(t)
		known, err := revocation.IndexKnown(t.Context(), func(context.Context) iter.Seq2[[]byte, error] {
			return func(yield func([]byte, error) bool) {
				for _, der := range append([][]byte{[]byte("no certificate"), stranger5(t), ca.cert.Raw}, ca.issued...) {
					if !yield(der, nil) {
						return
					}
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		asked := &revokingCA{t: t, dev: dev, answers: []error{nil}}
		o.KnownCertificates, o.Issuer, o.Revoker = known, ca.issuer, asked
		// It was recognised by its details page only: a person says that it is this machine's.
		o.ConfirmedCertificates = []string{fmt.Sprintf("%x", sha256.Sum256(ca.issued[0]))}
		r, err := rekey.Remediate(bounded(t), access(dev, cfg), o)
		if err != nil {
			t.Fatalf("%v\n%v", err, r)
		}
		row := func(u keys.Use) rekey.UsageReport {
			i := slices.IndexFunc(r.Usages, func(row rekey.UsageReport) bool { return row.Use == u })
			if i < 0 {
				t.Fatalf("no row of %s\n%v", u, r)
			}
			return r.Usages[i]
		}
		if u := row(keys.UseIEEE8021X); u.OldKey.Weak != keys.Proved || u.OldKey.SPKI == "" || !u.Verified {
			t.Errorf("802.1X: %+v", u)
		}
		if u := row(keys.UseSIP); u.OldKey.Weak != keys.NotFound || u.Affected {
			t.Errorf("SIP: %+v", u)
		}
		if len(asked.asked) != 1 {
			t.Fatalf("asked %d times\n%v", len(asked.asked), r)
		}
		e := asked.asked[0]
		if e.Certificate == nil || len(e.Certificate.Chain) != 1 || !slices.Equal(e.Certificate.DER, ca.issued[0]) || e.Source != revocation.SourceFile || asked.reasons[0] != revocation.KeyCompromise {
			t.Errorf("asked about %+v of %s, %v", e.Certificate, e.Source, asked.reasons)
		}
	})
}
