package acceptance_test

import (
	"os"
	"testing"

	"github.com/rekey-go/rekey/internal/devicetest"
)

func TestMain(m *testing.M) {
	if job := os.Getenv(childJob); job != "" {
		os.Exit(child(job))
	}
	os.Exit(devicetest.SideBySide(m))
}
