package keys

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// Names of keys that the advisory leaves alone; they read the same in every
// language. // W-1, R-6
const (
	DefaultKey         = "Default Key"
	AMSKey             = "AMS"
	DeviceSignatureKey = "Device Signature Key"
)

// A key list beyond these bounds is not believed: devices hold ten keys or so, with
// names of up to 24 characters.
const (
	maxKeys = 100
	maxName = 256
	maxCell = 200 // what is kept of other cells, in characters
)

// listPath leads to the key list. // W-1
var listPath = []remoteui.Label{labels.Settings, labels.DeviceManagement, labels.KeyList}

// Entry is one row of the key list.
type Entry struct {
	Name string `json:"name"`
	Uses []Use  `json:"uses"`
	// UseText is the usage cell where it was not understood: the key must be
	// taken as used.
	UseText string `json:"useText,omitempty"`
	// Marks are the texts of the row's icons: a broken key, or one without a
	// certificate. // D-2
	Marks string `json:"marks,omitempty"`
}

// Reserved reports whether the key is one that nobody deletes. // W-1
func (e Entry) Reserved() bool { return Reserved(e.Name) }

// Reserved reports whether name is that of a key that the device needs.
func Reserved(name string) bool {
	return name == DefaultKey || name == AMSKey || name == DeviceSignatureKey
}

// UsedBy reports whether the list gives the key this use.
func (e Entry) UsedBy(u Use) bool { return slices.Contains(e.Uses, u) }

// Unused reports whether the key is known to be in no use.
func (e Entry) Unused() bool { return len(e.Uses) == 0 && e.UseText == "" }

// List is the key list as read.
type List struct {
	Entries []Entry `json:"entries"`
	// Updated is the line in which the page tells when it was made; the device's
	// clock is read off it.
	Updated string `json:"updated,omitempty"`

	recent func() bool // see [remoteui.Page.Moment]; nil: it was not read
}

// Find returns the entry of a name.
func (l *List) Find(name string) (Entry, bool) {
	i := slices.IndexFunc(l.Entries, func(e Entry) bool { return e.Name == name })
	if i < 0 {
		return Entry{}, false
	}
	return l.Entries[i], true
}

// User returns the entry that the list gives a use; ok is false if there is
// none, or several (then nothing is certain).
func (l *List) User(u Use) (e Entry, ok bool) {
	for _, candidate := range l.Entries {
		if candidate.UsedBy(u) {
			if ok {
				return Entry{}, false
			}
			e, ok = candidate, true
		}
	}
	return e, ok
}

// Names returns all names, in the list's order.
func (l *List) Names() []string {
	var names []string
	for _, e := range l.Entries {
		names = append(names, e.Name)
	}
	return names
}

// ReadList reads the key list. // W-1, W-5
func ReadList(ctx context.Context, s *remoteui.Session) (*List, error) {
	l, _, err := openList(ctx, s)
	return l, err
}

// openList reads the key list, all its pages, and returns the last of them, too, for
// acting on it.
func openList(ctx context.Context, s *remoteui.Session) (*List, *listPage, error) {
	return openListFrom(ctx, s, nil)
}

// openListFrom is openList, but for a list that was loaded a moment ago and is still
// in front, see [remoteui.Session.Here]: it is read as it stands. Nil: there is none.
func openListFrom(ctx context.Context, s *remoteui.Session, here *remoteui.Page) (*List, *listPage, error) {
	var live *listPage
	if here != nil {
		if first, err := parsePages(ctx, here); err == nil {
			if first.pages == 1 {
				return first.list, first, nil
			}
			live = first
		}
	}
	// Somebody may delete a key of a page that was read, and one of the next moves
	// there: pages count once they are read twice alike.
	for range listTries {
		before := live
		var err error
		if live, err = walkToList(ctx, s); err != nil {
			return nil, nil, err
		}
		if live.pages == 1 || before != nil && reflect.DeepEqual(before.list.Entries, live.list.Entries) {
			return live.list, live, nil
		}
	}
	return nil, nil, errChanging
}

