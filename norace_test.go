//go:build !race

package rekey_test

const raceDetector = false
