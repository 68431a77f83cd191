package race

// Sample is all cases, or the first one under the race detector.
func Sample[T any](all ...T) []T {
	if Enabled {
		return all[:1]
	}
	return all
}
