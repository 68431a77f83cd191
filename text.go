package rekey

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/rekey-go/rekey/keys"
)

// safe makes device text fit for a terminal: control and bidi characters are
// shown as escapes.
func safe(s string) string {
	bad := func(r rune) bool { return !unicode.IsPrint(r) && r != ' ' }
	if !strings.ContainsFunc(s, bad) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if bad(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (p *Plan) summary() string {
	switch {
	case p.Empty() && p.open():
		return "nothing can be done now"
	case p.Empty():
		return "nothing to do"
	}
	return fmt.Sprintf("%s, %s", count(len(p.Changes), "key to replace", "keys to replace"), count(p.Restarts, "restart", "restarts"))
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// String shows the plan as a diff of the device: what goes, what comes, what
// stays, and why.
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", p.Device.line())
	for _, c := range p.Changes {
		c.write(&b)
	}
	for _, k := range p.Kept {
		mark := "  "
		if k.Open {
			mark = "? "
		}
		fmt.Fprintf(&b, "\n%s%s keeps key %q\n      because %s\n", mark, title(k.Usage), safe(k.Key.Name), safe(k.Reason))
	}
	for _, n := range p.Notices {
		fmt.Fprintf(&b, "\nnote: %s\n", safe(n))
	}
	fmt.Fprintf(&b, "\nPlan: %s.\n", p.summary())
	return b.String()
}

func (d DeviceInfo) line() string {
	return fmt.Sprintf("%s, controller %s, at %s", orUnknown(d.Model), orUnknown(d.Controller), safe(d.URL))
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return safe(s)
}

func (c *Change) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s\n", title(c.Usage))
	sign := "- "
	if !c.DeleteOld {
		sign = "  "
	}
	fmt.Fprintf(b, "%s key %q%s\n      because %s\n", sign, safe(c.OldKey.Name), short(c.OldKey.SPKI), safe(c.Reason))
	fmt.Fprintf(b, "+  key %q, %s\n", safe(c.New.Name), describeSpec(c.New))
	steps := []struct {
		from []Stage
		text string
	}{
		{[]Stage{FromGenerate, FromBind, FromRestart, FromDelete}, "record the old certificate as evidence"},
		{[]Stage{FromGenerate}, "make the new key on the device"},
		{[]Stage{FromGenerate, FromBind}, "bind it to " + title(c.Usage)},
		{[]Stage{FromGenerate, FromBind, FromRestart}, "restart the device (the printer is away for minutes)"},
		{[]Stage{FromGenerate, FromBind, FromRestart, FromDelete}, "prove the new key by a fresh handshake, and test it"},
	}
	n := 0
	for _, s := range steps {
		if slices.Contains(s.from, c.From) {
			n++
			fmt.Fprintf(b, "   %d. %s\n", n, s.text)
		}
	}
	if c.DeleteOld {
		fmt.Fprintf(b, "   %d. delete the old key\n", n+1)
	} else {
		fmt.Fprintf(b, "   the old key is kept: %s\n", safe(c.Keep))
	}
}

func short(spki string) string {
	if len(spki) < 16 {
		return ""
	}
	return " (SPKI " + spki[:16] + "…)"
}

func describeSpec(s keys.Spec) string {
	if s.NotBefore.IsZero() {
		return "made by an earlier run"
	}
	return fmt.Sprintf("%s, %s, CN %s, %s to %s", s.Algorithm, s.Hash, safe(s.CommonName),
		s.NotBefore.Format("2006-01-02"), s.NotAfter.Format("2006-01-02"))
}

var titles = map[keys.Use]string{
	keys.UseTLS: "TLS", keys.UseIEEE8021X: "IEEE 802.1X", keys.UseIPSec: "IPSec", keys.UseSIP: "SIP",
	keys.UseDeviceSignature: "Device signature",
}

func title(u keys.Use) string {
	if t, ok := titles[u]; ok {
		return t
	}
	return safe(string(u))
}

// String shows the report for people.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nfirmware: %s\n", r.Device.line(), r.Eligibility)
	for _, u := range r.Usages {
		u.write(&b)
	}
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "  %-9s %-4s %s%s\n", s.Outcome, s.ID, title(s.Usage), suffix(safe(s.Note)))
	}
	for _, e := range r.Evidence {
		fmt.Fprintf(&b, "evidence of key %q: %s\n", safe(e.Key), safe(e.File))
	}
	for _, n := range r.Notices {
		fmt.Fprintf(&b, "note: %s\n", safe(n))
	}
	for _, l := range r.UnverifiedLabels {
		fmt.Fprintf(&b, "note: relied on the unverified label %q for %s\n", l.Text, l.Label)
	}
	if len(r.Tasks) > 0 {
		b.WriteString("\nLeft for a person to do:\n")
	}
	for _, t := range r.Tasks {
		fmt.Fprintf(&b, "  %s %s: %s\n", t.ID, title(t.Usage), indent(t.Text))
	}
	fmt.Fprintf(&b, "\n%s, %s, %v\n", count(r.Restarts, "restart", "restarts"), count(r.Requests, "request", "requests"),
		r.Ended.Sub(r.Started).Round(100_000_000))
	if r.Error != "" {
		fmt.Fprintf(&b, "error: %s\n", safe(r.Error))
	}
	return b.String()
}

func (u *UsageReport) write(b *strings.Builder) {
	switch {
	case u.Verified:
		fmt.Fprintf(b, "\n%s: key %q replaced by %q, verified (%s)\n", title(u.Usage), safe(u.OldKey.Name), safe(u.NewKey.Name), u.Proof)
		fmt.Fprintf(b, "  old: weak %s%s\n  new: weak %s%s\n", u.OldKey.Weak, short(u.OldKey.SPKI), u.NewKey.Weak, short(u.NewKey.SPKI))
	case u.Affected:
		fmt.Fprintf(b, "\n%s: key %q has to be replaced, and was not\n  %s\n", title(u.Usage), safe(u.OldKey.Name), safe(u.Reason))
	default:
		fmt.Fprintf(b, "\n%s: key %q stays\n  %s\n", title(u.Usage), safe(u.OldKey.Name), safe(u.Reason))
	}
}

func indent(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i := range lines {
		lines[i] = safe(lines[i])
	}
	return strings.Join(lines, "\n    ")
}
