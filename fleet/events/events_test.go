package events_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/events"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/usage"
)

var at = time.Date(2026, 3, 2, 21, 4, 5, 678e6, time.FixedZone("", 8*3600))

// result is a device with a key replaced and one left.
func result() *rekey.Report {
	return &rekey.Report{
		Device: rekey.DeviceInfo{URL: "https://192.0.2.7:8444/", Model: "iR-ADV C5560 III", Controller: "80.09", Serial: "QLA00255"}, Eligibility: models.Vulnerable,
		Usages: []rekey.UsageReport{
			{Place: usage.Place{Use: keys.UseTLS}, Affected: true, OldKey: rekey.KeyRef{SPKI: "aa", Weak: keys.Proved}, NewKey: rekey.KeyRef{SPKI: "bb"}, Verified: true, Proof: "served"},
			{Place: usage.Place{Use: keys.UseIPSec, Policy: "HQ"}, Affected: true, OldKey: rekey.KeyRef{SPKI: "cc", Weak: keys.Proved}},
			{Place: usage.Place{Use: keys.UseSIP}, OldKey: rekey.KeyRef{SPKI: "dd", Weak: keys.NotFound}},
		},
		Tasks: []rekey.Task{{ID: "V-1"}, {ID: "P-1"}}, Restarts: 1, Requests: 250,
		Started: at.Add(-90 * time.Second), Ended: at, Error: "left\u202e undone\n on purpose",
		Exit: rekey.ExitOf(rekey.ErrUnfinished),
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := events.NewStream(&out, 0)
		s.Put(events.Record{Kind: events.KindBegin, Time: at.UTC(), Fields: &events.Fields{Devices: 3}})
		s.OnEvent(rekey.Event{Time: at, Device: "192.0.2.7:8444", Run: "R", Kind: rekey.EventStep, Step: "G-1", Text: "makes a key"})
		s.Put(events.OfReport(result(), rekey.ErrUnfinished))
		held := &rekey.HeldError{URL: "https://b.example/", Why: "others failed"}
		s.Put(events.OfReport(&rekey.Report{Device: rekey.DeviceInfo{URL: "https://b.example/"}, Started: at, Ended: at, Exit: rekey.ExitOf(held)}, held))
		s.Put(events.OfAssessment(&rekey.Assessment{Device: rekey.DeviceInfo{URL: "https://c.example/"}}, nil))
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		now := time.Now().UTC().Format(time.RFC3339Nano)
		want := []string{
			`{"v":1,"seq":1,"time":"2026-03-02T13:04:05.678Z","kind":"begin","fields":{"devices":3}}`,
			`{"v":1,"seq":2,"time":"2026-03-02T13:04:05.678Z","kind":"step","device":"192.0.2.7:8444","run":"R","row":"G-1","text":"makes a key"}`,
			`{"v":1,"seq":3,"time":"2026-03-02T13:04:05.678Z","kind":"result","device":"192.0.2.7:8444","text":"left undone on purpose","fields":{"mode":"remediate","outcome":"withheld","exit":{"code":8,"class":"decision","retry":"change"},"model":"iR-ADV C5560 III","controller":"80.09","serial":"QLA00255","eligibility":"vulnerable","usages":[` +
				`{"usage":"tls","oldSPKI":"aa","newSPKI":"bb","weak":"proved","verified":true,"proof":"served"},{"usage":"ipsec","policy":"HQ","oldSPKI":"cc","weak":"proved","verified":false}],"tasks":["V-1","P-1"],"restarts":1,"requests":250,"seconds":90}}`,
			`{"v":1,"seq":4,"time":"2026-03-02T13:04:05.678Z","kind":"result","device":"b.example","text":"others failed","fields":{"mode":"remediate","outcome":"held","exit":{"code":8,"class":"decision","retry":"change"}}}`,
			`{"v":1,"seq":5,"time":"` + now + `","kind":"result","device":"c.example","fields":{"mode":"assess","outcome":"done","exit":{"code":0,"class":"done","retry":"no"}}}`,
			`{"v":1,"seq":6,"time":"` + now + `","kind":"end","fields":{"devices":3}}`, "",
		}
		if got := strings.Split(out.String(), "\n"); !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", out.String(), strings.Join(want, "\n"))
		}
	})
}

