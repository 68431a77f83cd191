package acceptance_test

import (
	"os"
	"runtime/debug"
	"testing"

	"github.com/rekey-go/rekey/internal/devicetest"
)

func TestMain(m *testing.M) {
	if job := os.Getenv(childJob); job != "" {
		os.Exit(child(job))
	}
	if os.Getenv(childURL) == "" { // where memory is measured
		debug.SetGCPercent(400) // it is little memory, and collecting took a tenth of the time
	}
	os.Exit(devicetest.SideBySide(m))
}
