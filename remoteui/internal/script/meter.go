package script

import "time"

// meter tells how much processor time a script has used since the meter was
// made. Any goroutine may read it until the script has ended.
type meter func() time.Duration

// crowded is by how much a script that has its turn may be held up by other
// work, where only time on the clock can be measured.
const crowded = 4

// wallMeter stands in for the processor time of a thread by a part of the time
// on the clock.
func wallMeter() meter {
	begun := time.Now()
	return func() time.Duration { return time.Since(begun) / crowded }
}
