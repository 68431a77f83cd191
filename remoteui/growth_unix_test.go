//go:build unix

package remoteui_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/printed"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/remoteui/internal/page"
	"github.com/rekey-go/rekey/remoteui/internal/redact"
)

// many is a pattern n times, its verb the number.
func many(n int, pattern string) string {
	var b strings.Builder
	for i := range n {
		if strings.Contains(pattern, "%") {
			fmt.Fprintf(&b, strings.ReplaceAll(pattern, "%d", "%[1]d"), i)
		} else {
			b.WriteString(pattern)
		}
	}
	return b.String()
}

// grown are texts of a device that can be made larger and larger. What reads
// them is linear, or refuses them.
type grown struct {
	name string
	n    int // pieces that cost a few milliseconds, where nothing is wrong
	text func(n int) string
}

func list(name string, n int, before, piece, after string) grown {
	return grown{name, n, func(n int) string { return before + many(n, piece) + after }}
}

// long is a text of n bytes within some markup.
func long(name string, n int, before, text, after string) grown {
	return grown{name, n, func(n int) string { return before + strings.Repeat(text, n/len(text)) + after }}
}

// both grows in two places at once.
func both(name string, n int, piece, between, other string) grown {
	return grown{name, n, func(n int) string { return many(n, piece) + between + many(n, other) }}
}

