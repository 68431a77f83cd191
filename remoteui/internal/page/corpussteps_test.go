package page_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// corpus is a page with what the steps have found so far.
type corpus struct {
	t       *testing.T
	src     string
	charset string
	page    *page.Page
	scope   page.Scope
	row     *page.Row
	out     *page.Outcome
	asked   []string // by scripts, and not yet expected
	req     *page.Request
	rest    []page.Field // fields of req not yet expected
}

func (c *corpus) load() *page.Page {
	if c.page != nil {
		return c.page
	}
	u, err := url.Parse(corpusURL)
	if err != nil {
		c.t.Fatal(err)
	}
	o := page.Options{URL: u, Charset: c.charset, Fetch: fetchTestdata, Exchange: c.exchange}
	if m := frameStep.FindStringSubmatch(c.src); m != nil {
		o.Frame, o.Frames = m[1], strings.Fields(m[2])
	}
	c.page, err = page.Load(c.t.Context(), c.src, o)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(c.page.Close)
	return c.page
}

// exchange answers the requests of scripts with the files.
func (c *corpus) exchange(ctx context.Context, r *page.Request) (*page.Response, error) {
	c.asked = append(c.asked, r.Method+" "+r.URL.RequestURI())
	text, err := fetchTestdata(ctx, r.URL)
	return &page.Response{Status: 200, URL: r.URL, Text: text}, err
}

func (c *corpus) step(line string) {
	c.t.Helper()
	verb, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	label, value, _ := strings.Cut(rest+" ", " = ")
	label, value = strings.TrimSpace(label), strings.TrimSpace(value)
	texts := strings.Split(label, "|")
	p, ctx := c.load(), c.t.Context()
	switch verb {
	case "click", "confirm":
		c.click(texts, verb == "confirm")
	case "expect":
		c.expect(rest)
	case ">":
		c.field(rest)
	case "asked":
		if len(c.asked) == 0 {
			c.t.Fatalf("%s: scripts asked for nothing more", line)
		}
		c.equal(line, c.asked[0], rest)
		c.asked = c.asked[1:]
	case "actions":
		c.equal(line, strings.Join(p.Actions(), "/"), rest)
	case "part":
		c.part(rest)
	case "elsewhere":
		c.elsewhere(line, rest)
	case "refused":
		if c.out == nil || !c.out.Refused || !strings.Contains(strings.Join(append(c.out.Alerts, c.out.Confirmations...), "\n"), rest) {
			c.t.Errorf("%s: got %+v", line, c.out)
		}
	case "opened":
		c.equal(line, c.out.Opened, rest)
	case "set":
		c.must(line, c.control(texts).Set(ctx, strings.ReplaceAll(value, `\n`, "\n")))
	case "choose":
		c.must(line, c.control(texts).Choose(ctx, strings.Split(value, "|")))
	case "check", "uncheck":
		c.must(line, c.control(texts).Check(ctx, verb == "check"))
	case "upload":
		c.must(line, c.control(texts).SetFile(ctx, page.File{Name: value, Data: []byte("data")}))
	case "state":
		c.equal(line, c.state(c.control(texts)), value)
	case "controls":
		c.controls(line, texts, value)
	case "companions":
		var names []string
		for _, f := range c.control(texts).Companions() {
			names = append(names, f.Name())
		}
		c.equal(line, strings.Join(names, " "), value)
	case "section":
		c.scope = page.Scope{}
		if rest != "" {
			c.scope.Section = texts
		}
	case "row":
		c.findRow(texts, value)
	case "cell":
		c.cell(line, texts, value)
	case "rows":
		table, err := c.table(texts)
		c.must(line, err)
		c.equal(line, fmt.Sprint(len(table.Rows)), value)
	case "select":
		c.must(line, c.row.Selector().Check(ctx, true))
	case "value":
		v, err := p.Value(texts, c.scope)
		c.must(line, err)
		c.equal(line, strings.ReplaceAll(v, "\n", "/"), value)
	case "pairs":
		c.pairs(line, rest)
	case "next":
		c.next(line, rest)
	case "alert":
		c.equal(line, strings.Join(p.Alerts(), "/"), rest)
	case "title":
		c.equal(line, p.Title(), rest)
	case "text", "notext":
		if p.HasText([]string{rest}) != (verb == "text") {
			c.t.Errorf("%s: page reads %q", line, p.Text())
		}
	case "hassection", "nosection":
		if p.HasSection(texts) != (verb == "hassection") {
			c.t.Error(line)
		}
	case "ambiguous", "notfound":
		c.fails(line, verb, rest)
	case "disabled":
		a, err := p.Action(texts, c.scope)
		c.must(line, err)
		if !a.Disabled() {
			c.t.Error(line)
		}
	case "frames":
		c.frames(line, rest)
	case "scripterror":
		if errs := errorTexts(p); !strings.Contains(errs, rest) {
			c.t.Errorf("%s: got %s", line, errs)
		}
	case "noscripterror":
		c.equal(line, errorTexts(p), "")
	case "cookie":
		c.equal(line, strings.Join(p.Cookies(), "/"), rest)
	case "#", "charset", "races", "in":
	default:
		c.t.Fatalf("unknown step %q", line)
	}
}

