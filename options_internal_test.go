package rekey

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

// A timeout that is zero has its default, one that is set is as set, and a negative
// one is refused; each by itself.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	for i := range reflect.TypeFor[Timeouts]().NumField() {
		name := reflect.TypeFor[Timeouts]().Field(i).Name
		for _, tc := range []struct{ set, want time.Duration }{
			{0, time.Duration(reflect.ValueOf(defaultTimeouts).Field(i).Int())}, {7 * time.Second, 7 * time.Second}, {-1, 0},
		} {
			var o Options
			reflect.ValueOf(&o.Timeouts).Elem().Field(i).SetInt(int64(tc.set))
			c, err := o.begin()
			switch got := time.Duration(reflect.ValueOf(c.Timeouts).Field(i).Int()); {
			case (err != nil) != (tc.set < 0):
				t.Errorf("%s %v: error %v", name, tc.set, err)
			case err == nil && (got != tc.want || got <= 0):
				t.Errorf("%s %v: is %v, want %v", name, tc.set, got, tc.want)
			}
		}
	}
}

// The devices of a fleet are spread over all days that they may be, evenly, and each is
// always on the same.
func TestSpread(t *testing.T) {
	t.Parallel()
	const days, devices = 30, 3100
	o, on := &Options{Spread: days*24*time.Hour + time.Hour}, map[time.Duration]int{}
	for i := range devices {
		url := fmt.Sprintf("https://d%d.example/", i)
		day := o.spread(url)
		for _, again := range []string{url, fmt.Sprintf("d%d.example", i), fmt.Sprintf(" https://d%d.example:8443/rps/ ", i)} {
			if o.spread(again) != day {
				t.Fatalf("the day of %s changes", again)
			}
		}
		on[day]++
	}
	for d, n := range on {
		if d < 0 || d > o.Spread || d%(24*time.Hour) != 0 || n > 2*devices/(days+1) {
			t.Errorf("%v earlier: %d devices", d, n)
		}
	}
	if len(on) != days+1 {
		t.Errorf("%d days", len(on))
	}
	if earlier := new(Options).spread("https://d.example/"); earlier != 0 {
		t.Errorf("%v earlier without being asked for", earlier)
	}
}

// The text of an event is one line: where an error had several, they are told apart as
// people read them.
func TestEventIsOneLine(t *testing.T) {
	t.Parallel()
	var told string
	o, err := (&Options{OnEvent: func(e Event) { told = e.Text }}).begin()
	if err != nil {
		t.Fatal(err)
	}
	if o.event(EventNotice, "", "the logs: a\nb\x1b[2J"); told != `the logs: a; b\u001b[2J` {
		t.Errorf("%q", told)
	}
}
