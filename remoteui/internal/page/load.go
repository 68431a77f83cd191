package page

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// load is the first act of a page.
func (p *Page) load(ctx context.Context, src string) error {
	p.begun, p.clock = time.Now(), p.opts.now()
	done, err := p.perform(ctx, nil, p.limits.VirtualTime, func() error { return p.build(src) })
	if err != nil {
		return err
	}
	p.alerts, p.next, p.elsewhere = done.alerts, done.pending, done.elsewhere
	p.seeLayers()
	p.closing, p.behind = done.closing, p.outcomeBehind(done)
	for _, refresh := range []*Navigation{p.refresh(p.opts.Refresh, "Refresh header"), p.metaRefresh()} {
		if refresh != nil && (p.next == nil || refresh.Delay < p.next.Delay) {
			p.next = refresh
		}
	}
	return nil
}

// build parses src, running its scripts, and fires the events of loading.
func (p *Page) build(src string) error {
	p.readyState, p.shadowed = "loading", p.shadowed || shadows(src)
	p.op.parsing = true
	run := p.runScript
	if p.opts.Inert {
		run = nil
	}
	err := p.doc.Parse(p.op.ctx, src, run)
	p.op.parsing = false
	if err != nil {
		return err
	}
	p.readyState = "interactive"
	for len(p.deferred) > 0 {
		n := p.deferred[0]
		p.deferred = p.deferred[1:]
		if err := p.runFile(n); err != nil {
			return err
		}
	}
	p.fetchSheets()
	if _, err := p.fire(p.doc.Root, "DOMContentLoaded"); err != nil {
		return err
	}
	p.readyState = "complete"
	if _, err := p.fire(nil, "load"); err != nil {
		return err
	}
	return nil
}

// runScript runs a script whose end tag was just read, and returns what it has
// written.
func (p *Page) runScript(s dom.Script) (string, error) {
	if p.started[s.Node] {
		return "", nil
	}
	p.started[s.Node] = true
	if isModule(s.Node) {
		p.deferred = append(p.deferred, s.Node)
		return "", nil
	}
	if !isJavaScript(s.Node) {
		return "", nil
	}
	var err error
	if dom.HasAttr(s.Node, "src") {
		if dom.HasAttr(s.Node, "defer") {
			p.deferred = append(p.deferred, s.Node)
			return "", nil
		}
		err = p.runFile(s.Node)
	} else {
		err = p.runInline(s.Node, s.Line)
	}
	if err != nil {
		return "", err
	}
	written := p.op.written.String()
	p.op.written.Reset()
	return written, nil
}

func (p *Page) runInline(n *html.Node, line int) error {
	text := dom.RawText(n)
	p.scripts++
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return p.eval(code{text, fmt.Sprintf("script %d", p.scripts), line})
}

// runFile fetches and runs a script file. One that cannot be had is a script
// error, not the end of the page.
func (p *Page) runFile(n *html.Node) error {
	if isModule(n) {
		return p.runModule(n)
	}
	src := dom.Attr(n, "src")
	text, u, err := p.fetch(src)
	if err != nil {
		if p.op.ctx.Err() != nil {
			return p.op.ctx.Err()
		}
		p.threw(ScriptError{Where: where(u, src), Message: err.Error()})
		return nil
	}
	p.op.deaf = !p.op.parsing
	defer func() { p.op.deaf = false }()
	return p.eval(code{text, where(u, src), 1})
}

// fetchSheets has the style sheets that links name. One that cannot be had is
// left out, as browsers do.
func (p *Page) fetchSheets() {
	if p.opts.Fetch == nil {
		return
	}
	links := p.doc.SheetLinks()
	for _, n := range links[:min(len(links), maxLinkedSheets)] {
		text, _, err := p.fetch(dom.Attr(n, "href"))
		if err == nil && !strings.HasPrefix(strings.TrimSpace(text), "<") { // a page in its place
			p.doc.SetSheet(n, text)
		}
	}
}

// maxLinkedSheets are fetched for one page.
const maxLinkedSheets = 8

func (p *Page) fetch(src string) (string, *url.URL, error) {
	u, err := p.doc.Resolve(src)
	switch {
	case err != nil:
		return "", nil, err
	case p.opts.Fetch == nil:
		return "", u, errors.New("script files are not fetched here")
	case p.doc.URL == nil || u.Scheme != p.doc.URL.Scheme || u.Host != p.doc.URL.Host:
		return "", u, errors.New("script file of another origin is not run")
	}
	code, err := p.opts.Fetch(p.op.ctx, u)
	if err == nil && len(code) > p.limits.Bytes {
		return "", u, &LimitError{Limit: "bytes", Max: strconv.Itoa(p.limits.Bytes)}
	}
	return code, u, err
}

