package browsertest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html/charset"
)

// corpusDir holds the pages, each with what to do in the comment at its top
// (see the tests of package page, which say what is to be sent).
const corpusDir = "../page/testdata/corpus"

var acts, pages, requests atomic.Int64 // that were compared

// TestCorpus does the acts of each page in Chromium and with our engine, and
// wants the same requests, dialogs and states of all fields after each.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(corpusDir + "/*.html")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d pages, %v; want at least 60", len(files), err)
	}
	t.Run("pages", func(t *testing.T) {
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".html"), func(t *testing.T) {
				t.Parallel()
				comparePage(t, file)
			})
		}
	})
	t.Logf("%d pages, %d acts compared with Chromium", pages.Load(), acts.Load())
}

// charsetStep gives the charset of a page's Content-Type; "none" is none.
var charsetStep = regexp.MustCompile(`(?m)^charset (\S+)$`)

// frameStep puts the page into a frame.
var frameStep = regexp.MustCompile(`(?m)^in (\S+) of (.+)$`)

func contentType(src []byte) string {
	switch m := charsetStep.FindSubmatch(src); {
	case m == nil:
		return "text/html;charset=UTF-8"
	case string(m[1]) == "none":
		return "text/html"
	default:
		return "text/html; charset=" + string(m[1])
	}
}

func comparePage(t *testing.T, file string) {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, src, contentType(src))
	c := &pair{t: t, site: s, engine: newEngine(t, s, src, contentType(src)), tab: borrowTab(t)}
	encoding, _, _ := charset.DetermineEncoding(src, contentType(src))
	text, err := encoding.NewDecoder().String(string(src))
	if err != nil {
		t.Fatal(err)
	}
	steps, _, _ := strings.Cut(strings.TrimPrefix(text, "<!--"), "-->")
	s.races.Store(strings.Contains(steps, "\nraces\n"))
	c.tab.open(s.first())
	c.tab.settled()
	pages.Add(1)
	c.compare("loading")
	for line := range strings.Lines(steps) {
		c.step(strings.TrimSpace(line))
	}
	if late := s.taken(0, 20*time.Millisecond); len(late) > 0 {
		t.Errorf("Chromium sent later, unasked: %q", late)
	}
}

// pair is one page in both.
type pair struct {
	t      *testing.T
	site   *site
	engine *engine
	tab    *tab
	scope  scope
	row    string
}

func (c *pair) step(line string) {
	c.t.Helper()
	verb, rest, _ := strings.Cut(line, " ")
	label, value, _ := strings.Cut(rest+" ", " = ")
	label, value = strings.TrimSpace(label), strings.TrimSpace(value)
	texts := strings.Split(label, "|")
	ctx := c.t.Context()
	switch verb {
	case "click", "confirm":
		c.engine.click(texts, verb == "confirm")
		c.tab.click(texts, c.scope, verb == "confirm")
	case "set":
		e := c.engine.control(texts, 0)
		if opts := e.Options(); opts != nil { // by value: what a person reads of it
			for _, o := range opts {
				if o.Value == value {
					c.choose(texts, []string{o.Text})
				}
			}
			return
		}
		c.engine.done(e.Set(ctx, unescape(value)))
		c.tab.set(texts, c.scope, 0, unescape(value))
	case "choose":
		c.choose(texts, strings.Split(value, "|"))
		return
	case "check", "uncheck":
		c.engine.done(c.engine.control(texts, 0).Check(ctx, verb == "check"))
		c.tab.check(texts, c.scope, verb == "check")
	case "upload":
		path := filepath.Join(c.t.TempDir(), value)
		if err := os.WriteFile(path, []byte("data"), 0o600); err != nil {
			c.t.Fatal(err)
		}
		c.engine.upload(texts, path)
		c.tab.upload(path)
	case "section":
		c.scope, c.engine.sc.Row, c.engine.sc.Section = scope{}, nil, nil
		if rest != "" {
			c.scope.Section, c.engine.sc.Section = texts, texts
		}
		return
	case "row":
		c.scope, c.row = scope{Row: value}, value
		c.engine.inRow(label, value)
		return
	case "select":
		c.engine.done(c.engine.row.Selector().Check(ctx, true))
		c.tab.selectRow(c.row)
	case "actions":
		seen, err := ask[[]string](c.tab, "actions")
		if ours := c.engine.page.Actions(); err != nil || !slices.Equal(seen, ours) {
			c.t.Errorf("%s: what can be clicked\nin Chromium   %q, %v\nin the engine %q", line, seen, err, ours)
		}
		return
	default:
		return // is about reading
	}
	c.compare(line)
}

func unescape(s string) string { return strings.ReplaceAll(s, `\n`, "\n") }

func (c *pair) choose(texts, choices []string) {
	c.engine.done(c.engine.control(texts, 0).Choose(c.t.Context(), choices))
	c.tab.choose(texts, c.scope, 0, choices)
	c.compare("choose " + texts[0])
}

// compare wants that both have sent the same, said the same, and hold the
// same in every field.
func (c *pair) compare(step string) {
	c.t.Helper()
	acts.Add(1)
	want := c.site.taken(len(c.engine.sent), grace(len(c.engine.sent)))
	if c.site.races.Load() {
		want = append(want, c.site.taken(0, 300*time.Millisecond)...)
	}
	slices.Sort(want)
	slices.Sort(c.engine.sent)
	if !slices.Equal(c.engine.sent, want) {
		c.t.Errorf("%s:\nChromium sent %q\nthe engine   %q", step, want, c.engine.sent)
	}
	if said := c.tab.said(); !slices.Equal(trimmed(c.engine.said), said) {
		c.t.Errorf("%s: Chromium said %q, the engine %q", step, said, c.engine.said)
	}
	theirs, ours := c.tab.inputs(), c.engine.inputs()
	// What a script does with an answer comes a moment after that.
	for end := time.Now().Add(2 * time.Second); !slices.EqualFunc(theirs, ours, slices.Equal) && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
		theirs = c.tab.inputs()
	}
	if !slices.EqualFunc(theirs, ours, slices.Equal) {
		c.t.Errorf("%s: fields\nin Chromium   %q\nin the engine %q", step, theirs, ours)
	}
}

func trimmed(texts []string) []string {
	var all []string
	for _, t := range texts {
		all = append(all, strings.TrimSpace(t))
	}
	return all
}

// grace is how long one waits for what should not come.
func grace(expected int) time.Duration {
	if expected > 0 {
		return 10 * time.Millisecond
	}
	return 150 * time.Millisecond
}
