package events

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey"
)

// Metrics counts what happens, for Prometheus. The zero value is ready, and may be
// used by several goroutines.
type Metrics struct {
	mu       sync.Mutex
	planned  int
	events   map[string]int
	outcomes map[string]int
	tasks    map[string]int
	usages   map[string]int
	weak     int
	restarts int
	requests int
	seconds  float64
	last     time.Time
	dropped  uint64
}

// OnEvent is for [rekey.Options].OnEvent.
func (m *Metrics) OnEvent(e rekey.Event) { m.Put(OfEvent(e)) }

// Put counts a record.
func (m *Metrics) Put(r Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	count := func(in *map[string]int, name string) {
		if *in == nil {
			*in = map[string]int{}
		}
		(*in)[name]++
	}
	count(&m.events, string(r.Kind))
	f := r.Fields
	if f == nil {
		return
	}
	switch r.Kind {
	case KindBegin:
		m.planned = f.Devices
	case KindEnd:
		m.dropped = f.Dropped
	case KindResult:
		count(&m.outcomes, string(f.Outcome))
		for _, t := range f.Tasks {
			count(&m.tasks, t)
		}
		for _, u := range f.Usages {
			state := "open"
			if u.Verified {
				state = "replaced"
			}
			count(&m.usages, state)
		}
		m.weak += f.WeakKeys
		m.restarts += f.Restarts
		m.requests += f.Requests
		m.seconds += f.Seconds
		if r.Time.After(m.last) {
			m.last = r.Time
		}
	}
}

// SetDropped says how many lines a [Stream] has dropped.
func (m *Metrics) SetDropped(n uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dropped = n
}

// outcomes are all that there are: a series that is absent until it is needed cannot
// be told from one that is broken.
var outcomes = []rekey.FleetOutcome{
	rekey.FleetDone, rekey.FleetWithheld, rekey.FleetHeld, rekey.FleetUnsupported,
	rekey.FleetUnreachable, rekey.FleetFailed, rekey.FleetInterrupted, rekey.FleetNotStarted,
}

// WriteTo writes the metrics in the text format of Prometheus (version 0.0.4), as its
// node_exporter collects it from files.
func (m *Metrics) WriteTo(w io.Writer) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	head := func(name, kind, help string) {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
	}
	one := func(name, kind, help string, value any) {
		head(name, kind, help)
		fmt.Fprintf(&b, "%s %v\n", name, value)
	}
	by := func(name, kind, help, label string, known []string, counts map[string]int) {
		head(name, kind, help)
		all := map[string]int{}
		for _, k := range known {
			all[k] = 0
		}
		maps.Copy(all, counts)
		for _, k := range slices.Sorted(maps.Keys(all)) {
			fmt.Fprintf(&b, "%s{%s=\"%s\"} %d\n", name, label, labels.Replace(k), all[k])
		}
	}
	var known []string
	for _, o := range outcomes {
		known = append(known, string(o))
	}
	ended := 0
	for _, n := range m.outcomes {
		ended += n
	}
	one("rekey_fleet_devices", "gauge", "Devices of the list.", m.planned)
	by("rekey_devices_total", "counter", "Devices that have ended, by outcome.", "outcome", known, m.outcomes)
	by("rekey_usages_total", "counter", "Usages whose key had to be replaced, by what became of them.", "state", []string{"replaced", "open"}, m.usages)
	one("rekey_weak_keys_total", "counter", "Keys proved weak on devices that were only looked at.", m.weak)
	by("rekey_tasks_total", "counter", "Tasks left to people, by row of the procedure.", "row", nil, m.tasks)
	one("rekey_restarts_total", "counter", "Restarts of devices.", m.restarts)
	one("rekey_requests_total", "counter", "HTTP requests to devices.", m.requests)
	head("rekey_device_seconds", "summary", "Time that a device took.")
	fmt.Fprintf(&b, "rekey_device_seconds_sum %v\nrekey_device_seconds_count %d\n", m.seconds, ended)
	last := 0.0
	if !m.last.IsZero() {
		last = float64(m.last.UnixMilli()) / 1000
	}
	one("rekey_last_result_timestamp_seconds", "gauge", "When a device ended last.", last)
	by("rekey_events_total", "counter", "Events, by kind.", "kind", nil, m.events)
	one("rekey_events_dropped_total", "counter", "Lines of events that were dropped, because their reader was too slow.", m.dropped)
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

// labels escapes a label's value.
var labels = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
