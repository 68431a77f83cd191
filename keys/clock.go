package keys

import (
	"regexp"
	"strconv"
	"time"
)

// The order of day, month and year follows the device's setting: these are the
// ones seen in public captures, "2022/03/09 0:17:53", "2026 04/13 10:09:36" and
// "20/04 2026 16:42:19".
var (
	yearFirst = regexp.MustCompile(`(\d{4})[/ .-](\d{1,2})[/.-](\d{1,2})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?`)
	yearLast  = regexp.MustCompile(`(\d{1,2})[/.-](\d{1,2})[/ .-](\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?`)
)

// ParseClock reads the date and time that the device prints on its pages, as
// UTC since the time zone is not printed. Where day and month cannot be told
// apart, near decides: the reading closer to it is taken. ok is false if there
// is no date.
func ParseClock(text string, near time.Time) (t time.Time, ok bool) {
	if m := yearFirst.FindStringSubmatch(text); m != nil {
		return makeTime(m[1], m[2], m[3], m[4:])
	}
	m := yearLast.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}, false
	}
	dayFirst, ok1 := makeTime(m[3], m[2], m[1], m[4:])
	monthFirst, ok2 := makeTime(m[3], m[1], m[2], m[4:])
	if ok1 && ok2 {
		if dayFirst.Sub(near).Abs() <= monthFirst.Sub(near).Abs() {
			return dayFirst, true
		}
		return monthFirst, true
	}
	if ok1 {
		return dayFirst, true
	}
	return monthFirst, ok2
}

func makeTime(year, month, day string, clock []string) (time.Time, bool) {
	n := func(s string) int { v, _ := strconv.Atoi(s); return v }
	t := time.Date(n(year), time.Month(n(month)), n(day), n(clock[0]), n(clock[1]), n(clock[2]), 0, time.UTC)
	if int(t.Month()) != n(month) || t.Day() != n(day) || n(clock[0]) > 23 || n(clock[1]) > 59 || n(clock[2]) > 59 {
		return time.Time{}, false
	}
	return t, true
}

var (
	dayYearFirst = regexp.MustCompile(`(\d{4})[/ .-](\d{1,2})[/.-](\d{1,2})`)
	dayYearLast  = regexp.MustCompile(`(\d{1,2})[/.-](\d{1,2})[/ .-](\d{4})`)
)

// ParseDays reads the first day in a text, in any of the orders that
// [ParseClock] knows; where day and month cannot be told apart, both readings
// are returned.
func ParseDays(text string) []time.Time {
	var days []time.Time
	add := func(year, month, day string) {
		if t, ok := makeTime(year, month, day, []string{"0", "0", "0"}); ok {
			days = append(days, t)
		}
	}
	if m := dayYearFirst.FindStringSubmatch(text); m != nil {
		add(m[1], m[2], m[3])
	} else if m := dayYearLast.FindStringSubmatch(text); m != nil {
		add(m[3], m[2], m[1])
		add(m[3], m[1], m[2])
	}
	return days
}
