package printed

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// The order of day, month and year follows the device's setting: these are the
// ones seen in public captures, "2022/03/09 0:17:53", "2026 04/13 10:09:36" and
// "20/04 2026 16:42:19".
var (
	yearFirst = lazyregexp.New(`(?:^|\D)(\d{4})[/ .-](\d{1,2})[/.-](\d{1,2})` + ofDay)
	yearLast  = lazyregexp.New(`(?:^|\D)(\d{1,2})[/.-](\d{1,2})[/ .-](\d{4})` + ofDay)
)

// ofDay is the time of day, with the half of the day before or after it.
const (
	half  = `(?i:am\b|pm\b|a\.m\.|p\.m\.|午前|午後|上午|下午|오전|오후)`
	ofDay = `\s+(?:(` + half + `)\s*)?(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*(` + half + `))?`
)

var (
	dateWords      = strings.NewReplacer("年", "/", "月", "/", "日", " ", "년", "/", "월", "/", "일", " ", "時", ":", "时", ":", "分", ":", "시", ":", "분", ":", "秒", " ", "초", " ")
	looseYearFirst = lazyregexp.New(`(\d{4})\s*[/.]\s*(\d{1,2})\s*[/.]\s*(\d{1,2})\b\.?`)
	looseYearLast  = lazyregexp.New(`\b(\d{1,2})\s*[/.]\s*(\d{1,2})\s*[/.]\s*(\d{4})`)
)

// plainDates writes dates as the patterns have them: full-width digits and blanks
// of any kind as plain ones, "2026年3月9日" and "2026. 3. 9." with slashes alone. Hyphens stay, since they stand between two dates, too.
func plainDates(text string) string {
	text = looseYearFirst.ReplaceAllString(dateWords.Replace(norm.NFKC.String(text)), "$1/$2/$3 ")
	return looseYearLast.ReplaceAllString(text, "$1/$2/$3")
}

// Clock reads the date and time that the device prints on its pages, as
// UTC since the time zone is not printed. Where day and month cannot be told
// apart, near decides: the reading closer to it is taken. ok is false if there
// is no date.
func Clock(text string, near time.Time) (t time.Time, ok bool) {
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

// makeTime makes a time of the numbers; clock is what [ofDay] has found.
func makeTime(year, month, day string, clock []string) (time.Time, bool) {
	n := func(s string) int { v, _ := strconv.Atoi(s); return v }
	hour, minute, second := n(clock[1]), n(clock[2]), n(clock[3])
	switch strings.ToLower(clock[0] + clock[4]) {
	case "":
	case "am", "a.m.", "午前", "上午", "오전":
		if hour == 12 {
			hour = 0
		}
	case "pm", "p.m.", "午後", "下午", "오후":
		if hour < 12 {
			hour += 12
		}
	default: // twice
		return time.Time{}, false
	}
	t := time.Date(n(year), time.Month(n(month)), n(day), hour, minute, second, 0, time.UTC)
	if n(year) == 0 || int(t.Month()) != n(month) || t.Day() != n(day) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	return t, true
}

var (
	dayYearFirst = lazyregexp.New(`(?:^|\D)(\d{4})[/ .-](\d{1,2})[/.-](\d{1,2})`)
	dayYearLast  = lazyregexp.New(`(?:^|\D)(\d{1,2})[/.-](\d{1,2})[/ .-](\d{4})\b`)
)

// Days reads the first day in a text, in any of the orders that
// [Clock] knows; where day and month cannot be told apart, both readings
// are returned.
func Days(text string) []time.Time {
	var days []time.Time
	add := func(year, month, day string) {
		if t, ok := makeTime(year, month, day, make([]string, 5)); ok {
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

// Dates are the dates in a text, for [Days]: those that have the year first, and those
// that have it last.
func Dates(text string) (first, last []string) {
	text = plainDates(text)
	return dayYearFirst.FindAllString(text, -1), dayYearLast.FindAllString(text, -1)
}
