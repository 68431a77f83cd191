package revocation

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/rekey-go/rekey/internal/dn"
	"github.com/rekey-go/rekey/internal/printed"
)

// maxPrinted bounds the texts that names are looked for in, in bytes.
const maxPrinted = 8 << 10

const oidCommonName = "2.5.4.3"

// values are the attribute values of a name: the common names, or all if there
// is none.
func (n Name) values() (values []string) {
	var all []string
	c := cursor(n.Raw)
	name, _ := c.next()
	name.all(func(rdn element) {
		rdn.all(func(attribute element) {
			a := cursor(attribute.content)
			typ, err1 := a.want(tagOID)
			value, err2 := a.next()
			text, ok := dn.Text(value.id, value.content)
			if err1 != nil || err2 != nil || !ok || plainText(text) == "" {
				return
			}
			if typ.oid() == oidCommonName {
				values = append(values, text)
			}
			all = append(all, text)
		})
	})
	if values == nil {
		return all
	}
	return values
}

// printedIn reports whether a text, in whatever form a page prints names, has
// each of the name's values as a whole.
func (n Name) printedIn(text string) bool {
	if len(text) > maxPrinted {
		return false
	}
	text = plainText(printed.Unescape(text))
	values := n.values()
	for _, v := range values {
		if !hasWhole(text, plainText(v)) {
			return false
		}
	}
	return len(values) > 0
}

// hasWhole finds a value between the marks that stand between attributes: "Test
// CA" is not in "CN=Test CA 2".
func hasWhole(text, value string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], value)
		if i < 0 {
			return false
		}
		i += from
		if begins(text[:i]) && ends(text[i+len(value):]) {
			return true
		}
		from = i + 1
	}
}

func begins(before string) bool {
	before = strings.TrimRight(before, " \"")
	return before == "" || strings.ContainsAny(before[len(before)-1:], "=,;/+:(")
}

// ends takes a blank, too, if another attribute follows it.
func ends(after string) bool {
	after = strings.TrimLeft(after, "\"")
	if after == "" || strings.ContainsAny(after[:1], ",;/+)") {
		return true
	}
	rest, blank := strings.CutPrefix(after, " ")
	if !blank {
		return false
	}
	if rest == "" || strings.ContainsAny(rest[:1], ",;/+)") {
		return true
	}
	typ, _, ok := strings.Cut(rest, "=")
	return ok && !strings.ContainsAny(strings.TrimSpace(typ), " ,;/+")
}

// plainText is for comparing: lower case, white space as one blank, full-width
// forms as plain ones.
func plainText(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(s)), " "))
}
