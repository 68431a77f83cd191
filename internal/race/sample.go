package race

// Sample is all cases, or the first one under the race detector.
func Sample[T any](all ...T) []T {
	if Enabled {
		return all[:1]
	}
	return all
}

// Step is 1, or n under the race detector: the places at which something may happen
// are gone through one after the other, and the code that runs is the same.
func Step(n int) int {
	if Enabled {
		return n
	}
	return 1
}
