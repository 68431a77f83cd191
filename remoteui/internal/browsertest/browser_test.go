package browsertest

import (
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/rekey-go/rekey/remoteui/internal/walk"
)

var (
	//go:embed person.js
	person string

	chromium = flag.String("chromium", "chromium", "the browser's program")
	root     context.Context // of the one browser all tests share
)

func TestMain(m *testing.M) {
	walk.FromPortal = true // Chromium takes every step, and the requests are compared
	// What takes time here is the browser, not our own work. The flag comes later.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	alloc, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(*chromium), chromedp.NoFirstRun, chromedp.NoSandbox, chromedp.Headless,
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("disable-popup-blocking", true), chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-renderer-backgrounding", true), chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("ignore-certificate-errors", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("lang", "en-US"), chromedp.WindowSize(1600, 1400),
	)
	defer stop()
	ctx, cancel := chromedp.NewContext(alloc)
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "starting Chromium:", err)
		return 1
	}
	root = ctx
	return m.Run()
}

// tab is one window of Chromium with cookies of its own.
type tab struct {
	t       *testing.T
	ctx     context.Context
	target  *chromedp.Target
	close   func()
	mu      sync.Mutex
	answer  bool     // to questions
	dialogs []string // texts shown since last asked
}

// fast makes the long timers of a page pass quickly: nobody waits a minute
// for a test. The order of timers stays.
const fast = `(() => { for (const f of ['setTimeout', 'setInterval']) { const real = window[f];
  window[f] = (g, ms, ...a) => real(g, ms > 200 ? ms / 20 : ms, ...a); } })();`

// counted keeps the short timers that wait, and takes note of a form that was
// sent a moment before the page is left: by these a page goes on by itself.
const counted = `(() => { const waiting = window.__waiting = new Set(), start = window.setTimeout, stop = window.clearTimeout;
  window.setTimeout = (f, ms, ...a) => {
    const id = start((...a) => { waiting.delete(id); typeof f === 'function' ? f(...a) : (0, eval)(f); }, ms, ...a);
    if (!(ms > 300)) waiting.add(id);
    return id;
  };
  window.clearTimeout = id => { waiting.delete(id); stop(id); };
  window.__start = start;
  const submit = HTMLFormElement.prototype.submit;
  HTMLFormElement.prototype.submit = function () { window.__left = true; submit.call(this); };
})();`

// newTab makes a window; private gives it cookies of its own, and the time of
// this world.
func newTab(ctx context.Context, private bool) (*tab, error) {
	var opts []chromedp.ContextOption
	if private {
		opts = append(opts, chromedp.WithNewBrowserContext())
	}
	source := counted + person
	if !private {
		source = fast + person
	}
	ctx, cancel := chromedp.NewContext(ctx, opts...)
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		return nil, err
	}
	b := &tab{ctx: ctx, close: cancel, target: chromedp.FromContext(ctx).Target}
	go b.answerDialogs(chromedp.Events(ctx, page.JavascriptDialogOpening))
	_, err := cdp.Call(ctx, b.target, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	if err == nil {
		_, err = cdp.Call(ctx, b.target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
	}
	return b, err
}

// spare are tabs for reuse: making one takes longer than most tests.
var spare = make(chan *tab, 16)

// borrowTab returns a tab, for the time of the test; it shares its cookies.
func borrowTab(t *testing.T) *tab {
	t.Helper()
	var b *tab
	select {
	case b = <-spare:
	default:
		var err error
		if b, err = newTab(root, false); err != nil {
			t.Fatal("Chromium: ", err)
		}
	}
	b.t = t
	t.Cleanup(func() {
		if t.Failed() {
			b.close()
			return
		}
		b.open("about:blank")
		b.said()
		spare <- b
	})
	return b
}

func (b *tab) answerDialogs(events iter.Seq2[page.EventJavascriptDialogOpening, error]) {
	for ev, err := range events {
		if err != nil {
			return
		}
		b.mu.Lock()
		b.dialogs = append(b.dialogs, strings.TrimSpace(ev.Message))
		yes := b.answer || ev.Type == page.DialogTypeAlert
		b.mu.Unlock()
		// An error means that the tab is closing.
		_, _ = cdp.Call(b.ctx, b.target, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: yes})
	}
}

// call sends a command to Chromium.
func call[P, R any](b *tab, c cdp.Command[P, R], params P) R {
	b.t.Helper()
	r, err := cdp.Call(b.ctx, b.target, c, params)
	if err != nil {
		b.t.Fatalf("Chromium: %s: %v", c.Method, err)
	}
	return r
}

// open loads a page and waits until it and its scripts are there.
func (b *tab) open(address string) {
	b.t.Helper()
	if r := call(b, page.Navigate, page.NavigateParams{URL: address}); r.ErrorText != "" {
		b.t.Fatalf("%s: %s", address, r.ErrorText)
	}
	b.loaded()
}

