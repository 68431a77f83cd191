package acceptance_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// Minutes of waiting are waited, on a device in memory and a clock that jumps:
// a key that takes three minutes, a restart of four with the default interval.
func TestSlowDevice(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := simdevice.Config{
			Seed: 12, GenerateTime: 3 * time.Minute, RestartDelay: 20 * time.Second, RestartTime: 4 * time.Minute, Errorf: t.Errorf,
		}
		dev, err := simdevice.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		d := access(dev, cfg)
		d.DialContext = dev.DialContext
		began := time.Now()
		r, err := rekey.Remediate(t.Context(), d, &rekey.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatalf("%v\n%v", err, r)
		}
		if took := time.Since(began); took < 7*time.Minute || took > 10*time.Minute {
			t.Errorf("took %v of the device's time", took)
		}
	})
}
