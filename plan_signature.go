package rekey

import (
	"crypto/x509"

	"github.com/rekey-go/rekey/internal/oddcert"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// planSignature plans for the device signature key, which is renewed in place.
// // C-5, S-1
func (pl *planner) planSignature() {
	k := pl.a.key(keys.DeviceSignatureKey)
	if k == nil {
		return
	}
	c := Change{
		Place: signaturePlace, OldKey: k.ref(), OldCertificate: k.Certificate, OldSource: k.Source, Reason: k.Finding.String(), From: FromGenerate,
		New: keys.Spec{Name: k.Name}, Keep: "it is renewed in place",
	}
	u, begun := pl.a.unfinishedFrom(c.Place, k.Name)
	switch {
	case k.Finding.State == keys.Proved:
		pl.p.Changes = append(pl.p.Changes, c)
	case begun && len(k.Certificate) > 0 && u.OldSPKI != k.SPKI:
		c.From, c.OldKey.SPKI, c.OldCertificate = FromDelete, u.OldSPKI, nil
		c.OldKey.Weak = keys.Proved
		c.Reason = "an earlier run renewed it and was interrupted before everybody had the new certificate"
		pl.p.Changes = append(pl.p.Changes, c)
	case pl.a.SignatureProblem != "":
		pl.keep(c.Place, k, "its certificate could not be exported, so it is not known whether it is weak: "+pl.a.SignatureProblem, pl.a.SignatureUnread)
	default:
		d, err := pl.a.decide(k, pl.o)
		if err != nil {
			d.reason = err.Error()
		}
		pl.keep(c.Place, k, d.reason, false)
	}
}

// parsed is a certificate in DER, or nil.
func parsed(der []byte) *x509.Certificate {
	c, err := oddcert.Parse(der)
	if err != nil {
		return nil
	}
	return c
}

// planPeople says which functions renewed their keys by themselves and leave
// something to people. // C-6, C-7, B-1, A-1
func (pl *planner) planPeople() {
	if pl.a.Settings == nil {
		return
	}
	for _, f := range usage.Functions() {
		setting, switched := pl.a.Settings.Switch(f.Use)
		switch {
		case !switched:
		case setting.Need == usage.Needed:
			pl.p.People = append(pl.p.People, f.Use)
		case setting.Need == usage.Unknown && !setting.Missing:
			pl.p.Notices = append(pl.p.Notices, "it is not known whether "+string(f.Use)+" is on: "+setting.Reason)
		}
	}
}