var grownPages = []grown{
	list("attributes of one element", 4_000, "<p ", "a%d=1 ", ">"),
	list("attributes of the html element, by many tags", 2_000, "", "<html a%d=1>", "<p>x"),
	list("equal attributes", 4_000, "<p ", "a=1 ", ">"),
	list("radio buttons of one name", 500, "<form>", "<input type=radio name=a value=%d checked>Key Name %d<br>", "</form>"),
	list("radio buttons outside of forms", 500, "", "<input type=radio name=a value=%d>On", ""),
	list("radio buttons that name their form", 500, "<form id=f></form>", "<input type=radio form=f name=a value=%d checked>", ""),
	list("radio buttons of a form by id, in a table", 300, "<form id=f></form><table>", "<tr><td><input type=radio form=f name=a value=%d checked><td>Key Name", "</table>"),
	list("check boxes", 500, "<form>", "<input type=checkbox name=a%d>x", "</form>"),
	list("options", 1_000, "<form>Key Name: <select name=k>", "<option value=%d>x%d", "</select></form>"),
	list("selected options", 1_000, "<form>Key Name: <select multiple name=k>", "<option selected value=%d>x", "</select></form>"),
	list("pull-downs", 300, "<form>", "Key Name <select name=k%d><option>x<option>y</select>", "</form>"),
	list("pull-downs beside a password", 300, "<form><input type=password name=p>", "<select name=k%d><option>x</select>", "</form>"),
	list("fields", 500, "<form>", "<p>Key Name: <input name=f%d>", "</form>"),
	list("fields on one line", 500, "<form>", "x <input name=f%d>", "</form>"),
	list("forms", 500, "", "<form action=/a%d method=post><input name=deptid><input name=x></form>", ""),
	list("form tags", 1_000, "", "<form>", ""),
	both("forms and bases", 300, "<base href=/x%d>", "<body>", "<form action=a%d></form><a target=b href=x%d>Key Name</a>"),
	both("links and base elements", 300, "<base target=x%d>", "<body>", "<a href=x%d>Key Name</a>"),
	{"charset fields of a form that names many", 300, func(n int) string {
		return "<form accept-charset='" + many(n, "none%d,") + "'>" + many(n, "<input type=hidden name=_charset_>") + "</form>"
	}},
	list("labels", 500, "", "<label for=i%d>Key Name</label>", ""),
	list("labels of one field", 500, "<input id=i>", "<label for=i>Key Name</label>", ""),
	both("labels and fields of one id", 300, "<label for=i>x</label>", "<p>", "<input id=i>"),
	both("aria labels of one field", 500, "<p id=i%d>x</p>", "<input aria-labelledby='", "i%d "),
	both("aria labels of every field", 100, "<p id=i%d>x</p>", "", "<input aria-labelledby='i1 i2 i3'>"),
	list("legends", 300, "<fieldset>", "<legend>Key Name</legend>", "<input></fieldset>"),
	list("fields in one fieldset", 300, "<fieldset><p>x<p>x<p>x", "<input name=%d>", "</fieldset>"),
	list("cells of a row", 500, "<table><tr>", "<td>Key Name %d", "</table>"),
	list("cells with fields", 300, "<table><tr>", "<td>Key Name<td><input name=f%d>", "</table>"),
	list("rows", 300, "<table><tr><th>Key Name<th>Key Usage", "<tr><td>k%d<td>TLS", "</table>"),
	list("rows with boxes", 200, "<table><tr><th><th>Key Name<th>Key Usage", "<tr><td><input type=checkbox name=k value=%d><td><a href=/p/d?%d>k</a><td>TLS", "</table>"),
	list("rows of one field", 300, "<table>", "<tr><th>L%d<td><input name=f%d>", "</table>"),
	list("tables", 200, "", "<table><tr><th>Key Name<th>Key Usage<tr><td>k%d<td>TLS</table>", ""),
	list("tables of three columns", 200, "", "<table><tr><th>Key Name<th>Key Usage<th>x<tr><td>k%d<td>TLS<td>y</table>", ""),
	list("empty tables", 400, "", "<table><tr><th>Key Name<th>Key Usage</table>", ""),
	list("spans", 200, "<table><tr><th colspan=99 rowspan=99>Key Name<th>Key Usage", "<tr><td colspan=99 rowspan=99>k%d<td>TLS", "</table>"),
	list("headings across a table", 200, "<table>", "<tr><td colspan=2>Version Information<tr><th>x<td>y", "</table>"),
	list("headings", 500, "", "<h2>Version Information</h2><p>x", ""),
	list("headings of falling level", 500, "<h1>Version Information</h1>", "<h3>x</h3>", ""),
	list("headings without end", 500, "", "<h2>Version Information</h2>", ""),
	list("bold headings", 300, "", "<div><b>Version Information</b></div><div>x</div>", ""),
	list("headings in divisions", 300, "", "<div>Version Information</div>", ""),
	list("inline headings", 300, "", "<p><b>Version Information</b>", ""),
	list("terms", 400, "<dl>", "<dt>Key Name<dd>x", "</dl>"),
	list("terms without descriptions", 600, "<dl>", "<dt>Key Name", "</dl>"),
	list("descriptions without terms", 600, "<dl><dt>Key Name", "<dd>x", "</dl>"),
	list("fields in descriptions", 300, "<dl><dt>Key Name", "<dd><input name=f%d>", "</dl>"),
	list("lines", 600, "", "Key Name: x<br>", ""),
	list("pieces of one line", 600, "", "<b>Key Name</b> x ", ""),
	list("paragraphs", 600, "", "<p>Key Name %d", ""),
	list("two blocks", 300, "", "<div><div>Key Name</div><div>x</div></div>", ""),
	list("links", 400, "", "<a href=/p/x%d>Key Name</a>", ""),
	list("links of one address", 400, "", "<a href=/p/x>Key Name</a>", ""),
	list("links with descriptions", 300, "", "<a href=/p/x%d><b>Key Name</b><i>more</i></a>", ""),
	list("one link around texts", 300, "<div onclick=x()>", "<b>Key Name</b>", "</div>"),
	list("buttons", 400, "<form>", "<input type=submit name=b%d value='Key Name'>", "</form>"),
	list("images in a link", 600, "<a href=x>", "<img alt='Key Name' src=%d>", "</a>"),
	list("images in a row", 600, "<table><tr><th>Key Name<th>Key Usage<tr><td>", "<img alt='x' src=%d>", "<td>y</table>"),
	list("breadcrumb", 500, "<div>", "<a href=x%d>Key Name</a> &gt; ", "</div>"),
	list("breadcrumb of items", 400, "<ul>", "<li><a href=x%d>Key Name</a> &gt; ", "</ul>"),
	list("breadcrumb of blanks", 400, "<ul><li><a href=x>Key Name</a>", "<li> ", "</ul>"),
	{"a long class around many links", 2_000, func(n int) string {
		return "<div class='" + strings.Repeat("x", 40*n) + "'>" + many(n/10, "<a href=x%d>Key Name</a>") + "</div>"
	}},
	{"a long style around much", 2_000, func(n int) string {
		return "<div style='" + strings.Repeat("a:b;", 10*n) + "'>" + many(n/10, "<p>Key Name <a href=x%d>x</a>") + "</div>"
	}},
	{"a long type of every field's form", 2_000, func(n int) string {
		return "<form accept-charset='" + strings.Repeat("x", 10*n) + "' action='" + strings.Repeat("y", 10*n) + "'>" + many(n/10, "<button name=b%d>Key Name</button>")
	}},
	list("frames", 500, "<frameset>", "<frame name=f%d src=/fr%d>", "</frameset>"),
	list("refreshes", 500, "", "<meta http-equiv=refresh content='x%d'>", ""),
	long("a long refresh", 30_000, "<meta http-equiv=refresh content='0;", " ;,", "url=/x'>"),
	long("a long text", 60_000, "<p>", "Key Name: ", ""),
	long("blanks", 100_000, "<p>", " \n", ""),
	long("a long title", 60_000, "<title>", "a ", "</title>"),
	long("a long heading cell", 60_000, "<table><tr><th>", "Key Name ", "<tr><td>x</table>"),
	long("a long name", 100_000, "<table><tr><th>Key Name<th>Key Usage<tr><td>", "x", "<td>TLS</table>"),
	long("a long value", 100_000, "<form><input name=x value='", "y\n", "'></form>"),
	long("entities", 60_000, "<p>", "&nbsp;&amp;", ""),
	long("a comment", 60_000, "<!--", "--!x", "-->"),
	long("open brackets", 60_000, "", "<", ""),
	long("end tags", 30_000, "<p>", "</p>", ""),
	long("end tags of nothing", 30_000, "", "</b></i></x>", ""),
	long("formatting elements", 20_000, "", "<a><b><i><p>", ""),
	long("bold tables", 4_000, "", "<table><b>x", ""),
	long("a style sheet", 60_000, "<style>", "a{b:c}", "</style>"),
	list("depth", 50, "", "<div>", "Key Name"),
	list("inline depth", 50, "", "<span>", "Key Name <input>"),
	list("scripts", 60, "", "<script>var a%d</script><p>", ""),
	{"pieces written within pieces", 30, func(n int) string {
		return fmt.Sprintf(`<script>var n = 0; function w() { if (n++ < %d) document.write("<scr" + "ipt>w()</scr" + "ipt>x") } w()</script>`, n)
	}},
	list("elements with ids", 600, "<script>var a</script>", "<p id=i%d>", ""),
}

