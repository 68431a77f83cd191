package keys

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/rekey-go/rekey/remoteui"
)

// fill enters a spec into the generation form. Only the fields that the spec
// speaks of are set; hidden fields and tokens stay as the page has them. A
// request for a certificate has no dates. // G-1, G-4
func fill(ctx context.Context, p *remoteui.Page, spec Spec, dates bool) error {
	if err := setText(ctx, p, remoteui.KeyName, spec.Name); err != nil {
		return err
	}
	if err := fillAlgorithm(ctx, p, spec.Algorithm); err != nil {
		return err
	}
	hash, err := p.Control(ctx, remoteui.SignatureAlgorithm)
	if err != nil {
		return err
	}
	if err := hash.ChooseFit(ctx, spec.Hash, func(o string) bool { return plain(o) == plain(spec.Hash) }); err != nil {
		return err
	}
	if dates {
		if err := fillDate(ctx, p, remoteui.ValidityStart, spec.NotBefore); err != nil {
			return err
		}
		if err := fillDate(ctx, p, remoteui.ValidityEnd, spec.NotAfter); err != nil {
			return err
		}
	}
	if err := fillCountry(ctx, p, spec.Country); err != nil {
		return err
	}
	for _, f := range []struct {
		label remoteui.Label
		value string
	}{
		{remoteui.State, spec.State},
		{remoteui.City, spec.City},
		{remoteui.Organization, spec.Organization},
		{remoteui.OrganizationalUnit, spec.OrganizationalUnit},
		// The device fills the common name in from the request's Host header:
		// it is always set, never kept.
		{remoteui.CommonName, spec.CommonName},
	} {
		if err := setText(ctx, p, f.label, f.value); err != nil {
			return err
		}
	}
	return nil
}

func setText(ctx context.Context, p *remoteui.Page, l remoteui.Label, value string) error {
	c, err := p.Control(ctx, l)
	if err != nil {
		return err
	}
	if c.Value() == value {
		return nil
	}
	return c.Set(ctx, value)
}

// fillAlgorithm chooses RSA or ECDSA and the length or curve. The screen shows
// one radio button per algorithm with a select beside it; elsewhere the length
// has a label of its own.
func fillAlgorithm(ctx context.Context, p *remoteui.Page, a Algorithm) error {
	kind, size := remoteui.RSA, remoteui.KeyLength
	fits := func(o string) bool { return digits(o) == strconv.Itoa(a.RSABits) }
	if a.Curve != "" {
		kind, size = remoteui.ECDSA, remoteui.KeyType
		fits = func(o string) bool { return strings.Contains(plain(o), plain(a.Curve)) }
	}
	group, err := p.Controls(ctx, remoteui.KeyAlgorithm)
	if err != nil {
		return err
	}
	group = withGroups(group)
	var beside []*remoteui.Control
	chosen := false
	for _, c := range group {
		switch {
		case c.Kind() == "radio" && p.Is(kind, c.Label()):
			if err := c.Check(ctx, true); err != nil {
				return err
			}
			chosen, beside = true, c.Companions()
		case c.Kind() == "select" && !chosen && offers(c, func(o string) bool { return p.Is(kind, o) }):
			if err := c.Choose(ctx, kind); err != nil {
				return err
			}
			chosen = true
		}
	}
	if !chosen {
		return fmt.Errorf("page %q: [%s] offers no %s", p.Title(), remoteui.KeyAlgorithm, kind)
	}
	candidates := append(beside, group...)
	if own, err := p.Controls(ctx, size); err == nil {
		candidates = append(candidates, own...)
	}
	for _, c := range candidates {
		if c.Kind() == "select" && !c.Disabled() && offers(c, fits) {
			return c.ChooseFit(ctx, a.String(), fits)
		}
	}
	return fmt.Errorf("page %q: no field offers %s", p.Title(), a)
}