func errorTexts(p *page.Page) string {
	var texts []string
	for _, e := range p.ScriptErrors() {
		texts = append(texts, e.Error())
	}
	return strings.Join(texts, "; ")
}

func (c *corpus) must(line string, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%s: %v", line, err)
	}
}

func (c *corpus) equal(line, got, want string) {
	c.t.Helper()
	if got != want {
		c.t.Errorf("%s: got %q, want %q", line, got, want)
	}
}

func (c *corpus) control(texts []string) *page.Control {
	c.t.Helper()
	f, err := c.page.Control(texts, c.scope)
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}

func (c *corpus) click(texts []string, confirm bool) {
	c.t.Helper()
	a, err := c.page.Action(texts, c.scope)
	if err != nil {
		c.t.Fatal(err)
	}
	c.out, err = a.Click(c.t.Context(), page.ClickOptions{Confirm: confirm})
	if err != nil {
		c.t.Fatalf("click %s: %v", texts, err)
	}
	c.follow(c.out.Request)
}

func (c *corpus) follow(r *page.Request) {
	c.finish()
	c.req, c.rest = r, nil
	if r != nil {
		c.rest = r.Fields
	}
}

// finish wants all fields of the last request to have been expected.
func (c *corpus) finish() {
	c.t.Helper()
	for _, f := range c.rest {
		c.t.Errorf("unexpected field %s=%q", f.Name, f.Value)
	}
	c.rest = nil
}

func (c *corpus) expect(want string) {
	c.t.Helper()
	got := "nothing"
	if c.req != nil {
		got = c.req.Method + " " + strings.TrimPrefix(c.req.URL.String(), "https://device.example:8443")
		if c.req.EncType != "" && c.req.EncType != page.URLEncoded {
			got += " " + c.req.EncType
		}
		if c.req.Target != "" {
			got += " in " + c.req.Target
		}
	}
	c.equal("expect", got, want)
}

func (c *corpus) field(want string) {
	c.t.Helper()
	if len(c.rest) == 0 {
		c.t.Fatalf("no more fields; want %q", want)
	}
	f := c.rest[0]
	c.rest = c.rest[1:]
	c.equal("field", f.Name+"="+strings.NewReplacer("\r", `\r`, "\n", `\n`).Replace(f.Value), want)
}

// part wants a line in the body of the last request.
func (c *corpus) part(want string) {
	c.t.Helper()
	body, _, err := c.req.Body()
	c.must("part", err)
	if !strings.Contains("\r\n"+string(body)+"\r\n", "\r\n"+want+"\r\n") {
		c.t.Errorf("no line %q in %q", want, body)
	}
}

// elsewhere wants what other frames are to load besides.
func (c *corpus) elsewhere(line, want string) {
	c.t.Helper()
	var all []string
	for _, r := range c.out.Elsewhere {
		all = append(all, r.URL.Path+" in "+r.Target)
	}
	c.equal(line, strings.Join(all, ", "), want)
}