// loaded waits until the document is complete.
func (b *tab) loaded() {
	b.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		done, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.readyState === 'complete' && !!window.__person`))
		if err == nil && done {
			return
		}
		if b.ctx.Err() != nil || time.Now().After(deadline) {
			b.t.Fatalf("page was not loaded: %v", err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// settled waits until the documents in all frames are complete.
func (b *tab) settled() {
	b.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if done, err := ask[bool](b, "framesLoaded"); err == nil && done {
			return
		}
	}
	b.t.Fatal("the frames were not loaded")
}

// ask calls a function of person.js.
func ask[T any](b *tab, f string, args ...any) (T, error) {
	var list []string
	for _, a := range args {
		text, err := json.Marshal(a)
		if err != nil {
			var zero T
			return zero, err
		}
		list = append(list, string(text))
	}
	return chromedp.Run(b.ctx, chromedp.Evaluate[T](fmt.Sprintf("__person.%s(%s)", f, strings.Join(list, ","))))
}

// spot is where something is on the page.
type spot struct {
	X, Y    float64
	Kind    string
	Checked bool
	Value   string
}

func (b *tab) find(f string, args ...any) spot {
	b.t.Helper()
	s, err := ask[spot](b, f, args...)
	if err != nil {
		b.t.Fatalf("Chromium: %s %v: %v", f, args, err)
	}
	return s
}

// scope narrows what is meant, as on [page.Scope].
type scope struct {
	Section []string `json:"section,omitempty"`
	Row     string   `json:"row,omitempty"`
}

func (b *tab) mouse(s spot) {
	b.t.Helper()
	e := input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: s.X, Y: s.Y}
	call(b, input.DispatchMouseEvent, e)
	e.Button, e.ClickCount = input.MouseButtonLeft, 1
	for _, e.Type = range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		call(b, input.DispatchMouseEvent, e)
	}
}

func (b *tab) click(texts []string, sc scope, yes bool) {
	b.t.Helper()
	b.mu.Lock()
	b.answer = yes
	b.mu.Unlock()
	b.mouse(b.find("click", texts, sc))
}

// set types a text over what is in a field.
func (b *tab) set(texts []string, sc scope, nth int, value string) {
	b.t.Helper()
	s := b.find("field", texts, sc, nth)
	switch s.Kind {
	case "select-one", "select-multiple":
		b.t.Fatalf("%v is a select", texts)
	case "date":
		if _, err := ask[chromedp.Void](b, "day", value); err != nil {
			b.t.Fatal("Chromium: ", err)
		}
		return
	}
	b.typeInto(s, value)
}

func (b *tab) typeInto(s spot, value string) {
	b.t.Helper()
	b.mouse(s)
	if _, err := ask[chromedp.Void](b, "selectAll"); err != nil {
		b.t.Fatal("Chromium: ", err)
	}
	switch {
	case value == "":
		b.keys("\b")
	case strings.ContainsFunc(value, func(r rune) bool { return r > 126 || r < 32 }):
		call(b, input.InsertText, input.InsertTextParams{Text: value})
	default:
		b.keys(value)
	}
	b.leave()
}

func (b *tab) keys(text string) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.KeyEvent(text)); err != nil {
		b.t.Fatal("Chromium: ", err)
	}
}

// leave takes the focus away, as a click beside does. A page that has just
// gone for another has none.
func (b *tab) leave() { _, _ = ask[chromedp.Void](b, "leave") }

// choose takes an option of a select or a button of a radio group.
func (b *tab) choose(texts []string, sc scope, nth int, choices []string) {
	b.t.Helper()
	s := b.find("field", texts, sc, nth)
	if s.Kind == "radio" {
		if s = b.find("radio", choices); !s.Checked {
			b.mouse(s)
			b.leave()
		}
		return
	}
	if _, err := ask[chromedp.Void](b, "choose", choices); err != nil {
		b.t.Fatalf("Chromium: choose %v: %v", choices, err)
	}
}

// beside takes an option of the list right of a choice's text.
func (b *tab) beside(texts, choices []string) {
	b.t.Helper()
	b.find("beside", texts)
	if _, err := ask[chromedp.Void](b, "choose", choices); err != nil {
		b.t.Fatalf("Chromium: choose %v: %v", choices, err)
	}
}

// besideSet types into the box right of a choice's text.
func (b *tab) besideSet(texts []string, value string) {
	b.t.Helper()
	b.typeInto(b.find("beside", texts), value)
}

// check makes a box or a radio button so.
func (b *tab) check(texts []string, sc scope, on bool) {
	b.t.Helper()
	if s := b.find("field", texts, sc, 0); s.Checked != on {
		b.mouse(s)
		b.leave()
	}
}

// selectRow checks the box that selects a row.
func (b *tab) selectRow(text string) {
	b.t.Helper()
	if s := b.find("row", text, scope{}); !s.Checked {
		b.mouse(s)
		b.leave()
	}
}

// upload chooses a file.
func (b *tab) upload(path string) {
	b.t.Helper()
	r := call(b, runtime.Evaluate, runtime.EvaluateParams{Expression: `__person.fileBox()`})
	call(b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, ObjectID: r.Result.ObjectID})
}

// said returns and forgets the texts of dialogs.
func (b *tab) said() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	said := b.dialogs
	b.dialogs = nil
	return said
}

// inputs is the live state of the controls of all forms.
func (b *tab) inputs() [][]string {
	b.t.Helper()
	all, err := ask[[][]string](b, "inputs")
	if err != nil {
		b.t.Fatal("Chromium: ", err)
	}
	return all
}
