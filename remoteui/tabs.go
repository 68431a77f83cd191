package remoteui

import (
	"context"
	"slices"

	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// Look clicks what reads like a text that no label has, to see what is behind it:
// it is clicked only if that asks for nothing, or for a page, and neither text nor
// address speak of doing something. Errors: [*PageError], also if it would.
func (p *Page) Look(ctx context.Context, text string) (*Page, error) {
	w := Where{Text: text, Reads: true, timid: true}
	if alien(text) != "" {
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		return nil, p.fail("", w, ErrMayWrite)
	}
	return p.click(ctx, "", w, read)
}

// Settings pages may have tabs: pages of their own that link each other, or parts
// of one page that its script shows in turns. To whoever reads, they are one page:
// what is not in front is looked for in the other tabs, each of which is loaded
// once, and stays in front if it has it.

// tab is what is known of one tab of a page.
type tab struct {
	text string
	doc  *page.Page // as it was seen; nil: not yet, or a part of a page with others
	dead bool       // it leads elsewhere
}

// commands are the labels of buttons that do something: a row with one of them is no
// row of tabs.
var commands = []Label{labels.OK, labels.Yes, labels.No, labels.Cancel, labels.Next, labels.Delete, labels.Register, labels.Use, labels.Update, labels.Edit, labels.LogOut, labels.GenerateKey, labels.Generate, labels.GenerateUpdate, labels.KeyAndCertificate, labels.ApplyChanges, labels.Restart, labels.RestartDevice, labels.StartExporting, labels.SendRequest}

// tabRow is the row of tabs of the page's document in front; nil if there is none.
// A row with an item of the way that led here is a menu, and one that the portal
// page has, too, chooses a language or the like.
func (p *Page) tabRow() []page.Tab {
	for _, row := range p.p.Tabs() {
		menu := slices.ContainsFunc(row, func(t page.Tab) bool {
			return alien(t.Text) != "" || slices.Contains(p.s.everywhere, t.Text) || slices.ContainsFunc(commands, func(l Label) bool { return p.reads(l, t.Text) }) ||
				slices.ContainsFunc(p.path, func(l string) bool { return p.reads(Label(l), t.Text) })
		})
		if !menu && (p.tabs == nil || p.hasTabs(row)) {
			return row
		}
	}
	return nil
}

// reads reports whether text reads as the label does, as is does, but does not note
// an unverified text as relied on.
func (p *Page) reads(l Label, text string) bool { return contains(p.s.allTexts(l), text) }

func (p *Page) hasTabs(row []page.Tab) bool {
	return len(row) == len(p.tabs) && !slices.ContainsFunc(row, func(t page.Tab) bool { return p.tabNamed(t.Text) == nil })
}

func (p *Page) tabNamed(text string) *tab {
	for _, t := range p.tabs {
		if t.text == text {
			return t
		}
	}
	return nil
}

// knowTabs finds the tabs, once, and reports whether there are any.
func (p *Page) knowTabs() bool {
	if p.tabs == nil && !p.tabless && p.s.isLive(p.p) {
		row := p.tabRow()
		for _, t := range row {
			if p.tabNamed(t.Text) == nil {
				p.tabs = append(p.tabs, &tab{text: t.Text})
			}
			if t.Front {
				p.front = p.tabs[len(p.tabs)-1]
				p.front.doc = p.p
			}
		}
		p.tabless = row == nil
	}
	return len(p.tabs) > 1 && p.front != nil
}

// seek waits for what find looks for, as wait does, and looks in the other tabs, too.
// What is looked for in a row of a list is looked for in the tab in front alone.
func (p *Page) seek(ctx context.Context, w Where, find func() error) error {
	err := p.wait(ctx, find)
	if w.Row == nil {
		err = p.inTabs(ctx, err, find)
	}
	return err
}

// inTabs looks for something that the tab in front lacks in the others, and leaves
// the one in front that has it, or else the one that was. The session is locked.
func (p *Page) inTabs(ctx context.Context, err error, find func() error) error {
	if !lacking(err) || !p.s.isLive(p.p) || !p.knowTabs() {
		return err
	}
	first := p.front
	for _, t := range p.tabs {
		if t == first || t.dead || t.doc != nil && t.doc != p.p && !p.wasOn(t, find) {
			continue
		}
		if stopped := p.bring(ctx, t); stopped != nil {
			return stopped
		}
		if p.front != t {
			continue
		}
		if found := find(); !lacking(found) {
			return found
		}
	}
	if stopped := p.bring(ctx, first); stopped != nil {
		return stopped
	}
	return err
}

// wasOn looks at a tab as it was seen.
func (p *Page) wasOn(t *tab, find func() error) bool {
	inFront, live := p.front, p.p
	p.front, p.p = t, t.doc
	defer func() { p.front, p.p = inFront, live }()
	return !lacking(find())
}

// bring brings a tab to the front; where that leads elsewhere it is dead, and the
// one before is in front again. An error ends the work.
func (p *Page) bring(ctx context.Context, t *tab) error {
	if t == p.front {
		return nil
	}
	row := p.tabRow()
	i := slices.IndexFunc(row, func(c page.Tab) bool { return c.Text == t.text && c.Action != nil && !c.Action.Disabled() })
	if i < 0 {
		t.dead = true
		return nil
	}
	done := p.s.doing(read)
	working, worked := p.s.t.working(ctx, 0, nil)
	out, err := row[i].Action.Click(working, page.ClickOptions{})
	done()
	worked()
	if lost := p.s.takeLost(); lost != nil {
		return lost
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil || out.Refused || out.Closed || out.Opened != "":
		t.dead = true
		return nil
	case out.Request == nil: // a part of the page, which is shown now
		p.front, t.doc = t, nil
		return nil
	case !asksForPage(out.Request) || mayAct(out.Request):
		t.dead = true
		return nil
	}
	title := p.p.Title()
	on, err := p.goOn(ctx, out.Request, out.Elsewhere, read, p.path)
	if err != nil {
		return err
	}
	p.p, p.window, p.came = on.p, on.window, on.came
	if p.p.Title() == title && p.tabRow() != nil {
		p.front, t.doc = t, p.p
		return nil
	}
	// It was no tab. The page is asked for once more, where it can be.
	t.dead = true
	if p.request == nil || !asksForPage(p.request) || mayAct(p.request) {
		return nil
	}
	back, err := p.goOn(ctx, p.request, nil, read, p.path)
	if err == nil {
		p.p, p.window, p.came = back.p, back.window, back.came
		for _, c := range p.tabRow() {
			if known := p.tabNamed(c.Text); c.Front && known != nil {
				p.front, known.doc = known, p.p
			}
		}
	}
	return err
}

// tabCalled returns the tab that is called like a section: then all of it is the
// section, and a heading of that name is the tab's own. Nil: there is none.
func (p *Page) tabCalled(l Label) *tab {
	if l == "" || !p.knowTabs() {
		return nil
	}
	i := slices.IndexFunc(p.tabs, func(t *tab) bool { return !t.dead && p.reads(l, t.text) })
	if i < 0 {
		return nil
	}
	return p.tabs[i]
}

// elsewhere brings that tab to the front which has something that the one in front
// lacks; false if none has.
func (p *Page) elsewhere(ctx context.Context, has func() bool) (bool, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	missing := &page.NotFoundError{Role: "tab"}
	err := p.inTabs(ctx, missing, func() error {
		p.s.mu.Unlock()
		defer p.s.mu.Lock()
		if has() {
			return nil
		}
		return missing
	})
	if lacking(err) {
		return false, nil
	}
	return err == nil, err
}