// readAll reads a page in all the ways in which the library reads any.
func readAll(src string) func() {
	at, _ := url.Parse("https://192.0.2.1/p/keys")
	return func() {
		p, err := page.Load(context.Background(), src, page.Options{URL: at})
		if err != nil {
			return // refused: that is bounded, too
		}
		defer p.Close()
		texts := []string{"Key Name", "金鑰名稱"}
		everything := []page.Scope{{}, {Section: []string{"Version Information"}}, {Name: "f3"}, {Button: true}}
		p.Title()
		p.Text()
		p.Next()
		p.Frames()
		p.Actions()
		p.Pairs()
		p.HasText(texts)
		p.HasSection([]string{"Version Information"})
		p.SelectableLists()
		p.Tabs()
		p.RowsNaming("Key Name", func(string) bool { return false })
		p.Wording()
		p.Table([]string{"Key Name"})
		p.Table([]string{"Key Usage"}, []string{"Key Name"})
		for _, scope := range everything {
			p.Action(texts, scope)
			p.Control(texts, scope)
			p.Controls(texts, scope)
			p.Value(texts, scope)
		}
		for _, f := range p.Forms() {
			f.Field("CHALLENGE")
			f.Field("deptid")
			f.Request("")
			f.Set("k", "x")
		}
		for _, c := range p.AllControls() {
			c.Label()
			c.Labels()
			c.Value()
			c.Checked()
			c.Disabled()
		}
		for i, c := range p.Choosers() {
			c.Options()
			if i < 5 {
				c.Companions()
			}
		}
		if t, err := p.Table([]string{"Key Name"}); err == nil {
			for _, r := range t.Rows {
				r.Selector()
				r.Actions()
				r.Text()
				r.Cell(texts)
			}
		}
		page.Nearest([]string{"Key Name"}, p.Actions())
	}
}

