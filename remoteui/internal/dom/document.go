// Package dom builds the tree of a page from HTML source as browsers do, keeps
// the state of its form controls, and reads its visible text.
//
// It exists beside golang.org/x/net/html's parser because that parser cannot
// pause at </script> to take in what document.write gave, and because its tree
// loses which form a control belongs to where forms and tables overlap. Nodes
// are x/net/html nodes all the same, so selectors work on them.
package dom

import (
	"fmt"
	"iter"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Limits bound a document. All must be positive.
type Limits struct {
	Nodes   int // nodes ever made
	Depth   int // nesting of elements
	Splices int // pieces spliced into the source
	Bytes   int // source and everything spliced in or parsed later
	// Over is called where nodes or bytes are too many. Nil: nobody is told.
	Over func()
}

// Used is what documents that live at the same time use together, such as those
// of a set of frames: the limits of each bound the sum. One goroutine uses it at
// a time.
type Used struct {
	Nodes, Bytes int
	Handed       int // bytes of text that scripts have handed over
}

// LimitError says which limit a document exceeds.
type LimitError struct {
	Limit string // "nodes", "depth", "splices" or "bytes"
	Max   int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("document exceeds the limit of %d %s", e.Max, e.Limit)
}

// Document is a tree and what the tree alone does not hold: form owners given
// by the parser and the live state of controls.
type Document struct {
	Root *html.Node // the document node
	URL  *url.URL   // its address; may be nil
	// Charset names what its source was decoded from, by [CharsetName]; forms
	// and queries are sent in it. Empty: UTF-8.
	Charset string

	limits  Limits
	used    *Used // by this and other documents
	own     Used
	splices int

	html, head, body *html.Node

	owners map[*html.Node]*html.Node // form owner by the parser's form pointer
	states map[*html.Node]*state     // controls whose state left its default
	// contents are what templates hold, by template; see [Document.Content].
	contents map[*html.Node]*html.Node
	hosts    map[*html.Node]*html.Node // the templates, by what contents has for them
	radios   map[radioGroup]*html.Node // the checked button of each named group, without
	// what was adopted since: checked buttons in the order in which they came.
	adopted []*html.Node

	styled int // version of which the style is known
	linked map[*html.Node]string
	sheets map[*html.Node]*sheet
	layers []Layer

	base        *url.URL // as it was at baseVersion, with the address baseOf
	baseVersion int
	baseOf      *url.URL

	version int // counts changes of the tree
	index   *index
}

// New returns an empty document with html and head elements.
func New(address *url.URL, limits Limits) *Document {
	return NewShared(address, limits, new(Used))
}

// NewShared is New for a document that lives beside others.
func NewShared(address *url.URL, limits Limits, used *Used) *Document {
	d := &Document{URL: address, limits: limits, used: used}
	d.Clear()
	return d
}

// Clear empties the document for new source. What it has cost so far still
// counts against its limits.
func (d *Document) Clear() {
	if d.Root == nil {
		d.Root = &html.Node{Type: html.DocumentNode}
	}
	for c := d.Root.FirstChild; c != nil; c = d.Root.FirstChild {
		d.Root.RemoveChild(c)
	}
	d.owners, d.contents, d.hosts = make(map[*html.Node]*html.Node), nil, nil
	d.states = make(map[*html.Node]*state)
	d.radios, d.adopted = make(map[radioGroup]*html.Node), nil
	d.html, d.head, d.body = element("html"), element("head"), nil
	d.Root.AppendChild(d.html)
	d.html.AppendChild(d.head)
	d.version++
}

// HTML returns the html element.
func (d *Document) HTML() *html.Node { return d.html }

// Head returns the head element.
func (d *Document) Head() *html.Node { return d.head }

// Body returns the body or frameset element; nil before it has begun.
func (d *Document) Body() *html.Node { return d.body }

// Changed must be called after the tree or an attribute was changed from
// outside.
func (d *Document) Changed() { d.version++ }

// Version counts the changes of the tree.
func (d *Document) Version() int { return d.version }

// NewElement returns a new element that is not yet in the tree.
func (d *Document) NewElement(tag string) (*html.Node, error) {
	return element(strings.ToLower(tag)), d.count()
}

// NewText returns a new text node that is not yet in the tree.
func (d *Document) NewText(text string) (*html.Node, error) {
	return &html.Node{Type: html.TextNode, Data: text}, d.count()
}

// Base is the URL that relative addresses resolve against; nil if unknown.
func (d *Document) Base() *url.URL {
	if d.base == nil || d.baseVersion != d.version || d.baseOf != d.URL {
		d.base, d.baseVersion, d.baseOf = d.findBase(), d.version, d.URL
	}
	return d.base
}

func (d *Document) findBase() *url.URL {
	for n := range d.head.ChildNodes() {
		if n.Data != "base" {
			continue
		}
		if u, err := url.Parse(strings.TrimSpace(Attr(n, "href"))); err == nil && d.URL != nil && Attr(n, "href") != "" {
			return d.URL.ResolveReference(u)
		}
	}
	return d.URL
}

// Resolve makes an address absolute as browsers do: space around it and line
// breaks within are dropped, and its query is encoded.
func (d *Document) Resolve(ref string) (*url.URL, error) {
	ref = strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, strings.TrimSpace(ref))
	path, query, _ := strings.Cut(ref, "?")
	u, err := url.Parse(strings.ReplaceAll(path, " ", "%20") + strings.Repeat("?", min(1, len(ref)-len(path))) + query)
	if err != nil {
		return nil, fmt.Errorf("address on page cannot be parsed: %w", err)
	}
	u.RawQuery = encodeQuery(d.Charset, u.RawQuery)
	if base := d.Base(); base != nil {
		u = base.ResolveReference(u)
	}
	return u, nil
}

