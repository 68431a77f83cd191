package task

import (
	"cmp"
	"strings"
	"time"
	"unicode"

	"github.com/rekey-go/rekey/internal/printable"
)

// maxRunes of one fact: names of certificates are shorter.
const maxRunes = 300

// view is what the templates see: Facts as text that is safe to print.
type view struct {
	Device, URL, Policy string
	Machines, Failed    string
	Old, New            certView

	Reason, Asked, Confirmed string
	Commands                 []string
}

type certView struct {
	Key, Subject, Issuer, Serial, From, Until, SHA1, SHA256, Pin string

	Attached bool
	Fields   []Field
}

func newView(f Facts) view {
	var commands []string
	for _, c := range f.Commands {
		commands = append(commands, clean(c))
	}
	return view{
		Reason: clean(cmp.Or(f.Reason, "keyCompromise")), Asked: moment(f.Asked), Confirmed: clean(f.Confirmed), Commands: commands,
		Device: clean(f.Device), URL: clean(f.URL), Policy: clean(f.Policy),
		Machines: clean(strings.Join(f.Machines, ", ")), Failed: clean(strings.Join(f.Failed, ", ")),
		Old: newCertView(f.Old), New: newCertView(f.New),
	}
}

// maxFields bounds the fields of a details page.
const maxFields = 60

func newCertView(c Cert) certView {
	v := certView{
		Key: clean(c.Key), Subject: clean(c.Subject), Issuer: clean(c.Issuer), Serial: clean(c.Serial),
		From: moment(c.NotBefore), Until: moment(c.NotAfter), SHA1: Fingerprint(c.SHA1), SHA256: Fingerprint(c.SHA256), Pin: clean(c.Pin), Attached: c.Attached,
	}
	for _, f := range c.Fields[:min(len(c.Fields), maxFields)] {
		if label, value := clean(strings.TrimRight(f.Label, ":： ")), clean(f.Value); label != "" && value != "" {
			v.Fields = append(v.Fields, Field{label, value})
		}
	}
	return v
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// clean puts a text on one line and shows a sign in place of what is not printed.
func clean(s string) string { return printable.Line(s, maxRunes, unicode.ReplacementChar) }

// Fingerprint sets the hex digits in pairs, as certificate viewers do.
func Fingerprint(s string) string {
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
