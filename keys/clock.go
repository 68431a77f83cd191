package keys

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// The order of day, month and year follows the device's setting: these are the
// ones seen in public captures, "2022/03/09 0:17:53", "2026 04/13 10:09:36" and
// "20/04 2026 16:42:19".
var (
	yearFirst = regexp.MustCompile(`(\d{4})[/ .-](\d{1,2})[/.-](\d{1,2})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?`)
	yearLast  = regexp.MustCompile(`(\d{1,2})[/.-](\d{1,2})[/ .-](\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?`)
)

var (
	dateWords      = strings.NewReplacer("年", "/", "月", "/", "日", " ", "년", "/", "월", "/", "일", " ", "時", ":", "时", ":", "分", ":", "시", ":", "분", ":", "秒", " ", "초", " ")
	looseYearFirst = regexp.MustCompile(`(\d{4})\s*[/.]\s*(\d{1,2})\s*[/.]\s*(\d{1,2})\b\.?`)
	looseYearLast  = regexp.MustCompile(`\b(\d{1,2})\s*[/.]\s*(\d{1,2})\s*[/.]\s*(\d{4})`)
)

// plainDates writes dates as the patterns have them: full-width digits and blanks
// of any kind as plain ones, "2026年3月9日" and "2026. 3. 9." with slashes alone. Hyphens stay, since they stand between two dates, too.
func plainDates(text string) string {
	text = looseYearFirst.ReplaceAllString(dateWords.Replace(norm.NFKC.String(text)), "$1/$2/$3 ")
	return looseYearLast.ReplaceAllString(text, "$1/$2/$3")
}

// ParseClock reads the date and time that the device prints on its pages, as
// UTC since the time zone is not printed. Where day and month cannot be told
// apart, near decides: the reading closer to it is taken. ok is false if there
// is no date.
func ParseClock(text string, near time.Time) (t time.Time, ok bool) {
	text = plainDates(text)
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
	text = plainDates(text)
	if m := dayYearFirst.FindStringSubmatch(text); m != nil {
		add(m[1], m[2], m[3])
	} else if m := dayYearLast.FindStringSubmatch(text); m != nil {
		add(m[3], m[2], m[1])
		add(m[3], m[1], m[2])
	}
	return days
}