// Contains reports whether n is in the document's tree.
func (d *Document) Contains(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == d.Root {
			return true
		}
	}
	return false
}

func (d *Document) count() error {
	d.own.Nodes++
	if d.used.Nodes++; d.used.Nodes > d.limits.Nodes {
		return d.over("nodes", d.limits.Nodes)
	}
	return nil
}

// Hand counts text that a script hands over, of which there may be at most so
// many bytes in all documents.
func (d *Document) Hand(n, most int) error {
	d.own.Handed += n
	if d.used.Handed += n; d.used.Handed > most {
		return d.over("bytes", most)
	}
	return nil
}

// Release takes what the document uses off what it uses together with others:
// nobody needs it any more.
func (d *Document) Release() {
	d.used.Nodes -= d.own.Nodes
	d.used.Bytes -= d.own.Bytes
	d.used.Handed -= d.own.Handed
	d.own = Used{}
}

func (d *Document) spend(n int) error {
	d.own.Bytes += n
	if d.used.Bytes += n; d.used.Bytes > d.limits.Bytes {
		return d.over("bytes", d.limits.Bytes)
	}
	return nil
}

// over is the error for too much of what takes memory.
func (d *Document) over(limit string, most int) error {
	if d.limits.Over != nil {
		d.limits.Over()
	}
	return &LimitError{limit, most}
}

func element(tag string) *html.Node {
	return &html.Node{Type: html.ElementNode, Data: tag, DataAtom: atom.Lookup([]byte(tag))}
}

// Attr returns the value of an attribute, "" if there is none.
func Attr(n *html.Node, key string) string {
	v, _ := LookupAttr(n, key)
	return v
}

// LookupAttr returns the value of an attribute and whether it is there.
func LookupAttr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// HasAttr reports whether n has the attribute.
func HasAttr(n *html.Node, key string) bool {
	_, ok := LookupAttr(n, key)
	return ok
}

// SetAttr sets an attribute.
func (d *Document) SetAttr(n *html.Node, key, value string) {
	d.version++
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
}

// RemoveAttr removes an attribute.
func (d *Document) RemoveAttr(n *html.Node, key string) {
	d.version++
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			n.Attr = append(n.Attr[:i:i], n.Attr[i+1:]...)
			return
		}
	}
}

// IsElement reports whether n is an element with one of the tags; without tags
// any element.
func IsElement(n *html.Node, tags ...string) bool {
	if n == nil || n.Type != html.ElementNode {
		return false
	}
	for _, t := range tags {
		if n.Data == t {
			return true
		}
	}
	return len(tags) == 0
}

// Descendants are the nodes below n, in the order of the document. They are those
// of [html.Node.Descendants], which gets to each through a call for every level
// above it: it was a fifteenth of a procedure's work.
func Descendants(n *html.Node) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		for c := n.FirstChild; c != nil; c = following(c, n) {
			if !yield(c) {
				return
			}
		}
	}
}

// following is the node after c below top.
func following(c, top *html.Node) *html.Node {
	if c.FirstChild != nil {
		return c.FirstChild
	}
	for ; c != nil && c != top; c = c.Parent {
		if c.NextSibling != nil {
			return c.NextSibling
		}
	}
	return nil
}
