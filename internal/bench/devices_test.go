package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/measure"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// BenchmarkDevices is what one process of this library spends on devices, of
// each of which it replaces the weak key of TLS, from its start to its end.
func BenchmarkDevices(b *testing.B) {
	program, err := measure.Build(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	for _, count := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("devices=%d", count), func(b *testing.B) {
			for b.Loop() {
				urls := devices(b, count)
				spent, err := measure.Rekey(b.Context(), program, urls)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(spent.CPU.Milliseconds())/float64(count), "cpu-ms/device")
				b.ReportMetric(float64(spent.Peak>>10)/1024, "peak-MiB")
				b.ReportMetric(float64(spent.Requests)/float64(count), "requests/device")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

func devices(tb testing.TB, count int) (urls []string) {
	tb.Helper()
	for i := range count {
		dev, err := simdevice.New(simdevice.Config{
			Seed: uint64(i + 1), Language: "en", Family: simdevice.FamilyAdvance, ID: measure.ID, Password: measure.Password,
			GenerateTime: 10 * time.Millisecond, RestartTime: 10 * time.Millisecond,
		})
		if err != nil {
			tb.Fatal(err)
		}
		if err := dev.Start(); err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(dev.Close)
		urls = append(urls, dev.URL())
	}
	return urls
}

// The measuring itself works: a device is done, and its cost is seen.
func TestMeasuring(t *testing.T) {
	t.Parallel()
	program, err := measure.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	spent, err := measure.Rekey(t.Context(), program, devices(t, 1))
	if err != nil || spent.CPU <= 0 || spent.Peak < 1<<20 || spent.Requests == 0 || spent.Wall <= 0 {
		t.Errorf("%+v, %v", spent, err)
	}
}
