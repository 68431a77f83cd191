package survey

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/internal/pages"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/usage"
)

// surveyor goes from page to page and looks for labels.
type surveyor struct {
	s     *remoteui.Session
	r     *Report
	event func(text string)
	// names are those that pages are of, such as policies of IPSec, by procedure, and
	// keys is the key list; nil: not read yet.
	names   map[string][]string
	keys    *keys.List
	waiting string // the key whose certificate can be registered; empty: none is known
}

// errUnseen means that nothing on this device leads to a page at present.
var errUnseen = errors.New("nothing leads there at present")

func (v *surveyor) visit(ctx context.Context, n *pages.Page) error {
	v.event("looking at page " + n.Name)
	out := Page{Name: n.Name, Path: append([]remoteui.Label{}, n.Path...), State: pageRead, Optional: n.Optional, Labels: []Label{}}
	var p *remoteui.Page
	var err error
	switch {
	case n.Name == "register-certificate":
		p, err = v.toRegistration(ctx)
	case n.Open != nil:
		p, err = v.openFirst(ctx, n)
	default:
		p, err = v.s.Walk(ctx, n.Path...)
	}
	if err == nil && n.Then != nil {
		p, err = n.Then(ctx, p)
	}
	switch {
	case err == nil:
		v.look(ctx, p, n, &out)
		out.ScriptErrors = p.ScriptErrors()
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, remoteui.ErrMayWrite):
		// As where a form is sent along to the list of keys: the procedures do it,
		// where it only shows a page; a survey must not rely on that.
		out.State, out.Reason = pageUnseen, fmt.Sprintf("%s leads there by a request that may change the device, which a survey does not make", labelOf(err))
	case errors.Is(err, errUnseen):
		out.State, out.Reason = pageUnseen, err.Error()
	case isPageProblem(err):
		out.State, out.Reason = v.notFound(ctx, n, err)
	default:
		return err
	}
	v.r.Pages = append(v.r.Pages, out)
	return ctx.Err()
}

// lacking says on which way a page was not reached, without the page's title,
// which may name the device.
func lacking(err error) string {
	e, ok := errors.AsType[*remoteui.PageError](err)
	if !ok {
		return err.Error()
	}
	text := fmt.Sprintf("%s %s", e.Label, e.Reason)
	if len(e.Found) > 0 {
		text += fmt.Sprintf("; closest: %q", e.Found)
	}
	return text
}

func labelOf(err error) remoteui.Label {
	if e, ok := errors.AsType[*remoteui.PageError](err); ok {
		return e.Label
	}
	return ""
}

func (v *surveyor) look(ctx context.Context, p *remoteui.Page, n *pages.Page, out *Page) {
	for _, w := range n.Wants {
		var all []Label
		found := false
		for _, l := range w.Labels {
			f := lookFor(ctx, p, w, l)
			all = append(all, Label{Finding: f, Optional: w.Optional})
			found = found || f.State == remoteui.Found
		}
		for i := range all {
			// One of several is enough; of none, the first is what is missed.
			all[i].Optional = w.Optional || len(all) > 1 && (found || i > 0)
		}
		out.Labels = append(out.Labels, all...)
	}
}

// lookFor looks for a label as the procedures do: in its section first, in the
// role that it may have instead, or in any row.
func lookFor(ctx context.Context, p *remoteui.Page, w pages.Want, l remoteui.Label) remoteui.Finding {
	if w.InRow {
		return lookInRows(ctx, p, w, l)
	}
	var first remoteui.Finding
	for i, role := range []remoteui.Role{w.Role, w.OrRole} {
		for _, section := range []remoteui.Label{w.Section, ""} {
			if role == "" || section == "" && w.Section != "" && first.State == remoteui.Found {
				continue
			}
			f := seek(ctx, p, role, l, w.Among, remoteui.Where{Section: section})
			if f.State == remoteui.Found {
				return f
			}
			if i == 0 && section == "" || first.State == "" || f.State == remoteui.Ambiguous {
				first = f
			}
		}
	}
	return first
}

func seek(ctx context.Context, p *remoteui.Page, r remoteui.Role, l remoteui.Label, among []remoteui.Label, w remoteui.Where) remoteui.Finding {
	if r == remoteui.RoleValue && among != nil {
		return p.ProbeAmong(ctx, l, among, w)
	}
	return p.Probe(ctx, r, l, w)
}

func lookInRows(ctx context.Context, p *remoteui.Page, w pages.Want, l remoteui.Label) remoteui.Finding {
	missing := remoteui.Finding{Label: l, Role: w.Role, State: remoteui.Missing}
	t, err := p.Table(ctx, labels.KeyName)
	if err != nil {
		return missing
	}
	for _, row := range t.Rows {
		f := p.Probe(ctx, w.Role, l, remoteui.Where{Row: row})
		if f.State != remoteui.Missing {
			return f
		}
		missing.Closest = slices.Clone(f.Closest)
	}
	return missing
}