// withGroups adds the other buttons of radio groups: where a label stands in
// running text, it labels the first one only.
func withGroups(controls []*remoteui.Control) []*remoteui.Control {
	all := controls
	for _, c := range controls {
		if c.Kind() == "radio" {
			all = append(all[:len(all):len(all)], c.Group()...)
		}
	}
	return all
}

func offers(c *remoteui.Control, fits func(string) bool) bool {
	for _, o := range c.Options() {
		if fits(o.Text) {
			return true
		}
	}
	return false
}

// fillDate enters a day, into one box as YYYY/MM/DD or into three in that
// order: how many there are is printed nowhere.
func fillDate(ctx context.Context, p *remoteui.Page, l remoteui.Label, t time.Time) error {
	boxes, err := p.Controls(ctx, l)
	if err != nil {
		return err
	}
	var parts []string
	switch len(boxes) {
	case 1:
		parts = []string{t.Format("2006/01/02")}
	case 3:
		parts = []string{t.Format("2006"), t.Format("01"), t.Format("02")}
	default:
		return fmt.Errorf("page %q: [%s] has %d boxes: want one or three", p.Title(), l, len(boxes))
	}
	for i, box := range boxes {
		if err := enterNumber(ctx, box, parts[i]); err != nil {
			return err
		}
	}
	return nil
}

func enterNumber(ctx context.Context, box *remoteui.Control, part string) error {
	if box.Kind() != "select" {
		return box.Set(ctx, part)
	}
	n, _ := strconv.Atoi(part)
	return box.ChooseFit(ctx, part, func(o string) bool { return digits(o) == part || digits(o) == strconv.Itoa(n) })
}

// fillCountry enters the code, or takes the country off the list. Each way has
// a radio button of its own on the screen; elsewhere only one of them exists.
func fillCountry(ctx context.Context, p *remoteui.Page, code string) error {
	if code == "" {
		return nil
	}
	fields := countryFields(ctx, p)
	for _, c := range fields {
		if c.Kind() == "radio" && p.Is(remoteui.CountryCode, c.Label()) {
			if err := c.Check(ctx, true); err != nil {
				return err
			}
			fields = append(c.Companions(), fields...)
			break
		}
	}
	for _, c := range fields {
		if c.Kind() == "text" && !c.Disabled() {
			return c.Set(ctx, code)
		}
	}
	return chooseCountry(ctx, p, fields, code)
}

func chooseCountry(ctx context.Context, p *remoteui.Page, fields []*remoteui.Control, code string) error {
	for _, c := range fields {
		if c.Kind() == "radio" && p.Is(remoteui.CountrySelect, c.Label()) {
			if err := c.Check(ctx, true); err != nil {
				return err
			}
			fields = append(c.Companions(), fields...)
			break
		}
	}
	for _, c := range fields {
		if c.Kind() != "select" || c.Disabled() {
			continue
		}
		for _, o := range c.Options() {
			if o.Value == code || namesCountry(o.Text, code) {
				return c.ChooseText(ctx, o.Text)
			}
		}
	}
	// The form does not know the country: it keeps what it has preselected, and
	// the certificate is compared with the plan afterwards.
	return nil
}

// countryFields gathers whatever one of the three labels names.
func countryFields(ctx context.Context, p *remoteui.Page) []*remoteui.Control {
	var all []*remoteui.Control
	for _, l := range []remoteui.Label{remoteui.Country, remoteui.CountryCode, remoteui.CountrySelect} {
		if group, err := p.Controls(ctx, l); err == nil {
			all = append(all, withGroups(group)...)
		}
	}
	return all
}

// namesCountry reports whether the code stands in the text as a word.
func namesCountry(text, code string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, w := range words {
		if w == code {
			return true
		}
	}
	return false
}

// plain keeps letters and digits, in capitals: "SHA-256" is "SHA256".
func plain(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s))
}

// digits keeps the digits: "2048 bit" is "2048".
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
