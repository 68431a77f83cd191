package acceptance_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// hostileAnswers are what a device says that has changed hands, or its mind.
var hostileAnswers = []struct {
	name   string
	answer http.HandlerFunc
}{
	{"endless", endless("<p>x</p>")},
	{"nested", hostile.Text(strings.Repeat("<div>", 1_000_000))},
	{"forms", hostile.Text(strings.Repeat("<form><input name=key value=1>", 300_000))},
	{"loops", hostile.Text(`<script>for (;;) try { for (;;); } catch (e) {}</script>`)},
	{"allocates", hostile.Text(`<script>var a = []; for (;;) a.push("x".repeat(1e5) + a.length)</script>`)},
	{"in circles", redirect("/?")},
	{"to elsewhere", redirect("https://192.0.2.1/")},
	{"no HTTP", raw("SSH-2.0-\x1b[2J\r\n")},
	{"cut short", raw("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 999999999\r\n\r\n<title>\u202e\x1b[2J</title>OK")},
}

// turningPoints are requests that change something, in the order of the work.
var turningPoints = []struct {
	name  string
	pages []simdevice.PageKind // that one is sent to, whatever the layout
}{
	{"generate", []simdevice.PageKind{simdevice.PageGenerate}},
	{"bind TLS", []simdevice.PageKind{simdevice.PageTLS, simdevice.PageTLSKeys}},
	{"bind 802.1X", []simdevice.PageKind{simdevice.PageIEEE8021X, simdevice.Page8021XKeys}},
	{"restart", []simdevice.PageKind{simdevice.PageApply}},
	{"delete", []simdevice.PageKind{simdevice.PageKeyList, simdevice.PageDelete}},
}

// A device that turns hostile in the middle of the work does no more harm than
// it could by itself: the run ends in bounded time with few requests more, the
// password goes out a few times at most, every usage keeps a working key (the
// device checks), and once the device is well again the work is finished.
func TestTurnsHostile(t *testing.T) {
	tooSlowForRace(t)
	if testing.Short() {
		t.Skip("scripts that loop take their time")
	}
	t.Parallel()
	n := 0
	for _, point := range turningPoints {
		for _, h := range hostileAnswers {
			for _, forGood := range []bool{false, true} {
				if n++; !*everyFault && n%11 != 0 {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/for good=%v", point.name, h.name, forGood), func(t *testing.T) {
					t.Parallel()
					switch h.name {
					case "loops", "allocates", "nested", "forms", "endless": // what is computed takes time by no clock that jumps
						testTurnsHostile(t, point.pages, h.answer, forGood)
						return
					}
					bubble(t, func(t *testing.T) { testTurnsHostile(t, point.pages, h.answer, forGood) })
				})
			}
		}
	}
}

func testTurnsHostile(t *testing.T, pages []simdevice.PageKind, answer http.HandlerFunc, forGood bool) {
	const most = 3 * time.Minute // and 5 s of each page with a script that does not end
	cfg := twoUsages(6)
	if forGood {
		// A log-out that the device carried out and does not own to is tried again.
		cfg.Tolerate = []simdevice.Invariant{simdevice.InvariantLoggedOut}
	}
	var turned, well atomic.Bool
	cfg.Faults = []simdevice.Fault{{
		Kind: simdevice.FaultAnswer, Count: -1, Answer: answer,
		Match: func(*http.Request) bool { return forGood && turned.Load() && !well.Load() },
	}}
	for _, page := range pages {
		cfg.Faults = append(cfg.Faults, simdevice.Fault{
			Kind: simdevice.FaultAnswer, Page: page, Answer: answer,
			Match: func(r *http.Request) bool { return r.Method == http.MethodPost && turned.CompareAndSwap(false, true) },
		})
	}
	dev := start(t, cfg)
	d, o := access(dev, cfg), options(t)
	o.AssumeTrusted, o.Timeouts.Request, o.Timeouts.Restart = true, 2*time.Second, 20*time.Second // logging in again has these, too, on a busy machine
	begun := time.Now()
	r, err := rekey.Remediate(bounded(t), d, o)
	took := time.Since(begun)
	if !turned.Load() {
		t.Fatalf("nothing was sent to %v: %v", pages, err)
	}
	if forGood && err == nil {
		t.Errorf("done, they say: %v", r)
	}
	t.Logf("%v: %v", took.Round(time.Second), err)
	if took > most {
		t.Errorf("took %v", took)
	}
	if c, bad := hostile.Unsafe(fmt.Sprint(err)); bad {
		t.Errorf("the error has %U: %q", c, err)
	}
	if n := dev.LoginAttempts(); n > 8 {
		t.Errorf("the password was sent %d times", n)
	}
	well.Store(true)
	o.Timeouts.Restart = time.Minute
	for run := 2; err != nil; run++ {
		if r, err = rekey.Remediate(bounded(t), d, o); err != nil && run == 3 {
			t.Fatalf("not finished: %v\n%v", err, r)
		}
	}
	for _, k := range dev.Keys() {
		if k.Weak && len(k.Active) > 0 {
			t.Errorf("%q is in use for %q", k.Name, k.Active)
		}
	}
}
