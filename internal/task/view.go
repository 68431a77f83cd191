package task

import (
	"strings"
	"time"
	"unicode"
)

// maxRunes of one fact: names of certificates are shorter.
const maxRunes = 300

// view is what the templates see: Facts as text that is safe to print.
type view struct {
	Device, URL string
	Old, New    certView
}

type certView struct {
	Key, Subject, Issuer, Serial, From, Until, SHA256 string
}

func newView(f Facts) view {
	return view{clean(f.Device), clean(f.URL), newCertView(f.Old), newCertView(f.New)}
}

func newCertView(c Cert) certView {
	return certView{
		Key: clean(c.Key), Subject: clean(c.Subject), Issuer: clean(c.Issuer), Serial: clean(c.Serial),
		From: moment(c.NotBefore), Until: moment(c.NotAfter), SHA256: fingerprint(c.SHA256),
	}
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// clean puts a text on one line and shows a sign in place of what is not
// printed: controls, which a terminal would obey, and format characters, which
// reverse or hide what stands beside them.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxRunes {
		s = string(r[:maxRunes]) + "…"
	}
	return s
}

// fingerprint sets the hex digits in pairs, as certificate viewers do.
func fingerprint(s string) string {
	s = clean(s)
	if strings.Trim(s, "0123456789abcdefABCDEF") != "" || len(s)%2 != 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(strings.ToUpper(s[i : i+2]))
	}
	return b.String()
}
