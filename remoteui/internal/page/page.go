package page

import (
	"cmp"
	"context"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
	"github.com/rekey-go/rekey/remoteui/internal/script"
)

// Page is a loaded page. Close it when done. Where a limit ends it half-way
// through an act, or the act's context is cancelled, it is closed already.
type Page struct {
	doc       *dom.Document
	opts      Options
	limits    Limits
	vm        *script.VM
	declared  []code           // what of scripts waits for it
	soon      *timed           // and what is to run before the act ends; nil: nothing
	skipped   time.Duration    // of the page's time that did not really pass, without it
	functions *script.Declared // read from that; nil: not yet
	shadowed  bool             // names of elements may mean something else to scripts
	closed    bool
	fatal     error // a limit that ended the page
	op        *act  // what is being done

	ids   map[*html.Node]int // numbers of nodes that scripts know
	nodes []*html.Node       // by number-1

	globals        map[string]bool // global names scripts know
	globalsVersion int
	text           string // what is shown,
	texted         int    // in this version of the document
	named          map[string][]*html.Node
	namedVersion   int
	listening      map[*html.Node]bool // nodes scripts listen on for clicks
	heard          map[string]bool     // events that scripts listen for, wherever
	started        map[*html.Node]bool // script elements that ran or never will
	deferred       []*html.Node
	modules        map[string]string // sources of those within the page, by address
	scripts        int               // inline scripts met so far
	timed          bool              // a script has set a timer
	polls          bool              // a script has made a request: from then on time is real
	requests       []*scriptRequest
	requestID      int
	active         *html.Node
	places         []stop  // addresses of the document, and
	at             int     // which of them it has
	moved          int     // see Place
	files          []*File // of scripts, by number
	madeBytes      int
	cookies        *cookies // secrets: printing a page follows no pointer of it
	readyState     string
	begun          time.Time // when it was loaded, and
	clock          time.Time // what the caller's clock said then

	windowsClosed map[string]bool // small windows of this page that are gone
	closing       bool            // it closed its small window while it was loaded
	behind        *Outcome        // what it did to its opener meanwhile

	remembered   *memo
	atFirst      map[*html.Node]bool // layers that lay over the page when it was loaded
	alerts       []string
	scriptErrors []ScriptError
	next         *Navigation
	elsewhere    []*Request
}

// Load builds the page from its source and runs its scripts. Script errors do
// not fail it: see [Page.ScriptErrors].
func Load(ctx context.Context, src string, opts Options) (*Page, error) {
	limits := opts.Limits.withDefaults()
	p := &Page{
		doc: dom.NewShared(opts.URL, dom.Limits{
			Nodes: limits.Nodes, Depth: limits.Depth, Splices: limits.Splices, Bytes: limits.Bytes, Over: limits.Over,
		}, cmp.Or(opts.Used, new(dom.Used))),
		opts: opts, limits: limits,
		ids:       make(map[*html.Node]int),
		globals:   make(map[string]bool),
		listening: make(map[*html.Node]bool),
		heard:     make(map[string]bool),
		started:   make(map[*html.Node]bool),
		cookies:   &cookies{known: opts.Cookies},
	}
	p.opts.Cookies = ""
	p.doc.Charset = dom.CharsetName(opts.Charset)
	p.id(p.doc.Root) // number 1
	if err := p.load(ctx, src); err != nil {
		p.Close()
		return nil, limitError(err)
	}
	return p, nil
}

// Close releases the script engine of the page.
func (p *Page) Close() {
	p.closed = true
	p.doc.Release()
	p.vm.Close()
}

// URL is the address of the page, without what follows #; nil if it was loaded
// without.
func (p *Page) URL() *url.URL {
	if p.doc.URL == nil {
		return nil
	}
	u := *p.doc.URL
	u.Fragment, u.RawFragment = "", ""
	return &u
}

