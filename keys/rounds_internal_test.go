package keys

import (
	"math"
	"testing"
)

// However many rounds a caller asks for, a check ends.
func TestRoundsOf(t *testing.T) {
	t.Parallel()
	for asked, want := range map[int]int{
		math.MinInt: DefaultRounds, -1: DefaultRounds, 0: DefaultRounds, 1: 1, DefaultRounds + 1: DefaultRounds + 1,
		MaxRounds: MaxRounds, MaxRounds + 1: MaxRounds, math.MaxInt: MaxRounds,
	} {
		if got := roundsOf(asked); got != want {
			t.Errorf("%d rounds asked for: %d, want %d", asked, got, want)
		}
	}
}
