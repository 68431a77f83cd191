package survey

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/remoteui"
)

// String is the survey for people: facts, the table of pages and labels, and
// what could be done.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "survey of %s\n", r.Device)
	fmt.Fprintf(&b, "family %s, language %s, login: %s\n", printable.Text(cmp.Or(string(r.Family), "unknown")), printable.Text(cmp.Or(r.Language, "unknown")), printable.Text(cmp.Or(r.Login, "unknown")))
	if r.TLS.Version != "" {
		signed := "issued by a CA"
		if r.TLS.SelfSigned {
			signed = "self-signed"
		}
		fmt.Fprintf(&b, "%s, %s, key %s (weak: %s), %s, valid to %s, %s\n", r.TLS.Version, r.TLS.Cipher, r.TLS.Key, r.TLS.Weak, signed,
			r.TLS.NotAfter.Format(time.DateOnly), r.TLS.Pin)
	}
	for _, p := range r.Profiles {
		fmt.Fprintf(&b, "profile %s\n", printable.Text(p))
	}
	b.WriteString("\n" + r.Table())
	if len(r.Acts) > 0 {
		b.WriteString("\nwhat a run would press, up to the first that may change the device:\n" + r.actsText())
	}
	missing := r.Missing()
	switch {
	case r.Error != "":
		fmt.Fprintf(&b, "\nthe survey is not complete: %s\n", printable.Text(r.Error))
	case len(missing) == 0:
		b.WriteString("\neverything that is needed was found" + r.unseen() + "\n")
	default:
		b.WriteString("\nneeded and not found:\n")
		for _, m := range missing {
			fmt.Fprintf(&b, "  %s\n", printable.Text(m))
		}
		b.WriteString("A profile can teach these labels: see docs/profiles.md.\n")
	}
	return b.String()
}

// unseen names the pages of which nothing is known, for the last line.
func (r *Report) unseen() string {
	var all []string
	for _, p := range r.Pages {
		if p.State == pageUnseen {
			all = append(all, p.Name)
		}
	}
	if all == nil {
		return ""
	}
	return "; not seen: " + strings.Join(all, ", ")
}

// Missing lists what is needed and was not found, as "page: label".
func (r *Report) Missing() []string {
	var all []string
	for i := range r.Pages {
		all = append(all, r.Pages[i].missing()...)
	}
	return all
}

// Table is the part of the survey that depends on the device's pages alone:
// page, label and what was found, and what could be done.
func (r *Report) Table() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "page\trole\tlabel\tresult")
	for _, p := range r.Pages {
		if p.State != pageRead {
			fmt.Fprintf(w, "%s\t\t\t%s\n", p.Name, p.stateText())
			continue
		}
		for _, l := range p.Labels {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Name, l.Role, l.Label, printable.Text(l.text()))
		}
		for _, e := range p.ScriptErrors {
			fmt.Fprintf(w, "%s\tscript\t\t%s\n", p.Name, printable.Text(e))
		}
	}
	w.Flush()
	b.WriteString("\n")
	w = tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "could be done\t\t")
	for _, p := range r.Procedures {
		word := "yes"
		switch {
		case p.NotOffered:
			word = "none"
		case !p.Possible:
			word = "NO"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", p.Name, word, printable.Text(p.Reason))
	}
	w.Flush()
	return trimLines(b.String())
}

// trimLines takes away the blanks with which tables end their lines.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func (p *Page) stateText() string {
	word := strings.ToUpper(p.State)
	if p.State == pageNotOffered {
		return printable.Text("not offered: " + p.Reason)
	}
	if p.Optional || p.State == pageUnseen {
		word = p.State + " (optional)"
		if p.State == pageUnseen {
			word = p.State
		}
	}
	return printable.Text(word + ": " + p.Reason)
}

func (l *Label) text() string {
	switch {
	case l.State == remoteui.Found && l.Profile != "":
		return fmt.Sprintf("found %q by profile %s", l.Text, l.Profile)
	case l.State == remoteui.Found && !l.Verified:
		return fmt.Sprintf("found %q (unverified)", l.Text)
	case l.State == remoteui.Found:
		return fmt.Sprintf("found %q", l.Text)
	}
	word := strings.ToUpper(string(l.State))
	if l.Optional {
		word = string(l.State) + " (optional)"
	}
	if len(l.Closest) == 0 {
		return word
	}
	return fmt.Sprintf("%s; closest: %s", word, quoted(l.Closest))
}

func quoted(texts []string) string {
	var all []string
	for _, t := range texts {
		all = append(all, fmt.Sprintf("%q", t))
	}
	return strings.Join(all, ", ")
}
