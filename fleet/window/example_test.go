package window_test

import (
	"fmt"
	"log"
	"time"

	"github.com/rekey-go/rekey/fleet/window"
)

// Nights from Monday to Friday by the clocks in Taipei; a restart that takes
// twenty minutes has to end before five.
func ExampleParse() {
	w, err := window.Parse("Mon-Fri 22:00-05:00 Asia/Taipei")
	if err != nil {
		log.Fatal(err)
	}
	for _, now := range []string{"2026-03-02T15:00:00Z", "2026-03-02T20:50:00Z", "2026-03-03T04:00:00Z"} {
		at, _ := time.Parse(time.RFC3339, now)
		until, open := w.Open(at)
		fmt.Println(open, until.Format("15:04"), w.Fits(at, 20*time.Minute) == nil, w.Next(at).Format("Mon 15:04"))
	}
	_, err = window.Parse("22:00-05:00")
	fmt.Println(err != nil) // whose clock?
	// Output:
	// true 05:00 true Tue 22:00
	// true 05:00 false Tue 22:00
	// false 00:00 false Tue 22:00
	// true
}
