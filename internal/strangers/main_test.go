package strangers_test

import (
	"os"
	"testing"

	"github.com/rekey-go/rekey/internal/devicetest"
)

func TestMain(m *testing.M) { os.Exit(devicetest.SideBySide(m)) }
