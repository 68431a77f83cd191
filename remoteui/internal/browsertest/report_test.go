package browsertest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/rekey-go/rekey/internal/fleettest"
)

var shots = flag.String("shots", "", "directory for pictures of the report")

// faults lists what a reader would miss: what is wider than the page, or cut off, and
// what cannot be told from its background (WCAG 2.2, 1.4.3).
const faults = `(() => {
  const found = [], width = document.documentElement.clientWidth, hidden = e => e.closest('.hidden, thead') && getComputedStyle(e.closest('.hidden, thead')).position === 'absolute';
  const say = (what, e) => { if (found.length < 10) found.push(what + ': ' + e.tagName + '.' + e.getAttribute('class') + ' ' + e.textContent.slice(0, 60)); };
  if (document.documentElement.scrollWidth > width) found.push('the page is ' + document.documentElement.scrollWidth + ' wide, of ' + width);
  const ctx = document.createElement('canvas').getContext('2d', {willReadFrequently: true}), seen = new Map();
  const rgba = c => {
    if (!seen.has(c)) { ctx.clearRect(0, 0, 1, 1); ctx.fillStyle = c; ctx.fillRect(0, 0, 1, 1); seen.set(c, [...ctx.getImageData(0, 0, 1, 1).data]); }
    return seen.get(c);
  };
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const backs = new Map(), behind = e => {
    if (!e) return [255, 255, 255];
    if (!backs.has(e)) { const c = rgba(getComputedStyle(e).backgroundColor); backs.set(e, c[3] === 255 ? c : behind(e.parentElement)); }
    return backs.get(e);
  };
  for (const e of document.body.querySelectorAll('*')) {
    if (e.closest('svg') && e.tagName !== 'svg' || hidden(e) || matchMedia('print').matches && e.closest('nav, .others')) continue;
    const r = e.getBoundingClientRect(), s = getComputedStyle(e);
    if (r.right > width + 0.5 || r.left < -0.5) say('beyond the page', e);
    if (s.overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1) say('cut off', e);
    const text = [...e.childNodes].filter(n => n.nodeType === 3 && n.data.trim());
    if (!text.length) continue;
    if (r.width < 1 || r.height < 1 || s.visibility !== 'visible' || +s.opacity < 1) say('not to be seen', e);
    for (const n of text) {
      const range = document.createRange(); range.selectNode(n);
      const t = range.getBoundingClientRect(), in_ = e.closest('td, th, figure, .badge, p, li, div')?.getBoundingClientRect();
      if (in_ && (t.right > in_.right + 1 || t.left < in_.left - 1)) say('out of its place', e);
    }
    const [a, b] = [light(rgba(s.color)), light(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) say('contrast ' + ((a + 0.05) / (b + 0.05)).toFixed(2), e);
  }
  for (const r of performance.getEntriesByType('resource')) found.push('loads ' + r.name);
  return found;
})()`

// The report of a fleet as Chromium shows it: nothing is cut off or too wide, all text
// is there, and tables are tables to who hears them, also where they are shown as cards.
func TestFleetReport(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		devices, width int
		lang           string
		dark, print    bool
		look           bool // for pictures only
	}{
		{devices: 1, width: 390, lang: "en"},
		{devices: 1, width: 1280, lang: "en", dark: true},
		{devices: 30, width: 390, lang: "en", dark: true},
		{devices: 30, width: 1280, lang: "en"},
		{devices: 30, width: 390, lang: "ja"},
		{devices: 30, width: 1280, lang: "zh-TW"},
		{devices: 30, width: 700, lang: "en", print: true}, // about A4
		{devices: 1000, width: 390, lang: "en"},
		{devices: 1000, width: 1280, lang: "en"},
		{devices: 1000, width: 390, lang: "ja", dark: true, look: true},
		{devices: 1000, width: 1280, lang: "zh-TW", dark: true, look: true},
		{devices: 1000, width: 700, lang: "ja", print: true, look: true},
		{devices: 30, width: 700, lang: "zh-TW", dark: true, print: true, look: true}, // whoever has a dark screen prints on white
	} {
		if tc.look && *shots == "" {
			continue
		}
		name := fmt.Sprintf("%d devices, %d px, %s, dark %v, print %v", tc.devices, tc.width, tc.lang, tc.dark, tc.print)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fleettest.Fleet(tc.devices)
			var b bytes.Buffer
			if err := f.HTML(&b, tc.lang); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "report.html")
			if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			browser, err := newTab(root, true)
			if err != nil {
				t.Fatal("Chromium: ", err)
			}
			t.Cleanup(browser.close)
			browser.t = t
			call(browser, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: int64(tc.width), Height: 900, DeviceScaleFactor: 1, Mobile: tc.width < 500})
			media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: map[bool]string{true: "dark", false: "light"}[tc.dark]}}}
			if tc.print {
				media.Media = "print"
			}
			call(browser, emulation.SetEmulatedMedia, media)
			show(t, browser, "file://"+filepath.ToSlash(file))
			for _, fault := range evaluated[[]string](t, browser, faults) {
				t.Error(fault)
			}
			if said := browser.said(); len(said) > 0 {
				t.Errorf("scripts ran: %q", said)
			}
			text := evaluated[string](t, browser, `document.body.innerText`)
			for i := range f.Devices {
				if url := f.Devices[i].Report.Device.URL; !strings.Contains(text, url) {
					t.Errorf("%s is not shown", url)
				}
			}
			if tc.devices < 1000 && !tc.print {
				tables(t, browser, tc.devices)
			}
			if *shots != "" {
				const high = 4000
				end := max(0, evaluated[float64](t, browser, `document.documentElement.scrollHeight`)-high)
				for part, from := range map[string]float64{"begin": 0, "end": end} {
					shot := call(browser, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: new(true), Clip: &page.Viewport{Y: from, Width: float64(tc.width), Height: high, Scale: 1}})
					if err := os.WriteFile(filepath.Join(*shots, strings.NewReplacer(", ", "-", " ", "_").Replace(name)+"-"+part+".png"), shot.Data, 0o600); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

// show waits longer than open does: a thousand devices are three megabytes.
func show(t *testing.T, b *tab, address string) {
	t.Helper()
	if r := call(b, page.Navigate, page.NavigateParams{URL: address}); r.ErrorText != "" {
		t.Fatal(r.ErrorText)
	}
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); {
		if done, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.readyState === 'complete' && !!document.querySelector('main')`)); err == nil && done {
			return
		}
	}
	t.Fatal("the report was not loaded")
}

// tables holds what a screen reader is told of the last table, that of the devices.
func tables(t *testing.T, b *tab, devices int) {
	t.Helper()
	roles := map[string]int{}
	for _, n := range call(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		var role string
		if err := json.Unmarshal(n.Role.Value, &role); err != nil {
			t.Fatal(err)
		}
		roles[role]++
	}
	if roles["table"] < 3 || roles["columnheader"] < 3*2 || roles["rowheader"] < devices || roles["row"] < 2*devices || roles["heading"] < 5 || roles["main"] != 1 {
		t.Errorf("what is heard: %v", roles)
	}
}

func evaluated[T any](t *testing.T, b *tab, script string) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatal("Chromium: ", err)
	}
	return v
}
