package keys

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// fields enter a spec into the generation form. Only the fields that the spec
// speaks of are set; hidden fields and tokens stay as the page has them. A request
// for a certificate has no dates. // G-1, G-4
func fields(spec Spec, dates bool) []remoteui.Field {
	text := func(l remoteui.Label, value string) remoteui.Field { return remoteui.Field{Label: l, Text: value} }
	all := []remoteui.Field{
		text(labels.KeyName, spec.Name),
		{Label: labels.KeyAlgorithm, Set: func(ctx context.Context, p *remoteui.Page) error { return fillAlgorithm(ctx, p, spec.Algorithm) }},
		{Label: labels.SignatureAlgorithm, Set: func(ctx context.Context, p *remoteui.Page) error { return fillHash(ctx, p, string(spec.Hash)) }},
	}
	if dates {
		date := func(l remoteui.Label, t time.Time) remoteui.Field {
			return remoteui.Field{Label: l, Set: func(ctx context.Context, p *remoteui.Page) error { return fillDate(ctx, p, l, t) }}
		}
		all = append(all, date(labels.ValidityStart, spec.NotBefore), date(labels.ValidityEnd, spec.NotAfter))
	}
	return append(all,
		remoteui.Field{Label: labels.Country, Optional: true, Set: func(ctx context.Context, p *remoteui.Page) error { return fillCountry(ctx, p, spec.Country) }},
		text(labels.State, spec.State), text(labels.City, spec.City),
		text(labels.Organization, spec.Organization), text(labels.OrganizationalUnit, spec.OrganizationalUnit),
		// The device fills the common name in from the request's Host header: it is
		// always set, never kept.
		text(labels.CommonName, spec.CommonName))
}

func fillHash(ctx context.Context, p *remoteui.Page, want string) error {
	hash, err := p.Control(ctx, labels.SignatureAlgorithm)
	if err != nil {
		return err
	}
	return hash.ChooseFit(ctx, want, func(o string) bool { return plain(o) == plain(want) })
}

// fillAlgorithm chooses RSA or ECDSA and the length or curve. The screen shows
// one radio button per algorithm with a select beside it; elsewhere the length
// has a label of its own.
func fillAlgorithm(ctx context.Context, p *remoteui.Page, a Algorithm) error {
	kind, size := labels.RSA, labels.KeyLength
	fits := func(o string) bool { return digits(o) == strconv.Itoa(a.RSABits) }
	if a.Curve != "" {
		kind, size = labels.ECDSA, labels.KeyType
		fits = func(o string) bool { return strings.Contains(plain(o), plain(a.Curve)) }
	}
	group, err := p.Controls(ctx, labels.KeyAlgorithm)
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
		return fmt.Errorf("page %q: [%s] offers no %s", p.Title(), labels.KeyAlgorithm, kind)
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
	const most = 20 // buttons of whose groups the others are looked for
	all := controls
	for _, c := range controls[:min(len(controls), most)] {
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
	fields, err := countryFields(ctx, p)
	if err != nil {
		return err
	}
	for _, c := range fields {
		if c.Kind() == "radio" && p.Is(labels.CountryCode, c.Label()) {
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
		if c.Kind() == "radio" && p.Is(labels.CountrySelect, c.Label()) {
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
func countryFields(ctx context.Context, p *remoteui.Page) (all []*remoteui.Control, missing error) {
	for _, l := range []remoteui.Label{labels.CountryCode, labels.CountrySelect, labels.Country} {
		group, err := p.Controls(ctx, l)
		if err != nil {
			missing = err // of [Country] in the end
			continue
		}
		all = append(all, withGroups(group)...)
	}
	if len(all) > 0 {
		missing = nil
	}
	return all, missing
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