// What reads a device's answers takes time in proportion to their size, or
// refuses them: eight times the size costs at most fifteen times as much, which is
// 2.5-fold per doubling; the square would be sixty-four. Processor
// time is measured, the least of several runs, so that a busy machine decides
// nothing.
func TestGrowth(t *testing.T) {
	if race.Enabled {
		t.Skip("processor time says nothing under the race detector")
	}
	type reader struct {
		grown
		read func(text string) func()
	}
	var all []reader
	for _, g := range grownPages {
		g.n = max(g.n/5, 5)
		all = append(all, reader{g, readAll})
	}
	texts := []grown{
		long("words", 20_000, "", "Key Name ", ""), long("digits", 20_000, "", "1234567890", ""), long("dates", 20_000, "", "2024/01/31 ", ""),
		long("slashes", 20_000, "", "1/", ""), long("dots", 20_000, "", "1.", ""), long("blanks and dashes", 20_000, "", " - ", ""),
		long("hex", 20_000, "", "0A:", ""), long("quotes", 20_000, "", `"'`, ""), long("brackets", 20_000, "", "(<[{", ""), long("percent", 20_000, "", "%41%", ""),
		long("letters", 20_000, "", "iR-ADV C", ""), long("equals", 20_000, "", "a=b&", ""), long("begin lines", 20_000, "", "-----BEGIN CERTIFICATE-----\n", ""),
		long("accents", 20_000, "e", "\u0301", ""), long("marks", 20_000, "a", "\u0315\u0300", ""),
	}
	readers := map[string]func(string){
		"models.ParseVersion":   func(s string) { models.ParseVersion(s) },
		"models.Assess":         func(s string) { models.Assess(s, s) },
		"models.LooksLikeModel": func(s string) { models.LooksLikeModel(s) },
		"models.Match":          func(s string) { models.Match(s) },
		"printed.Clock":         func(s string) { printed.Clock(s, time.Now()) },
		"printed.Days":          func(s string) { printed.Days(s) },
		"page.Normalize":        func(s string) { page.Normalize(s) },
		"page.Closest":          func(s string) { page.Closest("Key Name", strings.SplitAfter(s, " ")) },
		"http.ParseSetCookie":   func(s string) { http.ParseSetCookie("a=" + s) },
		"redact": func(s string) {
			r := redact.New(func(string) bool { return false }, strings.ToLower)
			r.Keep(s)
			r.Mask(s)
			r.Text(s)
			r.Scrub(s)
			r.Value(s)
			r.Address("/p/keys?" + s)
			r.Query(s)
		},
	}
	for name, read := range readers {
		for _, g := range texts {
			g.name = name + ": " + g.name
			g.n /= 8
			all = append(all, reader{g, func(text string) func() { return func() { read(text) } }})
		}
	}
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			defer runtime.GC()
			const times, most, enough = 8, 15, 200 * time.Microsecond
			small, large := r.read(r.text(r.n)), r.read(r.text(times*r.n))
			less, more := time.Hour, time.Hour
			for range 20 { // other work makes single ones cost more, never less
				less = min(less, cost(small))
				more = min(more, cost(large))
				if more < most*max(less, enough) {
					return
				}
			}
			t.Errorf("%d pieces cost %v, %d %v", r.n, less, times*r.n, more)
		})
	}
}

// cost is the processor time that work takes.
func cost(work func()) time.Duration {
	before := used()
	work()
	return used() - before
}

func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