// A writer that stands still costs no device a moment: progress is dropped and
// counted where it is missing, results are not.
func TestSlowConsumerSlowsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		s := events.NewStream(w, 10)
		began := time.Now()
		const lines = 1000
		for i := range lines {
			s.OnEvent(rekey.Event{Time: at, Device: "a", Kind: rekey.EventProgress, Text: strings.Repeat("x", 500)})
			if i%100 == 99 {
				s.Put(events.OfReport(result(), nil))
			}
		}
		synctest.Wait()
		if d := time.Since(began); d != 0 {
			t.Errorf("took %v", d)
		}
		var seen, results, told int
		var last uint64
		done := make(chan struct{})
		go func() {
			defer close(done)
			for sc := bufio.NewScanner(r); sc.Scan(); {
				var rec events.Record
				if err := json.Unmarshal(sc.Bytes(), &rec); err != nil {
					t.Error(err)
				}
				switch rec.Kind {
				case events.KindResult:
					results++
				case events.KindDropped:
					told += int(rec.Fields.Dropped)
				case events.KindEnd:
					if int(rec.Fields.Dropped) != told || rec.Fields.Devices != 10 {
						t.Errorf("the last line says %+v, %d were told of", rec.Fields, told)
					}
				default:
					seen++
				}
				if rec.Seq <= last {
					t.Errorf("line %d after %d", rec.Seq, last)
				}
				last = rec.Seq
			}
		}()
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		w.Close()
		<-done
		if results != 10 || told == 0 || seen+told != lines || int(s.Dropped()) != told {
			t.Errorf("%d results, %d lines, %d told to be dropped, %d counted", results, seen, told, s.Dropped())
		}
	})
}

// Who never takes anything is not waited for longer than was said.
func TestCloseIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		s := events.NewStream(w, 0)
		s.OnEvent(rekey.Event{Kind: rekey.EventNotice})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Close(ctx); err == nil || !strings.Contains(err.Error(), "not taken") {
			t.Error(err)
		}
		r.Close() // the writer's goroutine ends
		synctest.Wait()
	})
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestFailingWriterIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := events.NewStream(full{}, 0)
		s.OnEvent(rekey.Event{Kind: rekey.EventNotice})
		synctest.Wait()
		s.OnEvent(rekey.Event{Kind: rekey.EventNotice})
		if err := s.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "no space left") || s.Dropped() == 0 {
			t.Errorf("%v, %d dropped", err, s.Dropped())
		}
	})
}

// The shape that the schema's classes require.
func TestOCSF(t *testing.T) {
	t.Parallel()
	rec := events.OfReport(result(), rekey.ErrUnfinished)
	rec.Seq = 7
	all := events.OCSF(rec)
	if len(all) != 3 {
		t.Fatalf("%d events", len(all))
	}
	wanted := []struct {
		class, activity, status float64
		required                []string
	}{
		{7001, 4, 4, []string{"command_uid"}},
		{2002, 3, 4, []string{"finding_info.uid", "vulnerabilities.0.cve.uid"}},
		{2002, 1, 1, []string{"finding_info.uid", "vulnerabilities.0.cve.uid"}},
	}
	uids := map[any]bool{}
	for i, want := range wanted {
		text, err := json.Marshal(all[i])
		if err != nil {
			t.Fatal(err)
		}
		var e any
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		for _, path := range append(want.required, "metadata.version", "metadata.product.name", "severity_id", "time", "device.hostname", "device.type_id", "device.hw_info.serial_number") {
			if v := within(e, path); v == nil || v == "" {
				t.Errorf("event %d lacks %s: %s", i, path, text)
			}
		}
		class, activity := within(e, "class_uid"), within(e, "activity_id")
		if class != want.class || activity != want.activity || within(e, "status_id") != want.status ||
			within(e, "type_uid") != want.class*100+want.activity || within(e, "category_uid") != float64(int(want.class)/1000) || within(e, "time") != float64(at.UnixMilli()) {
			t.Errorf("event %d: %s", i, text)
		}
		uids[within(e, "finding_info.uid")] = true
	}
	if len(uids) != 3 {
		t.Errorf("findings are not told apart: %v", uids)
	}
	for outcome, id := range map[rekey.FleetOutcome]int{
		rekey.FleetDone: 1, rekey.FleetUnreachable: 2, rekey.FleetWithheld: 4, rekey.FleetUnsupported: 5, rekey.FleetFailed: 6,
		rekey.FleetHeld: 99, rekey.FleetInterrupted: 99, rekey.FleetNotStarted: 99,
	} {
		e := events.OCSF(events.Record{Kind: events.KindResult, Fields: &events.Fields{Mode: "remediate", Outcome: outcome}})
		if len(e) != 1 || e[0]["status_id"] != id || e[0]["status_code"] != string(outcome) {
			t.Errorf("%s: %v", outcome, e)
		}
	}
	if events.OCSF(events.OfEvent(rekey.Event{Kind: rekey.EventStep})) != nil {
		t.Error("progress has no class")
	}
}

