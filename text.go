package rekey

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/keys"
)

// safe makes a text of the device fit for a terminal.
func safe(s string) string { return printable.Text(s) }

func (p *Plan) summary() string {
	switch {
	case p.Empty() && p.open():
		return "nothing can be done now"
	case p.Empty():
		return "nothing to do"
	}
	return fmt.Sprintf("%s, %s", count(p.oldKeys(), "key to replace", "keys to replace"), count(p.Restarts, "restart", "restarts"))
}

func (p *Plan) oldKeys() int {
	var names []string
	for _, c := range p.Changes {
		if !slices.Contains(names, c.OldKey.Name) {
			names = append(names, c.OldKey.Name)
		}
	}
	return len(names)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// String shows the plan as a diff of the device: what goes, what comes, what
// stays, and why; and then the order of the work.
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", p.Device)
	for _, c := range p.Changes {
		c.write(&b)
	}
	for _, k := range p.Kept {
		mark := "  "
		if k.Open {
			mark = "? "
		}
		fmt.Fprintf(&b, "\n%s%s keeps %s\n      because %s\n", mark, k.Title(), k.Key.text(), safe(k.Reason))
	}
	p.writeWork(&b)
	for _, n := range p.Notices {
		fmt.Fprintf(&b, "\nnote: %s\n", safe(n))
	}
	fmt.Fprintf(&b, "\nPlan: %s.\n", p.summary())
	return p.secrets.Message(b.String())
}

func (k KeyRef) text() string {
	if k.Name == "" {
		return "whatever key it may have"
	}
	return fmt.Sprintf("key %q", safe(k.Name))
}

// writeWork lists the steps in their order.
func (p *Plan) writeWork(b *strings.Builder) {
	if p.Empty() {
		return
	}
	b.WriteString("\nIn this order:\n")
	n := 0
	for i, s := range p.Steps {
		first := i == 0 || p.Steps[i-1].kind() != s.kind() || p.Steps[i-1].Row == restartRow
		if text := p.stepText(s, first); text != "" && !s.Done {
			n++
			fmt.Fprintf(b, "  %2d. %s\n", n, text)
		}
	}
}

// stepText says what is done in a step; empty: it is part of what was said of the
// one before. It may be the first of its kind in a row.
func (p *Plan) stepText(s Step, first bool) string {
	key, c := safe(s.Key), p.changeOf(s.choice())
	switch kind := s.kind(); {
	case kind == deleteStep && s.Use == "":
		return fmt.Sprintf("delete key %q, which an earlier run made and nothing needs", key)
	case kind == deleteStep && p.deletes(s.Key):
		return fmt.Sprintf("delete key %q; from then on there is no way back to it", key)
	case kind == recordStep && first:
		return "record the old certificates as evidence"
	case kind == probeStep:
		return fmt.Sprintf("make key %q and its CSR on the device, see by that whether the firmware makes sound keys, and delete the key again", key)
	case kind == renewStep && p.Probe != nil && p.Probe.By == BySignature:
		return "renew the device signature key in place, first of all: it shows whether the firmware makes sound keys"
	case kind == renewStep:
		return "renew the device signature key in place"
	case kind == exportStep:
		return "export the new certificate of the device signature, and test it"
	case kind == registerStep:
		return fmt.Sprintf("replace the S/MIME certificate on %s, which an earlier run could not", key)
	case kind == timerStep:
		return "switch the device's timer for automatic certificate requests on again"
	case kind == makeStep:
		return p.makingText(s.Key)
	case kind == tellStep:
		return fmt.Sprintf("have the new certificate of %s trusted (Distribute)", s.Title())
	case kind == chooseStep && c != nil && c.Located && c.From != FromBind:
		return fmt.Sprintf("the device gives key %q to %s itself", key, s.Title())
	case kind == chooseStep && s.Temporary:
		return fmt.Sprintf("bind key %q to %s, for one restart", key, s.Title())
	case kind == chooseStep:
		return fmt.Sprintf("bind key %q to %s", key, s.Title())
	case s.Row == restartRow:
		return "restart the device (the printer is away for minutes)"
	case kind == effectStep && first:
		return "prove every new key: TLS by a fresh handshake, the others by their pages and the key list; test what can be seen"
	}
	return ""
}

// makingText says how a new key and its certificate come about.
func (p *Plan) makingText(name string) string {
	c := Change{} // of a plan that somebody has edited, the change may be missing
	if i := slices.IndexFunc(p.Changes, func(c Change) bool { return c.New.Name == name }); i >= 0 {
		c = p.Changes[i]
	}
	switch {
	case c.Kind == ByCSR && c.From == FromRequest:
		return fmt.Sprintf("go on with key %q, which waits for its certificate: have it issued, check it, register it", safe(name))
	case c.Kind == ByCSR:
		return fmt.Sprintf("make key %q and its CSR on the device, have the certificate issued, check it, register it", safe(name))
	case c.Kind == BySCEP && c.From == FromRequest:
		return fmt.Sprintf("wait for the certificate of key %q, which the device has asked its SCEP server for", safe(name))
	case c.Kind == BySCEP:
		return fmt.Sprintf("have the device make key %q and ask its SCEP server for the certificate; its timer for that is off meanwhile", safe(name))
	}
	return fmt.Sprintf("make key %q on the device", safe(name))
}

func (c *Change) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s\n", c.Title())
	sign := "- "
	if !c.DeleteOld {
		sign = "  "
	}
	fmt.Fprintf(b, "%s key %q%s\n      because %s\n", sign, safe(c.OldKey.Name), short(c.OldKey.SPKI), safe(c.Reason))
	fmt.Fprintf(b, "+  key %q, %s\n", safe(c.New.Name), describeSpec(c.New))
	if !c.DeleteOld {
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
	switch {
	case s.Algorithm.IsZero():
		return "which is there already"
	case s.NotBefore.IsZero():
		return fmt.Sprintf("%s, %s, CN %s, issued by a CA", s.Algorithm, s.Hash, safe(s.CommonName))
	}
	return fmt.Sprintf("%s, %s, CN %s, %s to %s", s.Algorithm, s.Hash, safe(s.CommonName),
		s.NotBefore.Format("2006-01-02"), s.NotAfter.Format("2006-01-02"))
}

// sentence says how far the revocation of a certificate has come.
func (r *RevocationReport) sentence() string {
	what := fmt.Sprintf("certificate of key %q", safe(r.Key))
	if r.Serial != "" {
		what += fmt.Sprintf(" (serial %s, issued by %s)", safe(r.Serial), safe(r.Issuer))
	}
	said := map[RevocationOutcome]string{
		NothingToRevoke: "nothing to revoke: " + r.Reason, RevocationKept: "not revoked: " + r.Reason, RevokeByHand: "to be revoked by hand, reason " + r.Reason,
		RevocationAsked: fmt.Sprintf("%s was asked to revoke it at %s, reason %s", r.By, r.Asked.Format(time.RFC3339), r.Reason),
		RevocationFail:  "not revoked: " + r.Reason + "; the next run asks again",
	}
	if r.Status != nil {
		status := *r.Status
		status.Asked = r.Asked
		said[RevocationSeen] = status.String()
		said[RevocationAsked] += "; " + status.String()
	}
	return fmt.Sprintf("%s: %s", what, safe(said[r.Outcome]))
}
