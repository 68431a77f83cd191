package usage

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rekey-go/rekey/internal/pages"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// Function is a function of a device that uses a key: all that the procedure has
// to know of it, in one row. A new one is a file of this package with its row and
// those of the procedure, a row in package keys (how the key list names it and what
// its certificates are for), its labels, and the texts of its tasks: CONTRIBUTING.md
// has the list.
type Function struct {
	Use   keys.Use
	Title string // names it for people
	// Code stands for it in the names of the keys that are made for it; empty:
	// none is.
	Code string

	// NeededRow says when its key matters, and by what a new one is proved,
	// BindingRow how a key is chosen (empty: nobody chooses one), and DisableRow
	// how an old certificate is made worthless. // C, R, V
	NeededRow, BindingRow, DisableRow string
	// PeopleRow: its key renews itself, and what is left is for people. // B-1, A-1
	PeopleRow string

	// RemoteUI: its key is the one that the Remote UI is served with. By it the
	// device is known, and whoever looks sees the certificate.
	RemoteUI bool
	// InPlace: its key is renewed in place, and keeps its name.
	InPlace bool
	// OwnKey: it does not take a key that another function has.
	OwnKey bool
	// OwnPort: its certificate is seen at a port of its own, once it is in effect,
	// and not before.
	OwnPort bool
	// Location names it to the device's SCEP client; empty: that has no
	// certificates for it. // G-9
	Location remoteui.Label

	// absent are the items of menus that a device without the function lacks, with
	// the words of their names that are not translated.
	absent map[remoteui.Label][]string
	// before are pages on the way to that which names the key, or all there are;
	// wants is what is looked for on that.
	before []pages.Page
	wants  []pages.Want

	// path leads to the page, or to the list of the pages.
	path []remoteui.Label
	// toggle is what is on or off where the page names no key; mayLack: a device
	// without the page has nothing to do.
	toggle  remoteui.Label
	mayLack bool
	// title is the label of the page's title: by it the list of keys leads back.
	title remoteui.Label
	// section is the part of the page that names the key; empty: all of it.
	section remoteui.Label
	// on says whether the function uses a key, and why.
	on func(context.Context, *remoteui.Page) (bool, string, error)
	// names lists the policies, each with a page, and open goes to the page of
	// one, which is named pageName. Nil: there is one page, and the path leads
	// there.
	names func(context.Context, *remoteui.Session) ([]string, error)
	open  func(ctx context.Context, s *remoteui.Session, policy string) (*remoteui.Page, error)

	pageName string
}

// functions are all that are known, in the order in which they are shown: that of
// the rows that say when they matter.
var functions []*Function

// known adds a function to those that are known, so that its file is all that there
// is of it.
func known(f Function) *Function {
	functions = append(functions, &f)
	slices.SortStableFunc(functions, func(a, b *Function) int { return cmp.Compare(a.order(), b.order()) })
	return &f
}

// order is the number of the row that says when the function's key matters; those
// whose key renews itself come last.
func (f *Function) order() int {
	if n, err := strconv.Atoi(strings.TrimPrefix(f.NeededRow, "C-")); err == nil {
		return n
	}
	return math.MaxInt
}

// Functions are all that are known, in the order in which they are shown.
func Functions() []*Function { return slices.Clone(functions) }

// Foresee tells a session which menus will be passed again and again.
func Foresee(s *remoteui.Session) {
	for _, f := range functions {
		for _, p := range f.Pages() {
			s.Foresee(p.Path)
		}
	}
	for _, kind := range append(slices.Clip(jobKinds), labels.FaxMemory) {
		s.Foresee(pages.Way(labels.StatusMonitor, kind))
	}
}

// Of is the function of a use. One that is not known has its use for a title, and
// nothing else: nothing is done for it.
func Of(u keys.Use) *Function {
	for _, f := range functions {
		if f.Use == u {
			return f
		}
	}
	return &Function{Use: u, Title: string(u)}
}

// Several reports whether it has several settings, each with a key of its own,
// such as the policies of IPSec.
func (f *Function) Several() bool { return f.names != nil }

// named reports whether a page, or each of several, names the function's key.
func (f *Function) named() bool { return f.BindingRow != "" }

// item is the item of the menu that leads to the function's page.
func (f *Function) item() remoteui.Label { return f.path[len(f.path)-1] }

// show goes to the page of a place, with its fields to be set.
func (f *Function) show(ctx context.Context, s *remoteui.Session, policy string) (*remoteui.Page, error) {
	if f.open != nil {
		return f.open(ctx, s, policy)
	}
	return walkTo(ctx, s, f.path...)
}

// chooser goes on to the list from which a key is chosen.
func (f *Function) chooser(ctx context.Context, p *remoteui.Page) (*remoteui.Page, error) {
	p, err := editable(ctx, p)
	if err != nil {
		return nil, err
	}
	var next *remoteui.Page
	for _, w := range within(f.section) {
		if next, err = p.Follow(ctx, labels.KeyAndCertificate, w); err == nil {
			break
		}
	}
	return next, err
}

// Pages are those that the procedure needs for the function.
func (f *Function) Pages() []pages.Page {
	all := slices.Clone(f.before)
	if f.named() {
		page := pages.Page{Name: string(f.Use), Path: f.path, Then: editable, Wants: f.wants}
		if f.open != nil {
			page.Name, page.Then, page.Names, page.Open = string(f.Use)+"-"+f.pageName, nil, f.names, f.open
		}
		list := page
		list.Name, list.Then, list.Wants = string(f.Use)+"-keys", f.chooser, keyChoice
		all = append(all, page, list)
	}
	for i := range all {
		all[i].For = cmp.Or(all[i].For, string(f.Use))
	}
	return all
}

// keyChoice is what every list has from which a key is chosen. // R-1 to R-4
var keyChoice = []pages.Want{pages.Column(labels.KeyName), pages.InRows(labels.Use)}

// Absent says whether a device without the function lacks an item of a menu, and
// which words the item would hold in every language.
func (f *Function) Absent(item remoteui.Label) (words []string, lacks bool) {
	words, lacks = f.absent[item]
	return words, lacks
}
