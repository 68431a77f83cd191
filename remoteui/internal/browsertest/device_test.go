package browsertest

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chromedp/chromedp"

	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

// twins are two equal devices: one is operated by the library, the other by
// Chromium.
type twins struct {
	t       *testing.T
	lang    string
	ours    *simdevice.Device
	theirs  *simdevice.Device
	session *remoteui.Session
	tab     *tab
	home    string // where a walk begins; empty: at the device's address
	seen    [2]int // log entries that were compared
	cfg     simdevice.Config
}

func newTwins(t *testing.T, cfg simdevice.Config) *twins {
	t.Helper()
	w := &twins{t: t, lang: cfg.Language, cfg: cfg}
	for _, d := range []**simdevice.Device{&w.ours, &w.theirs} {
		dev, err := simdevice.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(dev.Close)
		if err := dev.Start(); err != nil {
			t.Fatal(err)
		}
		*d = dev
	}
	b, err := newTab(root, true)
	if err != nil {
		t.Fatal("Chromium: ", err)
	}
	t.Cleanup(b.close)
	b.t, b.answer = t, true
	w.tab = b
	return w
}

// texts are the ways a label may read.
func (w *twins) texts(l remoteui.Label) []string {
	var all []string
	for _, t := range remoteui.LabelTexts(w.lang, l) {
		all = append(all, t.Text)
	}
	return all
}

// press clicks and waits until the browser has come to rest on a page.
func (w *twins) press(texts []string, sc scope) {
	w.t.Helper()
	if _, err := chromedp.Run(w.tab.ctx, chromedp.Evaluate[chromedp.Void](`__person.expect()`)); err != nil {
		w.t.Fatal("Chromium: ", err)
	}
	w.tab.click(texts, sc, true)
	w.arrive()
}

func (w *twins) pressAt(s spot) {
	w.t.Helper()
	if _, err := chromedp.Run(w.tab.ctx, chromedp.Evaluate[chromedp.Void](`__person.expect()`)); err != nil {
		w.t.Fatal("Chromium: ", err)
	}
	w.tab.mouse(s)
	w.arrive()
}

// rest is a moment of the page's own time. It is true if the page is there, is
// not being left, and nothing on it is about to lead on. It fails where the
// page is left meanwhile.
const rest = `new Promise(done => (window.__start || setTimeout)(() => done(__person.idle()), 20))`

// arrive waits until another page is there, and nothing was asked for lately.
func (w *twins) arrive() {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline) && w.tab.ctx.Err() == nil; {
		n := len(w.theirs.Log())
		there, err := chromedp.Run(w.tab.ctx, chromedp.Evaluate[bool](rest, chromedp.EvalAwaitPromise))
		if err == nil && there && len(w.theirs.Log()) == n {
			return
		}
		if err != nil {
			time.Sleep(5 * time.Millisecond)
		}
	}
	last, _ := chromedp.Run(w.tab.ctx, chromedp.Evaluate[string](`__person.last + ' on ' + location.href + ' ' + document.body.innerText`))
	w.t.Fatalf("no other page came after the click on %s; dialogs %q", last, w.tab.said())
}

func (w *twins) click(l remoteui.Label) { w.t.Helper(); w.press(w.texts(l), scope{}) }

// walk goes from the portal page by labels.
func (w *twins) walk(path ...remoteui.Label) {
	w.t.Helper()
	w.tab.open(cmp.Or(w.home, w.theirs.URL()))
	w.arrive()
	for _, l := range path {
		w.click(l)
	}
}

func (w *twins) inRow(text string, l remoteui.Label) {
	w.t.Helper()
	w.press(w.texts(l), scope{Row: text})
}

func (w *twins) has(l remoteui.Label) bool { w.t.Helper(); return w.reads(w.texts(l)) }

// reads reports whether one of the texts stands on the page.
func (w *twins) reads(texts []string) bool {
	w.t.Helper()
	there, err := ask[bool](w.tab, "has", texts)
	if err != nil {
		w.t.Fatal("Chromium: ", err)
	}
	return there
}

// can reports whether something with the label can be clicked.
func (w *twins) can(l remoteui.Label) bool {
	w.t.Helper()
	there, err := ask[bool](w.tab, "can", w.texts(l))
	if err != nil {
		w.t.Fatal("Chromium: ", err)
	}
	return there
}