// listTries bounds how often a list is read that changes meanwhile.
const listTries = 4

func walkToList(ctx context.Context, s *remoteui.Session) (live *listPage, err error) {
	err = s.Retry(ctx, func() error {
		p, err := s.Walk(ctx, listPath...)
		if err != nil {
			return fmt.Errorf("key list: %w", err)
		}
		live, err = parsePages(ctx, p)
		return err
	})
	return live, err
}

// openListAt is openListFrom, with the page that has the row of a key: of a list in
// pages that one is loaded last, and must be as it was.
func openListAt(ctx context.Context, s *remoteui.Session, here *remoteui.Page, name string) (*List, *listPage, error) {
	l, live, err := openListFrom(ctx, s, here)
	if err != nil || live.pages == 1 || live.rows[name] != nil {
		return l, live, err
	}
	if _, there := l.Find(name); !there {
		return l, live, nil
	}
	err = s.Retry(ctx, func() error {
		p, err := s.Walk(ctx, listPath...)
		for err == nil && p != nil {
			if live, err = parseList(ctx, p); err != nil || live.rows[name] != nil {
				break
			}
			p, err = p.NextOfList(ctx, labels.KeyName)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	for _, e := range live.list.Entries {
		if was, _ := l.Find(e.Name); !reflect.DeepEqual(was, e) {
			return nil, nil, errChanging
		}
	}
	live.list, live.pages = l, 2
	return l, live, nil
}

// parsePages reads the list off its pages.
func parsePages(ctx context.Context, p *remoteui.Page) (*listPage, error) {
	live, err := parseList(ctx, p)
	if err != nil {
		return nil, err
	}
	whole := &List{Updated: live.list.Updated, recent: p.Moment()}
	for pages := 1; ; pages++ {
		for _, e := range live.list.Entries {
			if _, twice := whole.Find(e.Name); twice {
				return nil, fmt.Errorf("key list: two keys are named %q: rename or delete one at the device", e.Name)
			}
			if whole.Entries = append(whole.Entries, e); len(whole.Entries) > maxKeys {
				return nil, fmt.Errorf("key list: more than %d keys: not to be believed; look at the device in a browser, with care", maxKeys)
			}
		}
		next, err := live.NextOfList(ctx, labels.KeyName)
		if err != nil {
			return nil, fmt.Errorf("key list, page %d: %w", pages+1, err)
		}
		if next == nil {
			live.list, live.pages = whole, pages
			return live, nil
		}
		if live, err = parseList(ctx, next); err != nil {
			return nil, err
		}
	}
}

// listPage is the live list: its rows by key name.
type listPage struct {
	*remoteui.Page
	list  *List // whole, where it comes in pages
	pages int
	table *remoteui.Table
	rows  map[string]*remoteui.Row
}

func parseList(ctx context.Context, p *remoteui.Page) (*listPage, error) {
	t, err := p.Table(ctx, labels.KeyName)
	if err != nil {
		return nil, fmt.Errorf("key list: %w", err)
	}
	column, err := usageColumn(p, t)
	if err != nil {
		return nil, err
	}
	l := &List{}
	l.Updated, _ = p.Value(ctx, labels.LastUpdated)
	live := &listPage{Page: p, list: l, pages: 1, table: t, rows: map[string]*remoteui.Row{}}
	named := func(row *remoteui.Row) string {
		name, _ := row.Cell(labels.KeyName)
		return strings.TrimSpace(name)
	}
	times := map[string]int{}
	for _, row := range t.Rows {
		times[named(row)]++
	}
	for _, row := range t.Rows {
		name := named(row)
		e := parseRow(p, row, name, column)
		if name == "" || e.free(row, times[name]) {
			continue
		}
		if len(l.Entries) == maxKeys || len(name) > maxName {
			return nil, fmt.Errorf("key list: more than %d keys, or a name of more than %d bytes: not to be believed; look at the device in a browser, with care", maxKeys, maxName)
		}
		if live.rows[name] != nil {
			return nil, fmt.Errorf("key list: two keys are named %q: rename or delete one at the device", name)
		}
		live.rows[name] = row
		l.Entries = append(l.Entries, e)
	}
	if len(l.Entries) == 0 {
		return nil, errors.New("key list: it has no rows that could be read; even a new device has " + DefaultKey)
	}
	return live, nil
}

func parseRow(p *remoteui.Page, row *remoteui.Row, name string, column int) Entry {
	e := Entry{Name: name, Marks: printable.Cut(row.Marks(), maxCell)}
	cells := row.Cells()
	if column < len(cells) {
		uses, ok := parseUses(p, cells[column])
		e.Uses = uses
		if !ok {
			e.UseText = printable.Cut(strings.TrimSpace(cells[column]), maxCell)
		}
	}
	return e
}

// free reports whether the row is a place that no key has: devices with a fixed
// number of them may show a dash or a word there. It names what no key can be called
// ([Spec].Name), nothing uses it, nothing else is said of it but a number, and there
// is nothing to click, to select or to see. A word counts only where several rows have
// it: no two keys have one name.
func (e *Entry) free(row *remoteui.Row, times int) bool {
	if times == 1 && strings.ContainsFunc(e.Name, unicode.IsLetter) {
		return false
	}
	if keyName.MatchString(e.Name) || e.Reserved() || !e.Unused() || e.Marks != "" || len(row.Links()) > 0 {
		return false
	}
	for _, cell := range row.Cells() {
		if cell = strings.TrimSpace(cell); cell != e.Name && aFact.MatchString(cell) {
			return false
		}
	}
	_, err := row.Selector()
	return err != nil
}

// aFact is what says something of a key: a word, or a day. What it is used for is
// read by itself, and a place may have a number.
var aFact = lazyregexp.New(`\pL|\d{3}|\d\D+\d`)

// usageColumn finds the column that tells the use. Its heading is printed in
// no public document, so it is the one with a known heading, or else the one
// in which most cells read as uses: TLS always uses some key. Words that are
// not known as uses may stand beside ("Access Control" for AMS).
func usageColumn(p *remoteui.Page, t *remoteui.Table) (int, error) {
	for i, h := range t.Header {
		if p.Is(labels.KeyUsage, h) {
			return i, nil
		}
	}
	cells := make([][]string, len(t.Rows))
	widest := 0
	for i, r := range t.Rows {
		cells[i] = r.Cells()
		widest = max(widest, len(cells[i]))
	}
	best, most, ties := -1, 0, 0
	for i := range min(widest, maxColumns) {
		if i < len(t.Header) && p.Is(labels.KeyName, t.Header[i]) {
			continue
		}
		switch n := cellsWithUses(p, cells, i); {
		case n > most:
			best, most, ties = i, n, 1
		case n == most && n > 0:
			ties++
		}
	}
	switch {
	case best < 0:
		return 0, fmt.Errorf("key list: no column tells what each key is used for (headings: %.500q)", strings.Join(t.Header, " | "))
	case ties > 1:
		return 0, fmt.Errorf("key list: %d columns could tell what each key is used for (headings: %.500q)", ties, strings.Join(t.Header, " | "))
	}
	return best, nil
}

// maxColumns of a list are looked at.
const maxColumns = 100

// cellsWithUses counts the cells of a column that name known uses and nothing
// else.
func cellsWithUses(p *remoteui.Page, rows [][]string, column int) int {
	n := 0
	for _, cells := range rows {
		if column < len(cells) {
			if uses, ok := parseUses(p, cells[column]); ok && len(uses) > 0 {
				n++
			}
		}
	}
	return n
}
