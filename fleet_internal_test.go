package rekey

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/fleet/window"
	"github.com/rekey-go/rekey/internal/fleet"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/internal/share"
	"github.com/rekey-go/rekey/internal/state"
	"github.com/rekey-go/rekey/remoteui"
)

// crowd is a thousand cheap devices, and what was done to them. Each is worked on in
// points, at one of which it logs in, and at another restarts, as a real one is.
type crowd struct {
	points, login, restart int
	fails                  map[string]int // point at which a device fails; it panics at every other
	password               string

	mu         sync.Mutex
	begun      int
	atWork     int
	failed     int
	restarting map[string]int // by site
	most       map[string]int
	attempts   map[string]int // of logins
	restarts   map[string][]time.Time
	jobs       int
	late       int  // begun after the limit was reached
	reached    bool // the limit was
	inFlight   int  // then
	limit      int
}

const (
	crowdSize   = 1000
	restartTime = 4 * time.Minute
)

var errInjected = errors.New("injected")

func (x *crowd) work(ctx context.Context, d Device, m FleetMember, c *call) (*Report, error) {
	x.mu.Lock()
	x.begun++
	x.atWork++
	if x.reached {
		x.late++
	}
	x.mu.Unlock()
	err := x.through(ctx, d, m, c)
	r, err := (&Report{Device: DeviceInfo{URL: d.URL}, Started: c.Now()}).end(c, err)
	x.end(FleetOutcomeOf(r.Exit, err) == FleetFailed)
	return r, err
}

func (x *crowd) end(failed bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.atWork--
	if !failed {
		return
	}
	if x.failed++; x.failed == x.limit {
		x.reached, x.inFlight = true, x.atWork
	}
}

func (x *crowd) through(ctx context.Context, d Device, m FleetMember, c *call) error {
	rng := rand.New(rand.NewPCG(7, uint64(len(d.URL))+uint64(d.URL[len(d.URL)-1])))
	fails, failing := x.fails[d.URL]
	for p := range x.points {
		time.Sleep(time.Duration(rng.IntN(20)) * time.Second)
		if failing && p == fails {
			if p%2 == 1 {
				x.end(true)
				panic(errInjected)
			}
			return errInjected
		}
		switch p {
		case x.login:
			x.mu.Lock()
			x.attempts[d.URL]++
			x.mu.Unlock()
			if d.Password.Reveal() != x.password {
				return &remoteui.LoginError{Host: d.URL}
			}
			c.loggedIn = true
		case x.restart:
			if err := x.restartOne(ctx, d, m, c, time.Duration(rng.Int64N(int64(restartTime)))); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// restartOne asks as a run does.
func (x *crowd) restartOne(ctx context.Context, d Device, m FleetMember, c *call, takes time.Duration) error {
	done, err := c.BeforeRestart(ctx, DeviceInfo{URL: d.URL})
	if done != nil {
		defer done()
	}
	if err != nil {
		return err
	}
	jobs := takes
	x.mu.Lock()
	if x.jobs++; x.jobs%5 == 0 { // longer than they may take
		jobs *= 4
	}
	x.mu.Unlock()
	time.Sleep(jobs)
	if err := c.mayRestart(); err != nil {
		return err
	}
	begun, site := time.Now(), m.Groups[0]
	x.mu.Lock()
	x.restarting[site]++
	x.most[site] = max(x.most[site], x.restarting[site])
	x.mu.Unlock()
	time.Sleep(takes)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.restarting[site]--
	x.restarts[site] = append(x.restarts[site], begun, time.Now())
	return nil
}

// wasReached reports whether the limit of failures was reached.
func (x *crowd) wasReached() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.reached
}

// A thousand devices, of which one in eleven fails at one of fifty points: none restarts
// outside its window, no site has more restarts at once than it may, and once the limit
// of failures is reached none is begun, so that no more fail than were at work.
func TestFleetOfAThousand(t *testing.T) {
	t.Parallel()
	const sites, perSite, concurrency, limit, openFor = 10, 3, 100, 15, 90
	for _, limited := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			x := &crowd{
				points: 50, login: 3, restart: 30, fails: map[string]int{}, password: "right", restarting: map[string]int{}, most: map[string]int{},
				attempts: map[string]int{}, restarts: map[string][]time.Time{},
			}
			var devices []Device
			members := map[string]FleetMember{}
			windows := map[string]*window.Window{}
			opens := map[string]int{} // minute of the day, UTC
			for i := range crowdSize {
				site := fmt.Sprintf("site %d", i%sites)
				if windows[site] == nil { // one opens after the other, by clocks of their own; by UTC at 1:00, 1:05 …
					opens[site] = 60 + 5*i
					at := (opens[site] + 60*(i-5) + 24*60) % (24 * 60)
					windows[site] = &window.Window{Zone: time.FixedZone(site, 3600*(i-5)), From: at, To: (at + openFor) % (24 * 60)}
				}
				url := fmt.Sprintf("https://d%d.example/", i)
				devices = append(devices, Device{URL: url, Password: NewSecret("right")})
				members[url] = FleetMember{Window: windows[site], Groups: []string{site}}
				if i%11 == 10 {
					x.fails[url] = i / 11 * 29 % x.points
				}
			}
			o := &FleetOptions{
				Options:     &Options{Timeouts: Timeouts{Jobs: restartTime, Restart: restartTime}},
				Concurrency: concurrency, Waves: []Wave{}, MaxRestarts: perSite, DeviceTime: 30 * time.Minute,
				Member: func(d Device) FleetMember { return members[d.URL] },
			}
			if limited {
				o.MaxFailures, x.limit = limit, limit
			}
			counts := map[FleetOutcome]int{}
			// Again and again, as long as something is left: what is held or was stopped
			// before its restart comes again.
			time.Sleep(110 * time.Minute)
			for round := 0; round < 500 && len(devices) > 0; round++ {
				var left []Device
				by := map[string]Device{}
				for _, d := range devices {
					by[d.URL] = d
				}
				for r, err := range remediateAll(t.Context(), seqOf(devices), o, x.work) {
					switch outcome := FleetOutcomeOf(r.Exit, err); {
					case outcome == FleetFailed && !errors.Is(err, errInjected) && err.Error() != "panic: injected":
						t.Fatal(err)
					case outcome == FleetHeld && !x.wasReached(), outcome == FleetWithheld:
						left = append(left, by[r.Device.URL])
					default:
						counts[outcome]++
					}
				}
				devices = left
				if limited {
					break
				}
				time.Sleep(20 * time.Minute)
			}
			for site, times := range x.restarts {
				for _, at := range times {
					if in := at.Sub(at.Truncate(24*time.Hour)) - time.Duration(opens[site])*time.Minute; in < 0 || in > openFor*time.Minute {
						t.Errorf("%s: restarting at %v, outside %v", site, at, windows[site])
					}
				}
				if x.most[site] > perSite || len(times) == 0 {
					t.Errorf("%s: %d restarted at once, %d times looked at", site, x.most[site], len(times))
				}
			}
			switch {
			case limited && (!x.reached || x.late > 0 || x.failed-limit > x.inFlight || x.inFlight > concurrency):
				t.Errorf("limit reached: %v; %d begun after it, %d failed after it, %d at work then", x.reached, x.late, x.failed-limit, x.inFlight)
			case !limited && !maps.Equal(counts, map[FleetOutcome]int{FleetDone: crowdSize - len(x.fails), FleetFailed: len(x.fails)}):
				t.Errorf("%v, left %d", counts, len(devices))
			}
			t.Logf("%v; %d begun, %d failed, %d at work when the limit was reached; at once per site %v", counts, x.begun, x.failed, x.inFlight, x.most)
		})
	}
}

