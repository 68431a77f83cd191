package replay_test

import (
	"os"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// TestMain stops scripts soon: that the limit has its effect is the same after a fifth of
// its time.
func TestMain(m *testing.M) {
	page.ScriptTime = time.Second
	os.Exit(m.Run())
}