// Title is the text of the title element.
func (p *Page) Title() string {
	for n := range p.byTag("title") {
		return strings.Join(strings.Fields(dom.RawText(n)), " ")
	}
	return ""
}

// Lang is the language the html element declares; empty if none.
func (p *Page) Lang() string { return dom.Attr(p.doc.HTML(), "lang") }

// Text is the visible text, one line per block.
func (p *Page) Text() string {
	// It is asked for again and again: each label that is not found is told with it.
	if root := p.root(); p.texted != p.doc.Version() || p.text == "" {
		p.text, p.texted = dom.Text(root), p.doc.Version()
	}
	return p.text
}

// Document is the live tree for reading.
func (p *Page) Document() *goquery.Document { return goquery.NewDocumentFromNode(p.doc.Root) }

// ScriptErrors are the errors of scripts and handlers so far.
func (p *Page) ScriptErrors() []ScriptError {
	if len(p.declared) > 0 && !p.closed {
		// A limit that one of them runs into closes the page.
		_, _ = p.perform(context.Background(), nil, 0, p.checkDeclared)
	}
	return slices.Clone(p.scriptErrors)
}

// Alerts are the messages shown while the page loaded, and by later acts that
// it did not refuse.
func (p *Page) Alerts() []string { return slices.Clone(p.alerts) }

// Next is what the page itself started while it loaded or, later, while a
// control was last changed: a redirect, a refresh, a form that sends itself.
// nil if it started nothing.
func (p *Page) Next() *Navigation { return p.next }

// Cookies are the cookies that scripts have set, each as in a Set-Cookie
// header.
func (p *Page) Cookies() []string { return slices.Clone(p.cookies.lines) }

// Frames are the pages to be loaded into the frames of this one, with the
// frame's name as target.
func (p *Page) Frames() []Request {
	var frames []Request
	for n := range p.byTag("frame", "iframe") {
		src := strings.TrimSpace(dom.Attr(n, "src"))
		u, err := p.doc.Resolve(src)
		if src == "" || err != nil || u.Scheme != "http" && u.Scheme != "https" {
			continue
		}
		frames = append(frames, Request{Method: "GET", URL: u, Target: dom.Attr(n, "name")})
	}
	return frames
}

// Inline reports whether the document has an inline frame of a name, and whether
// what is in it can be seen: scripts send forms into frames of no size, for what the
// answer's own script does then.
func (p *Page) Inline(name string) (found, seen bool) {
	for n := range p.byTag("iframe") {
		if dom.Attr(n, "name") == name {
			none := func(side string) bool {
				return slices.Contains([]string{"0", "1", "0px", "1px"}, strings.TrimSpace(dom.Attr(n, side)))
			}
			return true, dom.Visible(n) && !none("width") && !none("height")
		}
	}
	return false, false
}

// Left reports whether the page closed the small window that it is in while it
// was loaded, and what it did meanwhile to the page that opened it; nil if
// nothing.
func (p *Page) Left() (closed bool, behind *Outcome) { return p.closing, p.behind }

// WindowClosed says that a small window of this page is gone.
func (p *Page) WindowClosed(name string) {
	if p.windowsClosed == nil {
		p.windowsClosed = make(map[string]bool)
	}
	p.windowsClosed[name] = true
}

// Elsewhere returns what the page, by loading or by the last change of a field,
// had other frames of its window load.
func (p *Page) Elsewhere() []*Request { return p.elsewhere }

// root is where searches begin: the body, or the whole tree without one. What is
// hidden in it is known from here on.
func (p *Page) root() *html.Node {
	p.doc.Style()
	if b := p.doc.Body(); b != nil {
		return b
	}
	return p.doc.HTML()
}

// byTag yields the elements with one of the tags in document order.
func (p *Page) byTag(tags ...string) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		for n := range dom.Descendants(p.doc.Root) {
			if dom.IsElement(n, tags...) && !yield(n) {
				return
			}
		}
	}
}