// One wrong password for a thousand devices that lock at the second is sent once.
func TestFleetOfAThousandWrongPassword(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := &crowd{points: 50, login: 3, restart: 30, password: "right", attempts: map[string]int{}}
		var devices []Device
		for i := range crowdSize {
			devices = append(devices, Device{URL: fmt.Sprintf("https://d%d.example/", i), Password: NewSecret("wrong")})
		}
		counts := map[FleetOutcome]int{}
		for r, err := range remediateAll(t.Context(), seqOf(devices), &FleetOptions{Concurrency: 200, Waves: []Wave{}}, x.work) {
			counts[FleetOutcomeOf(r.Exit, err)]++
		}
		if !maps.Equal(counts, map[FleetOutcome]int{FleetFailed: 1, FleetHeld: crowdSize - 1}) || len(x.attempts) != 1 {
			t.Errorf("%v; sent to %v", counts, x.attempts)
		}
		for url, n := range x.attempts {
			if n > 1 {
				t.Errorf("%s: sent %d times", url, n)
			}
		}
	})
}

// A callback that panics, or says no, leaves nothing taken from the other devices.
func TestTurnsAfterAPanic(t *testing.T) {
	t.Parallel()
	for _, panics := range []bool{false, true} {
		ended := 0
		ask := func(context.Context, DeviceInfo) (func(), error) {
			if panics {
				panic("injected")
			}
			return func() { ended++ }, errInjected
		}
		c, err := (&Options{BeforeCA: ask}).begin()
		if err != nil {
			t.Fatal(err)
		}
		slots, m := &fleet.Slots{N: 1}, FleetMember{Groups: []string{"a site"}}
		c.pace = &fleet.Pace{N: 1}
		for range 2 { // the second would wait for ever
			guarded := func(do func()) {
				defer func() { _ = recover() }()
				do()
			}
			guarded(func() {
				if _, err := c.atCA(t.Context(), DeviceInfo{}, "a CA"); !errors.Is(err, errInjected) {
					t.Error(err)
				}
			})
			guarded(func() {
				done, err := restartIn(m, slots, ask, c.Options)(t.Context(), DeviceInfo{})
				if done(); !errors.Is(err, errInjected) {
					t.Error(err)
				}
			})
		}
		if !panics && ended != 4 {
			t.Errorf("%d of 4 ended", ended)
		}
	}
}