// state describes a control: kind, name, value, and what it is not free to do.
func (c *corpus) state(f *page.Control) string {
	s := strings.TrimSpace(f.Kind().String() + " " + f.Name() + " " + f.Value())
	for word, on := range map[string]bool{" checked": f.Checked(), " disabled": f.Disabled(), " readonly": f.ReadOnly()} {
		if on {
			s += word
		}
	}
	return s
}

func (c *corpus) controls(line string, texts []string, want string) {
	c.t.Helper()
	found, err := c.page.Controls(texts, c.scope)
	c.must(line, err)
	var names []string
	for _, f := range found {
		names = append(names, f.Kind().String()+":"+f.Name())
	}
	c.equal(line, strings.Join(names, " "), want)
}

// findRow makes the row whose cell in a column has the text the scope. Further
// columns of the list are divided by "&".
func (c *corpus) findRow(columns []string, value string) {
	c.t.Helper()
	var want [][]string
	for col := range strings.SplitSeq(columns[0], "&") {
		want = append(want, []string{col})
	}
	table, err := c.table(want...)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, r := range table.Rows {
		if cell, ok := r.Cell(want[0]); ok && page.Normalize(cell.Text) == page.Normalize(value) {
			c.row, c.scope = r, page.Scope{Row: r}
			return
		}
	}
	c.t.Fatalf("no row %q in %d rows", value, len(table.Rows))
}

// table is a list of the page, be it a table or blocks; "Usage" is said of keys.
func (c *corpus) table(columns ...[]string) (*page.Table, error) {
	table, err := c.page.Table(columns...)
	if _, missing := errors.AsType[*page.NotFoundError](err); missing {
		var said []string
		if columns[0][0] == "Key Name" {
			said = []string{"Usage"}
		}
		return c.page.Cards(said, columns...)
	}
	return table, err
}

func (c *corpus) cell(line string, texts []string, want string) {
	c.t.Helper()
	cell, ok := c.row.Cell(texts)
	if !ok {
		c.t.Fatalf("%s: no such column", line)
	}
	got := cell.Text
	for _, img := range cell.Images {
		got = strings.TrimSpace(got + " [" + img.Alt + img.Title + "]")
	}
	c.equal(line, strings.ReplaceAll(got, "\n", " "), want)
}

func (c *corpus) pairs(line, want string) {
	c.t.Helper()
	var all []string
	for _, pair := range c.page.Pairs() {
		all = append(all, pair.Label+"="+strings.ReplaceAll(pair.Value, "\n", "/"))
	}
	c.equal(line, strings.Join(all, "; "), want)
}

func (c *corpus) next(line, want string) {
	c.t.Helper()
	n := c.page.Next()
	if n == nil {
		c.equal(line, "nothing", want)
		return
	}
	c.follow(n.Request)
	path := strings.TrimPrefix(n.Request.URL.String(), "https://device.example:8443")
	c.equal(line, fmt.Sprintf("%s %s after %v: %s", n.Request.Method, path, n.Delay, n.Reason), want)
}

func (c *corpus) frames(line, want string) {
	c.t.Helper()
	var all []string
	for _, f := range c.page.Frames() {
		all = append(all, f.Target+"="+f.URL.Path)
	}
	c.equal(line, strings.Join(all, " "), want)
}

// fails wants an error of the kind when a role is looked for.
func (c *corpus) fails(line, kind, rest string) {
	c.t.Helper()
	role, label, _ := strings.Cut(rest, " ")
	texts := strings.Split(label, "|")
	var err error
	switch role {
	case "action":
		_, err = c.page.Action(texts, c.scope)
	case "control":
		_, err = c.page.Control(texts, c.scope)
	case "value":
		_, err = c.page.Value(texts, c.scope)
	case "table":
		_, err = c.table(texts)
	}
	_, ambiguous := errors.AsType[*page.AmbiguousError](err)
	_, missing := errors.AsType[*page.NotFoundError](err)
	if kind == "ambiguous" && !ambiguous || kind == "notfound" && !missing {
		c.t.Errorf("%s: got %v", line, err)
	}
}
