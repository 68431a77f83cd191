package keys

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/internal/printed"
)

// alike compares all that a page shows of a certificate and that can be written
// in more than one way. It returns what agrees, in words, or what does not.
func (d *Details) alike(c *x509.Certificate) (agrees []string, against string) {
	if d.Algorithm != "" {
		agrees = append(agrees, "key "+kindOf(c, algorithmOf(c.PublicKey)))
	}
	if isNumber(d.Serial) {
		agrees = append(agrees, "serial number "+c.SerialNumber.Text(16))
	}
	for _, n := range []struct {
		what, shown string
		name        pkix.Name
	}{{"subject", d.Subject, c.Subject}, {"issuer", d.Issuer, c.Issuer}} {
		if strings.TrimSpace(n.shown) == "" {
			continue
		}
		if !shows(n.shown, n.name) {
			return nil, fmt.Sprintf("its %s is %q, and the details page shows %q", n.what, n.name, n.shown)
		}
		agrees = append(agrees, fmt.Sprintf("%s %q", n.what, n.name))
	}
	dates, against := d.datesOf(c)
	return append(agrees, dates...), against
}

// datesOf compares the validity. A page with one date shows either of the two.
// Others may stand on it besides, of the key's making for example.
func (d *Details) datesOf(c *x509.Certificate) (agrees []string, against string) {
	var shown [][]time.Time
	for _, f := range d.Fields {
		if f.Value != d.Subject && f.Value != d.Issuer && f.Value != d.Serial {
			shown = append(shown, dates(f.Value)...)
		}
	}
	if len(shown) == 0 {
		return nil, ""
	}
	var missing []string
	for _, v := range []struct {
		what string
		at   time.Time
	}{{"valid from", c.NotBefore}, {"valid until", c.NotAfter}} {
		text := v.what + " " + v.at.Format(time.DateOnly)
		if slices.ContainsFunc(shown, func(days []time.Time) bool { return slices.ContainsFunc(days, onDay(v.at)) }) {
			agrees = append(agrees, text)
		} else {
			missing = append(missing, text)
		}
	}
	if len(missing) > 1 || len(missing) == 1 && len(shown) > 1 {
		return nil, fmt.Sprintf("it is %s, and the details page shows other dates", strings.Join(missing, " and "))
	}
	return agrees, ""
}

// dates are the readings of each date in a text: a field may hold both.
func dates(text string) (all [][]time.Time) {
	found, last := printed.Dates(text)
	if len(found) == 0 {
		found = last
	}
	for _, one := range found {
		if days := printed.Days(one); len(days) > 0 {
			all = append(all, days)
		}
	}
	return all
}

// onDay allows for one day: the page counts them in a time zone that it does not
// print.
func onDay(t time.Time) func(time.Time) bool {
	return func(shown time.Time) bool { return day(t).Sub(shown).Abs() <= 24*time.Hour }
}

// valueType is what may stand before the value of an attribute.
var valueType = lazyregexp.New(`[^\s,;/+=:：]+\s*[=:：]`)

// shows reports whether a text is a distinguished name, written in any way: its
// common name stands in it whole, and nothing does that is not of the name. Of
// the rest a page may show a part only.
func shows(text string, n pkix.Name) bool {
	text = folded(text)
	values := []string{n.CommonName}
	for _, a := range n.Names {
		values = append(values, fmt.Sprint(a.Value))
	}
	slices.SortStableFunc(values[1:], func(a, b string) int { return len(b) - len(a) })
	for i, v := range values {
		v = folded(v)
		rest, found := cutWord(text, v)
		if i == 0 && v != "" && !found {
			return false
		}
		text = rest
	}
	text = valueType.ReplaceAllString(text, "")
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// folded drops what writing a name adds: case, quotation marks, and the
// backslashes of RFC 4514, section 2.4.
func folded(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.NewReplacer(`\`, "", `"`, "").Replace(printed.Unescape(s))), " "))
}

// cutWord takes a word out of a text, where it stands by itself.
func cutWord(text, word string) (rest string, found bool) {
	if word == "" {
		return text, false
	}
	inWord := func(r rune, size int) bool {
		return size > 0 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == '-' || r == '_')
	}
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return text, false
		}
		i += from
		before, after := text[:i], text[i+len(word):]
		if !inWord(utf8.DecodeLastRuneInString(before)) && !inWord(utf8.DecodeRuneInString(after)) {
			return before + " " + after, true
		}
		from = i + len(word)
	}
}