// Scripts that cannot be stopped take room from the devices, down to one after another:
// that is told each time they become more, and of no device.
func TestLingeringIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var scripts, atWork, most atomic.Int32
		var told []Event
		o := &FleetOptions{
			Concurrency: 4, MemoryLimit: share.Script + 2*share.Usual, Waves: []Wave{}, lingering: func() int { return int(scripts.Load()) },
			Options: &Options{OnEvent: func(e Event) {
				if e.Kind == EventNotice {
					told = append(told, e)
				}
			}},
		}
		do := func(_ context.Context, d Device, _ FleetMember, c *call) (*Report, error) {
			most.Store(max(most.Load(), atWork.Add(1)))
			defer atWork.Add(-1)
			time.Sleep(time.Minute)
			return (&Report{Device: DeviceInfo{URL: d.URL}, Started: c.Now()}).end(c, nil)
		}
		for _, tt := range []struct {
			scripts, most int32
			told          []string
		}{
			{0, 4, nil}, {1, 2, []string{"1 script ", "keep 64 MiB"}}, {2, 1, []string{"2 scripts ", "keep 128 MiB"}},
		} {
			scripts.Store(tt.scripts)
			most.Store(0)
			told = nil
			var devices []Device
			for i := range 8 {
				devices = append(devices, Device{URL: fmt.Sprintf("https://%d.example/", i)})
			}
			for _, err := range remediateAll(t.Context(), seqOf(devices), o, do) {
				if err != nil {
					t.Error(err)
				}
			}
			if most.Load() != tt.most || len(told) != len(tt.told)/2 {
				t.Fatalf("%d scripts: %d at once, told %+v", tt.scripts, most.Load(), told)
			}
			for _, want := range tt.told {
				if !strings.Contains(told[0].Text, want) || told[0].Device != "" {
					t.Errorf("%d scripts: %+v", tt.scripts, told[0])
				}
			}
		}
	})
}

// A key tells which device it is as long as one device has it.
func TestRosterMoved(t *testing.T) {
	t.Parallel()
	one, shared := remoteui.SPKIHash{1}, remoteui.SPKIHash{2}
	r := &roster{pinned: map[string]map[remoteui.SPKIHash][]state.Known{"dir": {
		one: {{Host: "a"}}, shared: {{Host: "b", Serial: "ABC00001"}, {Host: "c", Serial: "00017"}}, {4}: {{Host: "d", Serial: "ABC00004"}},
	}}}
	for _, tt := range []struct {
		dir, host string
		key       remoteui.SPKIHash
		serial    string
		want      string
		bySerial  bool
	}{
		{"dir", "x", one, "", "a", false}, {"dir", "a", one, "", "", false}, {"dir", "x", shared, "", "", false},
		{"dir", "x", remoteui.SPKIHash{3}, "", "", false}, {"other", "x", one, "", "", false},
		// Of an earlier version nothing is known but the key.
		{"dir", "x", one, "ABC00001", "a", false},
		// Of those that share a key, the serial number says which it is, however it is written.
		{"dir", "x", shared, "abc 00001", "b", true}, {"dir", "x", shared, "17", "c", true}, {"dir", "b", shared, "ABC00001", "", false},
		{"dir", "x", shared, "ABC00003", "", false}, {"dir", "x", shared, "n/a", "", false},
		// A new device that shares the key of the one that is known.
		{"dir", "x", remoteui.SPKIHash{4}, "ABC00005", "", false}, {"dir", "x", remoteui.SPKIHash{4}, "", "d", false},
	} {
		if got, bySerial := r.moved(tt.dir, Device{URL: tt.host, Serial: tt.serial}, tt.key); got != tt.want || bySerial != tt.bySerial {
			t.Errorf("%+v: %q, %v", tt, got, bySerial)
		}
	}
}