// within is a value within JSON.
func within(v any, path string) any {
	for part := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

// A reader of the text format, as strict as the format's description.
func TestPrometheusText(t *testing.T) {
	t.Parallel()
	var m events.Metrics
	m.Put(events.Record{Kind: events.KindBegin, Fields: &events.Fields{Devices: 500}})
	m.OnEvent(rekey.Event{Kind: rekey.EventStep})
	m.OnEvent(rekey.Event{Kind: "od\"d\\\n"})
	m.Put(events.OfReport(result(), rekey.ErrUnfinished))
	m.Put(events.OfReport(result(), nil))
	m.SetDropped(4)
	var out bytes.Buffer
	n, err := m.WriteTo(&out)
	if err != nil || int(n) != out.Len() {
		t.Fatal(n, out.Len(), err)
	}
	got := parsePrometheus(t, out.String())
	for series, want := range map[string]float64{
		"rekey_fleet_devices": 500, `rekey_devices_total{outcome="withheld"}`: 2, `rekey_devices_total{outcome="failed"}`: 0,
		`rekey_usages_total{state="replaced"}`: 2, `rekey_usages_total{state="open"}`: 2, `rekey_tasks_total{row="V-1"}`: 2,
		"rekey_restarts_total": 2, "rekey_requests_total": 500, "rekey_device_seconds_sum": 180, "rekey_device_seconds_count": 2,
		"rekey_last_result_timestamp_seconds": float64(at.UnixMilli()) / 1000, `rekey_events_total{kind="result"}`: 2,
		`rekey_events_total{kind="od\"d\\\n"}`: 1, "rekey_events_dropped_total": 4, "rekey_weak_keys_total": 0,
	} {
		if v, ok := got[series]; !ok || v != want {
			t.Errorf("%s: %v (%v), want %v", series, v, ok, want)
		}
	}
}

func parsePrometheus(t *testing.T, text string) map[string]float64 {
	t.Helper()
	sample := regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"\})? (\S+)$`)
	types, helps, values := map[string]string{}, map[string]bool{}, map[string]float64{}
	if !strings.HasSuffix(text, "\n") {
		t.Error("the last line has no end")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			name, _, _ := strings.Cut(rest, " ")
			helps[name] = true
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(rest, " ")
			if types[name] != "" || !helps[name] {
				t.Errorf("%s: twice, or without help before it", name)
			}
			types[name] = kind
			continue
		}
		m := sample.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("no sample: %q", line)
		}
		v, err := strconv.ParseFloat(m[3], 64)
		if _, twice := values[m[1]+m[2]]; err != nil || twice {
			t.Errorf("%q: %v, twice %v", line, err, twice)
		}
		values[m[1]+m[2]] = v
		family := strings.TrimSuffix(strings.TrimSuffix(m[1], "_sum"), "_count")
		if types[m[1]] == "" && types[family] != "summary" {
			t.Errorf("%s has no type", m[1])
		}
		if types[m[1]] == "counter" && !strings.HasSuffix(m[1], "_total") {
			t.Errorf("%s is a counter", m[1])
		}
	}
	if len(types) < 10 {
		t.Errorf("%d metrics", len(types))
	}
	return values
}

// docs/events.md has every field and kind, and every metric.
func TestEventsAreDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, typ := range []reflect.Type{reflect.TypeFor[events.Record](), reflect.TypeFor[events.Fields](), reflect.TypeFor[events.Usage]()} {
		for _, f := range reflect.VisibleFields(typ) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	for _, k := range []any{events.KindBegin, events.KindResult, events.KindReport, events.KindDropped, events.KindEnd, rekey.EventPhase, rekey.EventStep, rekey.EventStepDone, rekey.EventProgress, rekey.EventNotice} {
		names = append(names, fmt.Sprint(k))
	}
	var out bytes.Buffer
	if _, err := new(events.Metrics).WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (\S+)`).FindAllStringSubmatch(out.String(), -1) {
		names = append(names, m[1])
	}
	for _, name := range names {
		if !bytes.Contains(doc, []byte("`"+name+"`")) {
			t.Errorf("docs/events.md lacks `%s`", name)
		}
	}
}
