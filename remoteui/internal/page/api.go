package page

import (
	"context"
	"net/url"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// Page is a loaded page. Close it when done.
type Page struct{}

// Load builds the page from its source and runs its scripts.
func Load(ctx context.Context, src string, opts Options) (*Page, error) { return &Page{}, nil }

// Close releases the script engine of the page.
func (p *Page) Close() {}

func (p *Page) URL() *url.URL                  { return nil }
func (p *Page) Title() string                  { return "" }
func (p *Page) Lang() string                   { return "" }
func (p *Page) Text() string                   { return "" }
func (p *Page) Document() *goquery.Document    { return nil }
func (p *Page) ScriptErrors() []ScriptError    { return nil }
func (p *Page) Alerts() []string               { return nil }
func (p *Page) Next() *Navigation              { return nil }
func (p *Page) Frames() []Request              { return nil }
func (p *Page) Cookies() []string              { return nil }
func (p *Page) Forms() []*Form                 { return nil }
func (p *Page) HasText(texts []string) bool    { return false }
func (p *Page) HasSection(texts []string) bool { return false }
func (p *Page) Pairs() []Pair                  { return nil }

// Scope narrows a search. The zero value searches the whole page.
type Scope struct {
	// Section holds alternatives of a heading: search below it only.
	Section []string
	// Row searches within one row of a list.
	Row *Row
}

func (p *Page) Action(texts []string, scope Scope) (*Action, error)      { return nil, nil }
func (p *Page) Control(texts []string, scope Scope) (*Control, error)    { return nil, nil }
func (p *Page) Controls(texts []string, scope Scope) ([]*Control, error) { return nil, nil }
func (p *Page) Value(texts []string, scope Scope) (string, error)        { return "", nil }
func (p *Page) Table(columns ...[]string) (*Table, error)                { return nil, nil }

// Form is a form of the live page.
type Form struct {
	Name, ID string
	Action   *url.URL
	Method   string
}

func (f *Form) Fields() []Field                            { return nil }
func (f *Form) Field(name string) (Field, bool)            { return Field{}, false }
func (f *Form) Set(name, value string) bool                { return false }
func (f *Form) Request(submitter string) (*Request, error) { return nil, nil }

// Pair is one label and its value, as printed.
type Pair struct{ Label, Value string }

// Table is a list of the page.
type Table struct {
	Header []string
	Rows   []*Row
}

// Row is one row of a list.
type Row struct{ Cells []*Cell }

func (r *Row) Cell(texts []string) (*Cell, bool) { return nil, false }
func (r *Row) Selector() *Control                { return nil }
func (r *Row) Actions() []*Action                { return nil }
func (r *Row) Text() string                      { return "" }

// Cell is one cell of a row.
type Cell struct {
	Text   string
	Images []Image
}

func (c *Cell) Actions() []*Action { return nil }

// Image is an image and what it says without being seen.
type Image struct{ Src, Alt, Title string }

// Action is something to click on.
type Action struct{ node *html.Node }

func (a *Action) Label() string  { return "" }
func (a *Action) Disabled() bool { return false }
func (a *Action) Click(ctx context.Context, opts ClickOptions) (*Outcome, error) {
	return nil, nil
}

// ClickOptions of one click. The zero value answers every confirm with no.
type ClickOptions struct {
	// Confirm answers questions of the page with yes.
	Confirm bool
}

// Outcome is what a click led to.
type Outcome struct {
	Request       *Request // nil: nothing was requested
	Alerts        []string
	Confirmations []string // the questions asked
	Refused       bool     // the page said no: an alert, or a question answered no, and no request
	Opened        string   // name of the window the request is for, if a new one was opened
}

// Kind of a control.
type Kind int

// The kinds of controls.
const (
	Text Kind = iota
	Password
	TextArea
	Select
	Checkbox
	Radio
	FileUpload
)

// Control is a field of the page. A radio control is one button; its group is
// had by Group, and Choose, Set, Value and Options speak of the whole group.
type Control struct{ node *html.Node }

// Option is one choice of a select or of a radio group.
type Option struct {
	Text, Value        string
	Selected, Disabled bool
}

func (c *Control) Kind() Kind                                       { return Text }
func (c *Control) Name() string                                     { return "" }
func (c *Control) ID() string                                       { return "" }
func (c *Control) Label() string                                    { return "" }
func (c *Control) Value() string                                    { return "" }
func (c *Control) Checked() bool                                    { return false }
func (c *Control) Disabled() bool                                   { return false }
func (c *Control) ReadOnly() bool                                   { return false }
func (c *Control) Options() []Option                                { return nil }
func (c *Control) Group() []*Control                                { return nil }
func (c *Control) Companions() []*Control                           { return nil }
func (c *Control) Set(ctx context.Context, value string) error      { return nil }
func (c *Control) SetFile(ctx context.Context, f File) error        { return nil }
func (c *Control) Choose(ctx context.Context, texts []string) error { return nil }
func (c *Control) Check(ctx context.Context, on bool) error         { return nil }
