package usage_test

import (
	"os"
	"testing"

	"github.com/rekey-go/rekey/internal/devicetest"
)

func TestMain(m *testing.M) {
	if err := devicetest.SideBySide(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
