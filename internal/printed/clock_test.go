package printed_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/rekey-go/rekey/internal/corpus"
	"github.com/rekey-go/rekey/internal/printed"
)

func TestClock(t *testing.T) {
	t.Parallel()
	near := time.Date(2026, 4, 20, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"最近更新：2022/03/09 0:17:53":               time.Date(2022, 3, 9, 0, 17, 53, 0, time.UTC),
		"2026 04/13 10:09:36":                   time.Date(2026, 4, 13, 10, 9, 36, 0, time.UTC),
		"20/04 2026 16:42:19":                   time.Date(2026, 4, 20, 16, 42, 19, 0, time.UTC),
		"Last Updated : 06/04/2026 1:02:03":     time.Date(2026, 4, 6, 1, 2, 3, 0, time.UTC),
		"最近更新：2022年3月9日 0:17:53":                time.Date(2022, 3, 9, 0, 17, 53, 0, time.UTC),
		"2022 年 3 月 9 日 0時17分53秒":               time.Date(2022, 3, 9, 0, 17, 53, 0, time.UTC),
		"2022/03/09 1:17:53 PM":                 time.Date(2022, 3, 9, 13, 17, 53, 0, time.UTC),
		"03/31/2026 12:17 am":                   time.Date(2026, 3, 31, 0, 17, 0, 0, time.UTC),
		"2022年3月9日 午後1時17分53秒":                  time.Date(2022, 3, 9, 13, 17, 53, 0, time.UTC),
		"2022/03/09 上午 12:17:53":                time.Date(2022, 3, 9, 0, 17, 53, 0, time.UTC),
		"2022/03/09 10:17 Amount":               time.Date(2022, 3, 9, 10, 17, 0, 0, time.UTC),
		"2022. 3. 9. 0:17:53":                   time.Date(2022, 3, 9, 0, 17, 53, 0, time.UTC),
		"2022\u00a0/ 03 /\u00a009\u00a00:17:53": time.Date(2022, 3, 9, 0, 17, 53, 0, time.UTC),
		"２０２２／０３／０９　０：１７：５３":                    time.Date(2022, 3, 9, 0, 17, 53, 0, time.UTC),
		"Last Updated : 04/21/2026 1:02":        time.Date(2026, 4, 21, 1, 2, 0, 0, time.UTC),
	} {
		if got, ok := printed.Clock(text, near); !ok || !got.Equal(want) {
			t.Errorf("%q: %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, bad := range []string{"", "2022/13/09 0:17:53", "2022/02/30 0:17", "12:30:00", "99/99 2026 10:00", "10000/01/01 0:17:53", "0000/01/01 0:17:53", "2022/03/09 午後 1:17 PM", "2022/03/09 13:17:99"} {
		if got, ok := printed.Clock(bad, near); ok {
			t.Errorf("%q: %v, want none", bad, got)
		}
	}
}

// FuzzClock reads dates in any text: what is read is in the text, and no
// other moment.
func FuzzClock(f *testing.F) {
	for _, seed := range []string{
		"2022/03/09 0:17:53", "2026 04/13 10:09:36", "20/04 2026 16:42:19", "Last Updated: 2022/03/09 24:00:00", "31/12/2026 23:59", "9999/12/31 23:59:59",
		"2022/02/30 1:00", "02/03/2026 10:99:99", "0000/01/01 00:00", strings.Repeat("1/", 1000) + "2026 1:00",
	} {
		f.Add(seed)
	}
	for _, c := range corpus.Read(f, "testdata/corpus/dates.tsv") {
		f.Add(string(c.Data))
	}
	near := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		plain := strings.NewReplacer("時", ":", "时", ":", "시", ":").Replace(norm.NFKC.String(text)) // full-width digits are digits
		for _, d := range printed.Days(text) {
			if !strings.Contains(plain, d.Format("2006")) {
				t.Errorf("%q: read as the day %v", text, d)
			}
		}
		c, ok := printed.Clock(text, near)
		if !ok {
			if !c.IsZero() {
				t.Errorf("%q: %v, false", text, c)
			}
			return
		}
		// Hours are written with one digit or two, minutes always with two.
		if !strings.Contains(plain, c.Format("2006")) || !strings.Contains(plain, c.Format(":04")) {
			t.Errorf("%q: read as %v", text, c)
		}
		if again, ok := printed.Clock(c.Format("2006/01/02 15:04:05"), near); !ok || !again.Equal(c) {
			t.Errorf("%q: %v, then %v", text, c, again)
		}
	})
}

// Dates as pages show them: nobody but us reads them.
func TestCorpusDates(t *testing.T) {
	t.Parallel()
	near := time.Date(2022, 3, 10, 0, 0, 0, 0, time.UTC)
	corpus.Check(t, "testdata/corpus/dates.tsv", true, func(text []byte) (goes, ours string) {
		c, ok := printed.Clock(string(text), near)
		if !ok {
			ours = "no moment"
		} else {
			ours = c.Format(time.RFC3339)
		}
		var days []string
		for _, d := range printed.Days(string(text)) {
			days = append(days, d.Format(time.DateOnly))
		}
		return "-", fmt.Sprintf("%s; days %v", ours, days)
	})
}

// Where day and month cannot be told apart, the reading near to a known time is
// taken.
func ExampleClock() {
	near := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for _, text := range []string{"2026/03/02 14:05:06", "02/03 2026 14:05", "yesterday"} {
		fmt.Println(printed.Clock(text, near))
	}
	fmt.Println(printed.Days("03/04/2026"))
	// Output:
	// 2026-03-02 14:05:06 +0000 UTC true
	// 2026-03-02 14:05:00 +0000 UTC true
	// 0001-01-01 00:00:00 +0000 UTC false
	// [2026-04-03 00:00:00 +0000 UTC 2026-03-04 00:00:00 +0000 UTC]
}
