package browsertest

import (
	"fmt"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// fill types a spec into the form for a key.
func (w *twins) fill(s keys.Spec, dates bool) {
	w.t.Helper()
	w.set(labels.KeyName, 0, s.Name)
	kind, size := labels.RSA, []string{fmt.Sprint(s.Algorithm.RSABits), fmt.Sprintf("%d bit", s.Algorithm.RSABits)}
	if s.Algorithm.Curve != "" {
		kind, size = labels.ECDSA, []string{s.Algorithm.Curve}
	}
	w.tab.choose(w.texts(labels.KeyAlgorithm), scope{}, 0, w.texts(kind))
	w.tab.beside(w.texts(kind), size)
	w.tab.choose(w.texts(labels.SignatureAlgorithm), scope{}, 0, []string{string(s.Hash), "SHA-256"})
	if dates {
		w.date(labels.ValidityStart, s.NotBefore)
		w.date(labels.ValidityEnd, s.NotAfter)
	}
	w.tab.choose(w.texts(labels.Country), scope{}, 0, w.texts(labels.CountryCode))
	w.tab.besideSet(w.texts(labels.CountryCode), s.Country)
	for _, f := range []struct {
		label remoteui.Label
		value string
	}{
		{labels.State, s.State}, {labels.City, s.City}, {labels.Organization, s.Organization},
		{labels.OrganizationalUnit, s.OrganizationalUnit}, {labels.CommonName, s.CommonName},
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
