package simdevice

import (
	"crypto/sha1" // the thumbprint pages show, not a signature
	"fmt"
	"slices"
	"strconv"
)

// showDetails shows a key's certificate (W-2, W-4).
func (x *exchange) showDetails() {
	l := x.l
	k := x.keyAt(x.get(l.rowField()))
	if k == nil {
		x.keyList(wErrNotFound)
		return
	}
	p := x.frame(PageKeyDetails, wCertificate)
	p.raw("<div>")
	p.link("back", l.text(wKeys), target{kind: PageKeyList})
	p.raw("</div>")
	p.put("<h3>%s</h3>", k.name)
	f := newValues(p, "details")
	f.open()
	for _, row := range x.details(k) {
		f.value(row.Name, row.Value)
	}
	f.shut()
	if k.cert != nil {
		p.button("verify", l.text(wVerify), "", p.opener("verify", target{kind: PageVerify, params: []Field{{l.rowField(), strconv.Itoa(x.rowID(k))}}}))
	}
	p.end()
}

// details are the rows of the details page.
func (x *exchange) details(k *key) []Field {
	l := x.l
	public := Field{l.text(wPublicKey), x.publicKeyText(k)}
	if k.cert == nil {
		return []Field{public}
	}
	layout := []string{"2006/01/02", "2006 01/02", "2006/01/02 15:04:05", "02/01 2006"}[l.pick("details.dates", 4)]
	rows := []Field{
		{l.text(wCertVersion), "X.509v3"},
		{l.text(wSerial), l.hexText("serial", k.cert.SerialNumber.Bytes())},
		{l.text(wSignatureAlg), k.cert.SignatureAlgorithm.String()},
		{l.text(wValidFrom), k.cert.NotBefore.Format(layout)},
		{l.text(wValidTo), k.cert.NotAfter.Format(layout)},
		{l.text(wSubject), k.cert.Subject.String()},
		public,
		{l.text(wThumbprint), l.hexText("thumbprint", thumbprint(k))},
	}
	if x.d.cfg.enforces(RuleIssuerShown) {
		rows = append(rows, Field{l.text(wIssuer), k.cert.Issuer.String()})
	}
	if x.d.cfg.DetailsWithoutNumbers {
		rows = slices.DeleteFunc(rows, func(f Field) bool { return f.Name == l.text(wSerial) || f.Name == l.text(wThumbprint) })
	}
	var drawn []Field
	for _, i := range l.order("details.rows", len(rows)) {
		drawn = append(drawn, rows[i])
	}
	return drawn
}

func thumbprint(k *key) []byte {
	sum := sha1.Sum(k.cert.Raw)
	return sum[:]
}

// hexText prints bytes as this page's author liked it.
func (l *layout) hexText(area string, b []byte) string {
	return fmt.Sprintf([]string{"%x", "% X", "%X"}[l.pick("hex."+area, 3)], b)
}

// publicKeyText says algorithm and length, such as "RSA 2048 bit".
func (x *exchange) publicKeyText(k *key) string {
	switch {
	case !x.d.cfg.enforces(RulePublicKeyShown):
		return ""
	case k.curve != "":
		return "ECDSA " + k.curve
	}
	return fmt.Sprintf([]string{"RSA %d bit", "RSA (%d bit)", "RSA %dbit"}[x.l.pick("details.bits", 3)], k.bits)
}

// showVerify says whether a key's certificate is valid by now (D-3).
func (x *exchange) showVerify() {
	l := x.l
	k := x.keyAt(x.get(l.rowField()))
	if k == nil {
		x.keyList(wErrNotFound)
		return
	}
	p := x.frame(PageVerify, wVerify)
	result := wVerifyGood
	if !k.usable() || x.now.Before(k.cert.NotBefore) || x.now.After(k.cert.NotAfter) {
		result = wVerifyBad
	}
	p.put("<p>%s</p>", l.text(result))
	p.link("back", l.text(wKeys), target{kind: PageKeyList})
	p.end()
}
