// Package window says when work on a device may go on: on which days, between
// which hours, and whose clock these are by.
package window

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Window is open on the same hours of every day in Days. It is read by [Parse];
// the zero value is never open.
type Window struct {
	Days []time.Weekday // on which it opens; empty: every day
	// From and To are wall clock times, in minutes since midnight, 0 to 1440. To at
	// or before From is of the day after.
	From, To int
	Zone     *time.Location // nil: never open; nobody's zone is guessed
}

var days = []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}

// Parse reads "22:00-05:00 Europe/Berlin" or "Mon-Fri,Sun 22:00-05:00 Asia/Taipei":
// days on which it opens (all, if none are named), hours, and an IANA zone, which
// has to be named.
func Parse(text string) (Window, error) {
	fields := strings.Fields(text)
	var w Window
	fault := func(what string) (Window, error) {
		return Window{}, fmt.Errorf("window %q: %s; write for example \"Mon-Fri 22:00-05:00 Europe/Berlin\"", text, what)
	}
	if len(fields) == 3 {
		for part := range strings.SplitSeq(fields[0], ",") {
			first, last, isRange := strings.Cut(part, "-")
			if !isRange {
				last = first
			}
			from, to := day(first), day(last)
			if from < 0 || to < 0 {
				return fault(fmt.Sprintf("%q is no day, nor days", part))
			}
			for d := from; ; d = (d + 1) % 7 {
				if !slices.Contains(w.Days, time.Weekday(d)) {
					w.Days = append(w.Days, time.Weekday(d))
				}
				if d == to {
					break
				}
			}
		}
		fields = fields[1:]
	}
	if len(fields) != 2 {
		return fault("want days, hours and a zone")
	}
	from, to, ok := strings.Cut(fields[0], "-")
	if w.From = minutes(from); !ok || w.From < 0 || w.From == 24*60 {
		return fault(fmt.Sprintf("%q are no hours", fields[0]))
	}
	if w.To = minutes(to); w.To < 0 {
		return fault(fmt.Sprintf("%q are no hours", fields[0]))
	}
	if fields[1] == "Local" {
		return fault("Local is another zone on each machine")
	}
	zone, err := time.LoadLocation(fields[1])
	if err != nil {
		return fault(err.Error())
	}
	w.Zone = zone
	return w, nil
}

func day(name string) int {
	return slices.IndexFunc(days, func(d string) bool { return strings.EqualFold(d, name) })
}

// minutes reads hh:mm; -1 if it is none.
func minutes(text string) int {
	if text == "24:00" {
		return 24 * 60
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return -1
	}
	return t.Hour()*60 + t.Minute()
}

// String writes what [Parse] reads.
func (w Window) String() string {
	text := ""
	for _, d := range w.Days {
		text += "," + d.String()[:3]
	}
	zone := "(no zone)"
	if w.Zone != nil {
		zone = w.Zone.String()
	}
	return strings.TrimPrefix(strings.TrimSpace(fmt.Sprintf("%s %02d:%02d-%02d:%02d %s", text, w.From/60, w.From%60, w.To/60, w.To%60, zone)), ",")
}

// Open reports whether it is open at a time, and until when. The hours are those
// that the zone's clocks show, so a night on which they are put forward is shorter.
func (w Window) Open(now time.Time) (until time.Time, open bool) {
	for opened, closes := range w.around(now) {
		if !now.Before(opened) && now.Before(closes) && closes.After(until) {
			until, open = closes, true
		}
	}
	return until, open
}

// Next is when it opens next, after a time; zero: never.
func (w Window) Next(now time.Time) (next time.Time) {
	for opened := range w.around(now) {
		if opened.After(now) && (next.IsZero() || opened.Before(next)) {
			next = opened
		}
	}
	return next
}

// around yields the openings from the day before a time to a week after it.
func (w Window) around(now time.Time) func(func(opened, closes time.Time) bool) {
	return func(yield func(opened, closes time.Time) bool) {
		if w.Zone == nil {
			return
		}
		y, m, d := now.In(w.Zone).Date()
		for i := -1; i <= 8; i++ {
			at := func(days, minutes int) time.Time { return time.Date(y, m, d+i+days, 0, minutes, 0, 0, w.Zone) }
			weekday := time.Date(y, m, d+i, 12, 0, 0, 0, w.Zone).Weekday()
			if len(w.Days) > 0 && !slices.Contains(w.Days, weekday) {
				continue
			}
			after := 0
			if w.To <= w.From {
				after = 1
			}
			if !yield(at(0, w.From), at(after, w.To)) {
				return
			}
		}
	}
}

// Fits returns nil if something that takes so long can begin now and end before
// the window closes, else why not and when it opens next.
func (w Window) Fits(now time.Time, takes time.Duration) error {
	until, open := w.Open(now)
	switch {
	case !open && w.Zone == nil:
		return &ClosedError{w, "its window names no zone, and never opens"}
	case !open:
		return &ClosedError{w, fmt.Sprintf("outside its window %s, which opens next %s", w, w.Next(now).Format(time.RFC3339))}
	case now.Add(takes).After(until):
		return &ClosedError{w, fmt.Sprintf("its window %s closes %s, and up to %v are needed", w, until.Format(time.RFC3339), takes)}
	}
	return nil
}

// ClosedError says that the window is not open, or not for long enough.
type ClosedError struct {
	Window Window
	text   string
}

func (e *ClosedError) Error() string { return e.text }