// toDetails opens the first key of the list that has a certificate.
func toDetails(ctx context.Context, p *remoteui.Page) (*remoteui.Page, error) {
	t, err := p.Table(ctx, labels.KeyName)
	if err != nil {
		return nil, err
	}
	for _, row := range t.Rows {
		if name, _ := row.Cell(labels.KeyName); name != "" {
			return p.Follow(ctx, labels.KeyName, remoteui.Where{Row: row, Text: name, Reads: true})
		}
	}
	return nil, fmt.Errorf("the key list has no rows: %w", errUnseen)
}

// openFirst opens the first of several pages of a kind.
func (v *surveyor) openFirst(ctx context.Context, n *pages.Page) (*remoteui.Page, error) {
	names, read := v.names[n.For]
	if !read {
		var err error
		if names, err = n.Names(ctx, v.s); err != nil {
			return nil, err
		}
		v.names[n.For] = names
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("there is no policy: %w", errUnseen)
	}
	return n.Open(ctx, v.s, names[0])
}

// toRegistration goes to where the certificate of a key that waits for one is
// registered, by what stands in its row. Which row that is, no published word
// says: each that leads on is tried. // G-6
func (v *surveyor) toRegistration(ctx context.Context) (*remoteui.Page, error) {
	var mayWrite error
	for i, rows := 0, 1; i < min(rows, maxRowsTried); i++ {
		p, err := v.s.Walk(ctx, toKeyList...)
		if err != nil {
			return nil, err
		}
		t, err := p.Table(ctx, labels.KeyName)
		if err != nil {
			return nil, err
		}
		if rows = len(t.Rows); i >= rows {
			break
		}
		next, err := p.Follow(ctx, labels.CertificateColumn, remoteui.Where{Row: t.Rows[i], Column: labels.CertificateColumn, Reads: true})
		if err == nil {
			next, err = pages.ToFile(labels.RegisterCertificate)(ctx, next)
		}
		if err == nil {
			v.waiting, _ = t.Rows[i].Cell(labels.KeyName)
			return next, nil
		}
		switch {
		case errors.Is(err, remoteui.ErrMayWrite):
			mayWrite = err
		case !isPageProblem(err) && ends(ctx, err):
			return nil, err
		}
	}
	if mayWrite != nil {
		return nil, mayWrite
	}
	return nil, fmt.Errorf("no key waits for its certificate: %w", errUnseen)
}

// maxRowsTried bounds the rows of the key list that are looked behind.
const maxRowsTried = 20

// through goes on by a link where there is one: the settings may be on the page
// itself.
func through(l remoteui.Label) func(context.Context, *remoteui.Page) (*remoteui.Page, error) {
	return func(ctx context.Context, p *remoteui.Page) (*remoteui.Page, error) {
		if p.Has(l) {
			return p.Follow(ctx, l, remoteui.Where{Reads: true})
		}
		return p, nil
	}
}

// judge says of each procedure whether the pages that it needs are understood,
// and of each usage what is set at present.
func (r *Report) judge(settings *usage.Settings) {
	for _, need := range allProcedures {
		out := Procedure{Name: need.name, Possible: true}
		for _, name := range need.pages {
			i := slices.IndexFunc(r.Pages, func(p Page) bool { return p.Name == name })
			if i < 0 {
				continue
			}
			p := &r.Pages[i]
			missing := p.missing()
			switch {
			case p.State == pageMissing && p.Optional:
				missing = []string{p.Name + ": no way to this page"}
			case p.State == pageNotOffered:
				missing, out.NotOffered = []string{p.Name + ": not offered by this device"}, true
			}
			if len(missing) > 0 && out.Possible {
				out.Possible, out.Reason = false, missing[0]
			}
			if p.State == pageUnseen && out.Possible && out.Reason == "" {
				out.Reason = p.Reason
			}
		}
		if state := settingOf(need.name, settings); out.Possible && out.Reason == "" && state != "" {
			out.Reason = state
		}
		r.Procedures = append(r.Procedures, out)
	}
}

// settingOf says what is set, for the procedures that are usages.
func settingOf(name string, all *usage.Settings) string {
	if all == nil {
		return ""
	}
	text := func(s usage.Setting) string {
		if s.Need == usage.Unknown {
			return string(s.Need)
		}
		return fmt.Sprintf("%s (%s)", s.Need, s.Reason)
	}
	switch name {
	case "bluetooth":
		return text(all.Bluetooth)
	case "ams":
		return text(all.AMS)
	case "smime":
		return text(all.SMIME)
	}
	for _, s := range all.Places {
		if s.Use == keys.Use(name) {
			return text(s)
		}
	}
	return ""
}
