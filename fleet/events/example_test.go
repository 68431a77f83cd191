package events_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/events"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// exampleReport is what rekey.RemediateAll yields for a device.
func exampleReport() *rekey.Report {
	ended := time.Date(2026, 3, 2, 21, 4, 5, 0, time.UTC)
	return &rekey.Report{
		Device: rekey.DeviceInfo{URL: "https://192.0.2.7/", Model: "iR-ADV C5560 III"},
		Usages: []rekey.UsageReport{{
			Place: usage.Place{Use: keys.UseTLS}, Affected: true, OldKey: rekey.KeyRef{Weak: keys.Proved}, Verified: true, Proof: rekey.ProofServed,
		}},
		Restarts: 1, Started: ended.Add(-time.Minute), Ended: ended, Exit: rekey.ExitOf(nil),
	}
}

// The lines of a fleet, for a log system to collect; progress comes by OnEvent.
func ExampleStream() {
	var file strings.Builder
	s := events.NewStream(&file, 0)
	options := &rekey.Options{OnEvent: s.OnEvent} // for rekey.RemediateAll
	options.OnEvent(rekey.Event{
		Time: time.Date(2026, 3, 2, 21, 3, 5, 0, time.UTC), Device: "192.0.2.7", Kind: rekey.EventStep, Step: "G-1", Text: "make key \"rktls\"",
	})
	s.Put(events.OfReport(exampleReport(), nil))
	if err := s.Close(context.Background()); err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(file.String()) {
		var r events.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Seq, r.Kind, r.Device)
	}
	// Output:
	// 1 step 192.0.2.7
	// 2 result 192.0.2.7
	// 3 end
}

// Counters for Prometheus, as its node_exporter takes them from a file.
func ExampleMetrics() {
	var m events.Metrics
	m.Put(events.OfReport(exampleReport(), nil))
	var text strings.Builder
	if _, err := m.WriteTo(&text); err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(text.String()) {
		if strings.Contains(line, "outcome=\"done\"") {
			fmt.Print(line)
		}
	}
	// Output:
	// rekey_devices_total{outcome="done"} 1
}

// For a SIEM: a key that was weak, and is no more.
func ExampleOCSF() {
	for _, event := range events.OCSF(events.OfReport(exampleReport(), nil)) {
		fmt.Println(event["class_uid"], event["activity_name"], event["status"])
	}
	// Output:
	// 7001 Harden Success
	// 2002 Close Resolved
}