func seqOf(devices []Device) func(func(Device, error) bool) {
	return func(yield func(Device, error) bool) {
		for _, d := range devices {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// BenchmarkFleetFrame is what RemediateAll itself costs for each of many devices, of which
// 200 are at work at a time.
func BenchmarkFleetFrame(b *testing.B) {
	for _, n := range []int{10, 1000, 10_000} {
		b.Run(fmt.Sprintf("devices=%d", n), func(b *testing.B) {
			var devices []Device
			for i := range n {
				devices = append(devices, Device{URL: fmt.Sprintf("https://d%d.example/", i), Password: NewSecret("x")})
			}
			o := &FleetOptions{Concurrency: 200, MaxRestarts: 5, Options: &Options{Dir: b.TempDir()}, Member: func(Device) FleetMember { return FleetMember{Groups: []string{"a site"}} }}
			for b.Loop() {
				done := 0
				for r := range remediateAll(b.Context(), seqOf(devices), o, func(ctx context.Context, d Device, _ FleetMember, c *call) (*Report, error) {
					release, err := c.BeforeRestart(ctx, DeviceInfo{URL: d.URL})
					if err != nil {
						return nil, err
					}
					release()
					c.loggedIn = true
					return (&Report{Device: DeviceInfo{URL: d.URL}, Started: c.Now()}).end(c, nil)
				}) {
					if r.Exit.Class == ExitDone {
						done++
					}
				}
				if done != n {
					b.Fatalf("%d of %d are done", done, n)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/device")
		})
	}
}

// A refused password stays one, also where a page was too large, and so is one whose
// answer could not be read: neither is sent again.
func TestWithinShare(t *testing.T) {
	t.Parallel()
	refused := &remoteui.LoginError{Failure: remoteui.WrongCredential}
	other, unheard := errors.New("settings not found"), &remoteui.AmbiguousWriteError{Err: errInjected}
	for _, tc := range []struct {
		exceeded  bool
		err, want error
	}{{false, nil, nil}, {false, other, other}, {true, nil, errShare}, {true, other, errShare}, {true, refused, refused}, {true, unheard, unheard}} {
		c := &call{share: new(share.Share)}
		if tc.exceeded {
			c.share.Exceed()
		}
		if got := c.withinShare(tc.err); got != tc.want {
			t.Errorf("%v: %v, want %v", tc.err, got, tc.want)
		}
	}
	if got := new(call).withinShare(other); got != other {
		t.Errorf("without a share: %v", got)
	}
}

// A device that is begun again with more memory takes one place for its restart, and what
// was done to it before is told, whatever becomes of it then. If it is not begun again,
// it has not failed: the next run goes on.
func TestBegunAgain(t *testing.T) {
	t.Parallel()
	unheard := &remoteui.AmbiguousWriteError{Err: errInjected}
	for name, tc := range map[string]struct {
		others []Device // which fail
		first  error
		second error // before there is a report; nil: it restarts
		want   FleetOutcome
		steps  int
		asked  int
		begun  int
	}{
		"it restarts":             {nil, errInjected, nil, FleetDone, 2, 1, 2},
		"there is no report":      {nil, errInjected, errInjected, FleetFailed, 1, 0, 2},
		"it is not begun again":   {[]Device{{URL: "https://other.example/"}}, errInjected, errInjected, FleetInterrupted, 1, 0, 1},
		"somebody said no before": {nil, ErrDeclined, ErrDeclined, FleetWithheld, 1, 0, 1},
		"the login's answer":      {nil, unheard, unheard, FleetFailed, 1, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				asked, begun := 0, 0
				o := &FleetOptions{
					MemoryLimit: 2 * share.Usual, MaxRestarts: 1, MaxFailures: 1, Waves: []Wave{},
					Options: &Options{BeforeRestart: func(context.Context, DeviceInfo) (func(), error) { asked++; return nil, nil }},
					Member:  func(Device) FleetMember { return FleetMember{Groups: []string{"a site"}} },
				}
				do := func(ctx context.Context, d Device, _ FleetMember, c *call) (*Report, error) {
					r := &Report{Device: DeviceInfo{URL: d.URL}, Started: c.Now()}
					if slices.ContainsFunc(tc.others, func(o Device) bool { return o.URL == d.URL }) {
						return r.end(c, errInjected)
					}
					if begun++; begun == 1 {
						c.share.Exceed()
						c.deeds = append(c.deeds, deed{text: "key made"})
						r.step(row.GenerateKey, "", Done, "")
						return r.end(c, tc.first)
					}
					if tc.second != nil {
						return nil, tc.second
					}
					done, err := c.BeforeRestart(ctx, r.Device)
					if err == nil {
						done()
					}
					r.step(row.Restart, "", Done, "")
					return r.end(c, err)
				}
				large := Device{URL: "https://large.example/"}
				for r, err := range remediateAll(ctx, seqOf(append(tc.others, large)), o, do) {
					if r.Device.URL != large.URL {
						continue
					}
					if got := FleetOutcomeOf(r.Exit, err); got != tc.want || !errors.Is(err, tc.second) || len(r.Steps) != tc.steps || asked != tc.asked || begun != tc.begun {
						t.Errorf("%s, %v: begun %d times, asked %d times, steps %v", got, err, begun, asked, r.Steps)
					}
				}
			})
		})
	}
}