// where names a script file without its query, which may hold tokens.
func where(u *url.URL, src string) string {
	if u == nil {
		path, _, _ := strings.Cut(src, "?")
		return path
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

// isJavaScript reports whether a script element is one to run as it stands. What is
// for browsers without modules is none.
func isJavaScript(n *html.Node) bool {
	if dom.HasAttr(n, "nomodule") {
		return false
	}
	t := strings.TrimSpace(dom.Attr(n, "type"))
	if t == "" {
		language := strings.ToLower(dom.Attr(n, "language"))
		return language == "" || strings.Contains(language, "javascript") || language == "jscript" || language == "ecmascript"
	}
	media, _, err := mime.ParseMediaType(t)
	if err != nil {
		return false
	}
	_, subtype, _ := strings.Cut(media, "/")
	return strings.Contains(subtype, "javascript") || strings.Contains(subtype, "ecmascript") || subtype == "jscript"
}

// queueScripts makes the scripts below n, which a script has put into the
// tree, run when that one has ended.
func (p *Page) queueScripts(n *html.Node) {
	if !p.doc.Contains(n) {
		return
	}
	visit := func(n *html.Node) {
		if !dom.IsElement(n, "script") || p.started[n] || !isJavaScript(n) && !isModule(n) {
			return
		}
		p.started[n] = true
		p.op.queue = append(p.op.queue, func() error {
			if dom.HasAttr(n, "src") || isModule(n) {
				return p.runFile(n)
			}
			return p.runInline(n, 1)
		})
	}
	visit(n)
	for c := range dom.Descendants(n) {
		visit(c)
	}
}

// markStarted keeps the scripts below n from ever running.
func (p *Page) markStarted(n *html.Node) {
	if dom.IsElement(n, "script") {
		p.started[n] = true
	}
	for c := range dom.Descendants(n) {
		if dom.IsElement(c, "script") {
			p.started[c] = true
		}
	}
}

// write is document.write: into the source while it is being read, else into
// a new document.
func (p *Page) write(text string) error {
	if p.op.deaf {
		return nil
	}
	to := &p.op.written
	if !p.op.parsing {
		p.openDocument()
		to = p.op.rewrite
	}
	if to.Len()+len(text) > p.limits.Bytes {
		return &LimitError{Limit: "bytes", Max: strconv.Itoa(p.limits.Bytes)}
	}
	to.WriteString(text)
	return nil
}

// openDocument begins a new document, unless the present one is being read.
func (p *Page) openDocument() {
	if !p.op.parsing && !p.op.deaf && p.op.rewrite == nil {
		p.op.rewrite = new(strings.Builder)
	}
}

// replaceDocument reads the document that a script has written after loading.
func (p *Page) replaceDocument() error {
	src := p.op.rewrite.String()
	p.op.rewrite = nil
	if src == "" {
		return nil
	}
	p.doc.Clear()
	return p.build(src)
}

// metaRefresh is the refresh that the page declares.
func (p *Page) metaRefresh() *Navigation {
	for n := range p.byTag("meta") {
		if !strings.EqualFold(strings.TrimSpace(dom.Attr(n, "http-equiv")), "refresh") {
			continue
		}
		if to := p.refresh(dom.Attr(n, "content"), "meta refresh"); to != nil {
			return to
		}
	}
	return nil
}

// refresh is what a declaration of it means; nil: nothing.
func (p *Page) refresh(content, reason string) *Navigation {
	delay, target, ok := parseRefresh(content)
	if !ok {
		return nil
	}
	u, err := p.doc.Resolve(target)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	return &Navigation{Request: &Request{Method: "GET", URL: u}, Delay: delay, Reason: reason}
}

// parseRefresh reads `5`, `0; URL=/top` and `0;url='/top'`.
func parseRefresh(content string) (delay time.Duration, target string, ok bool) {
	content = strings.TrimSpace(content)
	i := strings.IndexFunc(content, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if i < 0 {
		i = len(content)
	}
	seconds, err := strconv.ParseFloat(content[:i], 64)
	if err != nil || seconds > 1e6 {
		return 0, "", false
	}
	rest := strings.TrimLeft(content[i:], " ;,\t\r\n")
	if len(rest) >= 3 && strings.EqualFold(rest[:3], "url") {
		if after, found := strings.CutPrefix(strings.TrimSpace(rest[3:]), "="); found {
			rest = strings.TrimSpace(after)
		}
	}
	return time.Duration(seconds * float64(time.Second)), strings.Trim(rest, `"'`), true
}
