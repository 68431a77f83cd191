package remoteui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// Pair is a label of a page and the text beside it, verbatim.
type Pair struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Has reports whether something to click with this label is on the page.
func (p *Page) Has(l Label, w ...Where) bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if len(w) == 0 && p.s.pinnedPage(l) != nil {
		return true
	}
	where := one(w)
	where.quiet = true
	_, err := p.action(l, where)
	return err == nil
}

// Value returns the text that stands beside a label. A table of two rows and two
// columns can be read along its rows or down its columns: then the reading by
// which the value is not itself a label of the UI counts.
func (p *Page) Value(ctx context.Context, l Label, w ...Where) (string, error) {
	return p.valueThat(ctx, func(text string) bool { return !p.Knows(text) }, l, w...)
}

// ValueAmong is [Page.Value] where the value should read like one of some
// labels: of two readings the one that does counts.
func (p *Page) ValueAmong(ctx context.Context, l Label, expected ...Label) (string, error) {
	return p.valueThat(ctx, func(text string) bool {
		return slices.ContainsFunc(expected, func(e Label) bool { return p.is(e, text) })
	}, l)
}

// valueThat is Value, preferring the reading that fits where there are two. The
// session is locked while fits is asked.
func (p *Page) valueThat(ctx context.Context, fits func(string) bool, l Label, w ...Where) (string, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var value string
	err := p.seek(ctx, one(w), func() error {
		return p.resolve(RoleValue, l, one(w), func(texts []string, sc page.Scope) (hit string, err error) {
			value, err = p.p.Value(texts, sc)
			if value, err = oneThat(fits, value, err); err != nil {
				return "", err
			}
			return matching(p.p.Pairs(), texts), nil
		})
	})
	return value, err
}

// oneThat resolves an ambiguity of readings of which one fits.
func oneThat(fits func(string) bool, value string, err error) (string, error) {
	several, ok := errors.AsType[*page.AmbiguousError](err)
	if !ok {
		return value, err
	}
	found := slices.DeleteFunc(slices.Clone(several.Candidates), func(c string) bool { return !fits(c) })
	if len(found) != 1 {
		return value, err
	}
	return found[0], nil
}

// matching returns which of the texts labels a pair.
func matching(pairs []page.Pair, texts []string) string {
	for _, t := range texts {
		for _, pair := range pairs {
			if page.Normalize(pair.Label) == plain(t) {
				return t
			}
		}
	}
	return ""
}

// Pinned returns the text that a profile says is a label's, by the name or id of its
// element, of the page as it is: nothing is waited for. False: no profile says where it is.
func (p *Page) Pinned(l Label) (value string, pinned bool) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.pin(RoleValue, l) == nil {
		return "", false
	}
	_ = p.resolve(RoleValue, l, Where{}, func(texts []string, sc page.Scope) (_ string, err error) {
		value, err = p.p.Value(texts, sc)
		return "", err
	})
	return value, true
}

// Pairs returns every label of the page with the text beside it, in order.
func (p *Page) Pairs() []Pair {
	var pairs []Pair
	for _, pair := range p.p.Pairs() {
		pairs = append(pairs, Pair{Label: pair.Label, Value: pair.Value})
	}
	return pairs
}

// Is reports whether text reads as the label does.
func (p *Page) Is(l Label, text string) bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.is(l, text)
}

// maxLabelText is the longest text that can be a label, in bytes.
const maxLabelText = 1000

// Mentions reports whether a text holds a line, or a part of one, that reads as the
// label does.
func (p *Page) Mentions(l Label, text string) bool {
	return slices.ContainsFunc(p.texts(l), func(t string) bool { return strings.Contains(text, t) })
}

// is does what [Page.Is] does; the session is locked.
func (p *Page) is(l Label, text string) bool {
	if len(text) > maxLabelText {
		return false // no label is so long, and a page of megabytes is asked about many
	}
	known, said := p.s.texts(l), plain(text)
	for _, t := range known {
		if plain(t.Text) == said {
			p.s.relied(l, t.Text, known, p.name())
			return true
		}
	}
	return false
}

// Table is a list of the page.
type Table struct {
	Header []string
	Rows   []*Row
}