func (w *twins) set(l remoteui.Label, nth int, value string) {
	w.t.Helper()
	w.tab.set(w.texts(l), scope{}, nth, value)
}

// save clicks what leads to a file: the page stays.
func (w *twins) save(l remoteui.Label) {
	w.t.Helper()
	n := len(w.theirs.Log())
	w.tab.click(w.texts(l), scope{}, true)
	for deadline := time.Now().Add(10 * time.Second); len(w.theirs.Log()) == n && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := chromedp.Run(w.tab.ctx, chromedp.Evaluate[chromedp.Void](`__person.stay()`)); err != nil {
		w.t.Fatal("Chromium: ", err)
	}
	w.arrive()
}

// awaitButton waits for a wait page to lead on to where the label is.
func (w *twins) awaitButton(l remoteui.Label) {
	w.t.Helper()
	w.await(w.texts(l))
}

// await waits for a wait page to lead on to where something can be pressed.
func (w *twins) await(texts []string) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if there, err := ask[bool](w.tab, "has", texts); err == nil && there {
			w.arrive()
			return
		}
	}
	w.t.Fatalf("no %q came", texts)
}

// awaitRestart waits until the device has been down and answers again.
func (w *twins) awaitRestart() {
	w.t.Helper()
	u, err := url.Parse(w.theirs.URL())
	if err != nil {
		w.t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if w.theirs.Restarts() == 0 {
			continue
		}
		if conn, err := net.Dial("tcp", u.Host); err == nil {
			conn.Close()
			return
		}
	}
	w.t.Fatal("no restart")
}

// do runs one part of a procedure on both devices and compares what each was
// asked.
func (w *twins) do(name string, library func() error, person func()) {
	w.t.Helper()
	if w.t.Failed() {
		w.t.FailNow()
	}
	if err := library(); err != nil {
		w.t.Fatalf("%s: the library: %v", name, err)
	}
	before := len(w.theirs.Log())
	person()
	requests.Add(int64(len(w.theirs.Log()) - before))
	w.compare(name)
}

// logOut is the name of the last part.
const logOut = "log out"

// compare wants the same writes in the same order, and that neither was led to
// a page by a request that the other would not make.
func (w *twins) compare(name string) {
	w.t.Helper()
	ourReads, ourWrites := w.requests(0, w.ours)
	theirReads, theirWrites := w.requests(1, w.theirs)
	if name == logOut && w.cfg.Login == simdevice.LoginNotNecessary {
		theirReads = theirReads[:min(1, len(theirReads))] // where that leads is of no interest: there is no login form to be seen
	}
	if !slices.Equal(ourWrites, theirWrites) {
		w.t.Errorf("%s: writes\nby Chromium %s\nby remoteui %s", name, strings.Join(theirWrites, "\n"), strings.Join(ourWrites, "\n"))
	}
	for _, r := range ourReads {
		if !slices.Contains(theirReads, r) {
			w.t.Errorf("%s: only remoteui sent %s", name, r)
		}
	}
	for _, r := range theirReads {
		if !slices.Contains(ourReads, r) {
			w.t.Errorf("%s: only Chromium sent %s", name, r)
		}
	}
	if w.t.Failed() {
		w.t.Logf("remoteui: %s", strings.Join(ourReads, "\n"))
		w.t.Logf("Chromium: %s", strings.Join(theirReads, "\n"))
	}
}

// requests are those since the last comparison: pages that were asked for, and
// everything else that was sent.
func (w *twins) requests(who int, d *simdevice.Device) (reads, writes []string) {
	log := d.Log()
	for _, e := range log[w.seen[who]:] {
		if e.Page == simdevice.PageScript || e.Page == simdevice.PageImage {
			continue
		}
		text := e.Method + " " + e.Path
		reading := e.Method == "GET"
		for _, f := range e.Fields {
			if f.Name == "Dummy" {
				f.Value = "*"
			}
			if !utf8.ValidString(f.Value) || strings.Contains(f.Value, "-----BEGIN CERTIFICATE") {
				f.Value = "(file)"
			}
			reading = reading || f.Name == "Flag" && f.Value == "Init_Data"
			text += fmt.Sprintf(" %s=%q", f.Name, f.Value)
		}
		if reading {
			reads = append(reads, text)
		} else {
			writes = append(writes, text)
		}
	}
	w.seen[who] = len(log)
	return reads, writes
}
