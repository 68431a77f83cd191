package browsertest

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/measure"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui/labels"
)

var measured = flag.Bool("measure", false, "TestMeasure: measure (docs/benchmarks.md); alone, as it counts the browser from its start")

// TestMeasure replaces the weak key of TLS on a simulated device twice: by a
// person's clicks in Chromium, and by a process of this library, and prints what
// either spent. Its numbers are for docs/benchmarks.md; it fails only where a
// procedure does.
func TestMeasure(t *testing.T) {
	if !*measured {
		t.Skip("measuring takes -measure, and no other test at the same time")
	}
	cfg := simdevice.Config{
		Seed: 1, Language: "en", Family: simdevice.FamilyAdvance, Login: simdevice.LoginDepartmentID,
		ID: measure.ID, Password: measure.Password,
		GenerateTime: 10 * time.Millisecond, RestartTime: 10 * time.Millisecond,
	}
	device := func() *simdevice.Device {
		dev, err := simdevice.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(dev.Close)
		if err := dev.Start(); err != nil {
			t.Fatal(err)
		}
		return dev
	}
	ours := device()
	program, err := measure.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	spent, err := measure.Rekey(t.Context(), program, []string{ours.URL()})
	if err != nil {
		t.Fatal(err)
	}
	// As "go test -bench" prints it: .ci/bench reads it.
	fmt.Printf("BenchmarkReplacement/rekey 1 %.2f cpu-s %.1f peak-MiB %d requests %.1f s\n", spent.CPU.Seconds(), float64(spent.Peak)/(1<<20), len(ours.Log()), spent.Wall.Seconds())

	// Here the browser has run since TestMain, with nothing to do.
	tree := measure.Watch(os.Getpid(), false)
	began := time.Now()
	w := newTwins(t, cfg)
	old := ""
	for _, k := range w.theirs.Keys() {
		for _, use := range k.Uses {
			if use == "TLS" {
				old = k.Name
			}
		}
	}
	w.enter()
	w.walk(labels.StatusMonitor, labels.DeviceInformation)
	w.keyList()
	w.press([]string{old}, scope{})
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	w.keyList()
	w.click(labels.GenerateKey)
	w.click(labels.NetworkCommunication)
	spec := keys.Spec{
		Name: "rktls1", Hash: "SHA256", Algorithm: keys.Algorithm{RSABits: 2048}, NotBefore: now(), NotAfter: now().AddDate(5, 0, 0),
		Country: "JP", CommonName: "printer.example",
	}
	w.fill(spec, true)
	w.click(labels.OK)
	w.await([]string{spec.Name})
	w.walk(labels.Settings, labels.Network, labels.TLSSettings)
	if !w.can(labels.KeyAndCertificate) {
		w.edit()
	}
	w.click(labels.KeyAndCertificate)
	w.inRow(spec.Name, labels.Use)
	if w.has(labels.OK) && !w.has(labels.KeyAndCertificate) && !w.has(labels.Use) {
		w.click(labels.OK)
	}
	w.walk(labels.Settings)
	command := labels.ApplyChanges
	if !w.has(command) {
		command = labels.RestartDevice
	}
	w.click(command)
	if w.theirs.Restarts() == 0 && w.has(labels.OK) {
		w.click(labels.OK)
	}
	w.awaitRestart()
	w.enter()
	w.keyList()
	w.tab.selectRow(old)
	w.click(labels.Delete)
	if w.has(labels.OK) && !w.has(labels.Delete) {
		w.click(labels.OK)
	}
	w.click(labels.LogOut)
	wall := time.Since(began)
	cost := tree.Stop()
	fmt.Printf("BenchmarkReplacement/Chromium 1 %.2f cpu-s %.1f peak-MiB %d requests %.1f s\n", cost.CPU.Seconds(), float64(cost.Peak)/(1<<20), len(w.theirs.Log()), wall.Seconds())
}
