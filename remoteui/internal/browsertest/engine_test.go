package browsertest

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html/charset"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// engine does with package page what tab does with Chromium.
type engine struct {
	t    *testing.T
	page *page.Page
	sc   page.Scope
	row  *page.Row
	sent []string // by the last act
	said []string
	site *site
}

func newEngine(t *testing.T, s *site, src []byte, contentType string) *engine {
	t.Helper()
	u, err := url.Parse(s.URL + pagePath)
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{t: t, site: s}
	encoding, name, _ := charset.DetermineEncoding(src, contentType)
	text, err := encoding.NewDecoder().String(string(src))
	if err != nil {
		t.Fatal(err)
	}
	if e.page, err = page.Load(t.Context(), text, page.Options{URL: u, Charset: name, Fetch: s.fetch, Exchange: e.exchange, Frame: s.frame, Frames: s.frames}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.page.Close)
	for _, f := range e.page.Frames() {
		e.sent = append(e.sent, s.request(t, &f))
	}
	e.navigated()
	e.said = e.page.Alerts()
	return e
}

// exchange makes the requests of scripts, which count as sent by the act.
func (e *engine) exchange(ctx context.Context, r *page.Request) (*page.Response, error) {
	described, res, err := e.site.exchange(ctx, r)
	e.sent = append(e.sent, described)
	return res, err
}

func (e *engine) navigated() {
	if n := e.page.Next(); n != nil {
		e.sent = append(e.sent, e.site.request(e.t, n.Request))
	}
}

func (e *engine) control(texts []string, nth int) *page.Control {
	e.t.Helper()
	if nth > 0 {
		all, err := e.page.Controls(texts, e.sc)
		if err != nil || len(all) <= nth {
			e.t.Fatalf("%v: %d controls, %v", texts, len(all), err)
		}
		return all[nth]
	}
	c, err := e.page.Control(texts, e.sc)
	if err != nil {
		e.t.Fatal(err)
	}
	return c
}

// done takes note of what a change led to.
func (e *engine) done(err error) {
	e.t.Helper()
	e.sent, e.said = nil, nil
	if refused, ok := err.(*page.RefusedError); ok {
		e.said = refused.Texts
	} else if err != nil {
		e.t.Fatal(err)
	}
	e.navigated()
}

func (e *engine) click(texts []string, yes bool) {
	e.t.Helper()
	a, err := e.page.Action(texts, e.sc)
	if err != nil {
		e.t.Fatal(err)
	}
	e.sent = nil
	out, err := a.Click(e.t.Context(), page.ClickOptions{Confirm: yes})
	if err != nil {
		e.t.Fatal(err)
	}
	e.said = append(out.Alerts, out.Confirmations...)
	if out.Request != nil {
		e.sent = append(e.sent, e.site.request(e.t, out.Request))
	}
	for _, r := range out.Elsewhere {
		e.sent = append(e.sent, e.site.request(e.t, r))
	}
}

func (e *engine) upload(texts []string, path string) {
	e.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		e.t.Fatal(err)
	}
	e.done(e.control(texts, 0).SetFile(e.t.Context(), page.File{Name: filepath.Base(path), Data: data}))
}

func (e *engine) inRow(column, text string) {
	e.t.Helper()
	var columns [][]string
	for c := range strings.SplitSeq(column, "&") {
		columns = append(columns, []string{c})
	}
	table, err := e.page.Table(columns...)
	if _, missing := errors.AsType[*page.NotFoundError](err); missing {
		table, err = e.page.Cards([]string{"Usage"}, columns...)
	}
	if err != nil {
		e.t.Fatal(err)
	}
	for _, r := range table.Rows {
		if cell, ok := r.Cell(columns[0]); ok && page.Normalize(cell.Text) == page.Normalize(text) {
			e.row, e.sc = r, page.Scope{Row: r}
			return
		}
	}
	e.t.Fatalf("no row %q", text)
}

// inputs is the live state of the controls of all forms.
func (e *engine) inputs() [][]string {
	all := [][]string{}
	for _, f := range e.page.Forms() {
		states := []string{}
		for _, in := range f.Inputs() {
			disabled := ""
			if in.Disabled {
				disabled = "disabled"
			}
			states = append(states, strings.Join([]string{in.Name, in.Type, in.Value, disabled}, "|"))
		}
		all = append(all, states)
	}
	return all
}