// Row is one row of a list. As [Where.Row] it narrows a search.
type Row struct {
	p *Page
	r *page.Row
}

// Table returns the list that has a column for each of the labels.
func (p *Page) Table(ctx context.Context, columns ...Label) (*Table, error) {
	return p.table(ctx, columns, func(*page.Table) bool { return false })
}

// Choices returns the list of keys to choose one from, by [Use] in its row or by
// selecting it. It has the column [Key Name]; where no list on the page is headed so, or
// none from which one can choose, it is one without a heading.
func (p *Page) Choices(ctx context.Context) (*Table, error) {
	return p.table(ctx, []Label{labels.KeyName}, func(t *page.Table) bool { return !p.p.ToChooseFrom(t, p.s.allTexts(labels.Use)) })
}

// table finds a list; unfit says of one with a heading that one without goes before it.
func (p *Page) table(ctx context.Context, columns []Label, unfit func(*page.Table) bool) (*Table, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var found *page.Table
	unheaded := func(texts ...[]string) (*page.Table, error) {
		return p.p.Unheaded(texts[0][0], p.s.allTexts(labels.Use))
	}
	cards := func(texts ...[]string) (*page.Table, error) { return p.p.Cards(p.saidOf(columns[0]), texts...) }
	err := p.seek(ctx, Where{}, func() error {
		err := p.inFrames(func() error { return p.findTable(columns, &found, p.p.Table) })
		// One row to do nothing with may only set out labels and values.
		if lacking(err) || err == nil && len(found.Rows) < 2 && !slices.ContainsFunc(found.Rows, (*page.Row).Actionable) {
			if blocks := p.inFrames(func() error { return p.findTable(columns, &found, cards) }); !lacking(blocks) && (err != nil || blocks == nil) {
				return blocks
			}
		}
		if len(columns) == 1 && columns[0] == labels.KeyName && (lacking(err) || err == nil && unfit(found)) {
			plain := p.inFrames(func() error { return p.findTable(columns, &found, unheaded) })
			if !lacking(plain) {
				return plain
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	t := &Table{Header: found.Header}
	for _, r := range found.Rows {
		t.Rows = append(t.Rows, &Row{p: p, r: r})
	}
	return t, nil
}

// SelectableTable returns the one list of the page whose rows can be selected,
// whatever its columns are called; nil if there is none.
func (p *Page) SelectableTable() (*Table, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	lists := p.p.SelectableLists()
	if len(lists) == 0 {
		return nil, nil
	}
	if len(lists) > 1 {
		return nil, p.fail("list", Where{}, fmt.Errorf("%d lists can be selected from, want one", len(lists)))
	}
	t := &Table{Header: lists[0].Header}
	for _, r := range lists[0].Rows {
		t.Rows = append(t.Rows, &Row{p: p, r: r})
	}
	return t, nil
}

// saidOfKeys are labels that stand beside the names of keys.
var saidOfKeys = []Label{
	labels.KeyUsage, labels.CertificateColumn, labels.PublicKey, labels.KeyAlgorithm, labels.ValidityEnd, labels.Subject, labels.Issuer, labels.Thumbprint, labels.SerialNumber,
}

// saidOf are the texts of labels that stand beside what a label names.
func (p *Page) saidOf(l Label) []string {
	var texts []string
	if l == labels.KeyName {
		for _, said := range saidOfKeys {
			texts = append(texts, p.s.allTexts(said)...)
		}
	}
	return texts
}

func (p *Page) findTable(columns []Label, found **page.Table, find func(...[]string) (*page.Table, error)) error {
	var all [][]string
	for _, l := range columns {
		all = append(all, p.s.allTexts(l))
	}
	t, err := find(all...)
	if err != nil {
		return p.fail(columns[0], Where{}, err)
	}
	*found = t
	for i, l := range columns {
		for col, h := range t.Header {
			if contains(all[i], h) && !(t.Headed && col == 0) {
				p.s.relied(l, h, p.s.texts(l), p.name())
			}
		}
	}
	return nil
}

func contains(texts []string, s string) bool {
	said := plain(s)
	return slices.ContainsFunc(texts, func(t string) bool { return plain(t) == said })
}

// Cell returns the text of the row's cell in a column; ok is false if there is
// no such column.
func (r *Row) Cell(column Label) (text string, ok bool) {
	c, ok := r.r.Cell(r.p.s.allTexts(column))
	if !ok {
		return "", false
	}
	return c.Text, true
}

// Cells returns the text of every cell, in order; a cell's images contribute
// their alt and title texts.
func (r *Row) Cells() []string {
	var all []string
	for _, c := range r.r.Cells {
		text := c.Text
		for _, img := range c.Images {
			text = strings.TrimSpace(text + " " + img.Alt + " " + img.Title)
		}
		all = append(all, text)
	}
	return all
}

// Links returns the texts of what can be clicked in the row.
func (r *Row) Links() []string {
	r.p.s.mu.Lock()
	defer r.p.s.mu.Unlock()
	var texts []string
	for _, a := range r.r.Actions() {
		texts = append(texts, a.Label())
	}
	return texts
}

// RowsNaming returns what each row shows that has the text in a cell of its own,
// cell by cell as they stand, whatever its list is called: the words of a list
// that nobody has published. A label with its value is no row.
func (p *Page) RowsNaming(text string) [][]string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var all [][]string
	for _, doc := range p.documents() {
		for _, cells := range doc.RowsNaming(strings.TrimSpace(text), func(t string) bool { return p.s.words.knows(p.s.lang, t) }) {
			all = append(all, p.s.scrubAll(cells))
		}
	}
	return all
}

// Selector returns the check box or radio button that selects the row.
func (r *Row) Selector() (*Control, error) {
	c := r.r.Selector()
	if c == nil {
		return nil, errors.New("row has nothing to select it by")
	}
	return &Control{p: r.p, c: c}, nil
}

// Marks returns the texts of the row's images: icons that tell of a broken
// key, or of a missing certificate.
func (r *Row) Marks() string {
	var all []string
	for _, c := range r.r.Cells {
		for _, img := range c.Images {
			for _, text := range []string{img.Alt, img.Title} {
				if text = strings.TrimSpace(text); text != "" && !slices.Contains(all, text) {
					all = append(all, text)
				}
			}
		}
	}
	return strings.Join(all, "; ")
}

// alerts returns what the page said by itself while loading, of each message
// its beginning.
func (p *Page) alerts() []string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.s.alerts(append(p.told[:len(p.told):len(p.told)], p.p.Alerts()...))
}

// alerts are messages of a page, fit to be shown.
func (s *Session) alerts(texts []string) []string {
	const most, length = 10, 300
	var all []string
	for _, t := range texts[:min(len(texts), most)] {
		all = append(all, s.say(t, length))
	}
	return all
}

// Find returns the row whose cell in a column reads like text.
func (t *Table) Find(column Label, text string) (*Row, error) {
	var found *Row
	var others []string
	for _, r := range t.Rows {
		cell, _ := r.Cell(column)
		cell = strings.TrimSpace(cell)
		others = append(others, cell)
		if cell != text {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("two rows are named %q", text)
		}
		found = r
	}
	if found == nil {
		return nil, &NoRowError{Name: text, Others: others}
	}
	return found, nil
}

// FieldState is a field of a page and what it is set to, for comparing a page
// before and after a change.
type FieldState struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Fields returns what the page's visible fields are set to; passwords are left
// out.
func (p *Page) Fields() []FieldState {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var all []FieldState
	for _, c := range p.p.AllControls() {
		if c.Kind() == page.Password {
			continue
		}
		value := c.Value()
		if c.Kind() == page.Checkbox || c.Kind() == page.Radio {
			value = fmt.Sprint(c.Checked())
		}
		all = append(all, FieldState{Label: c.Label(), Value: value})
	}
	return all
}

// Await waits until something to click with this label is on the page.
func (p *Page) Await(ctx context.Context, l Label) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.seek(ctx, Where{}, func() error { _, err := p.action(l, Where{}); return err })
}

// Actions returns the texts of everything on the page that can be clicked, in
// order.
func (p *Page) Actions() []string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.p.Actions()
}

// Knows reports whether a text is one way of reading any label: then it is the
// UI's own word, and not a name that somebody gave.
func (p *Page) Knows(text string) bool { return p.s.words.knows(p.s.lang, text) }
