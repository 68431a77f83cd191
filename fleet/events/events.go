// Package events writes what happens to a fleet as JSON lines, for a log system to
// collect: the progress of [rekey.Options].OnEvent and the result of each device.
// The lines have a versioned schema (docs/events.md); [OCSF] maps results to that of
// SIEMs, and [Metrics] counts for Prometheus.
//
// A [Stream] never makes a device wait: what its writer does not take in time is
// dropped, and the lines say how much. Results are never dropped. What a run needs to
// be finished by the next one is not here but in its state directory, which is
// written before each change and drops nothing.
package events

import (
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
)

// Version of the schema. Fields and kinds may be added within a version, and readers
// ignore those they do not know; what is there keeps its meaning.
const Version = 1

// Kind says what a line is about. Those of [rekey.EventKind] come as they are.
type Kind string

// The kinds of this package.
const (
	KindBegin   Kind = "begin"   // a fleet's work begins: Fields.Devices
	KindResult  Kind = "result"  // a device has ended: Fields
	KindReport  Kind = "report"  // the report was written
	KindDropped Kind = "dropped" // lines are missing here: Fields.Dropped
	KindEnd     Kind = "end"     // the last line: Fields.Devices, and Fields.Dropped of all
)

// Record is one line.
type Record struct {
	Version int `json:"v"`
	// Seq numbers what happened, from 1. A gap is what was dropped.
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time"` // RFC 3339, UTC
	Kind Kind      `json:"kind"`
	// Device is the host of its URL, with the port if that is not the usual one;
	// empty: the line is about no device.
	Device string  `json:"device,omitempty"`
	Run    string  `json:"run,omitempty"`  // tells calls apart
	Row    string  `json:"row,omitempty"`  // of the procedure, e.g. "G-1"
	Text   string  `json:"text,omitempty"` // one line for people, without secrets
	Fields *Fields `json:"fields,omitempty"`
}

// Fields are what a line says to programs; each is absent where it is zero.
type Fields struct {
	// Of a result.
	Mode        string             `json:"mode,omitempty"` // "assess" or "remediate"
	Outcome     rekey.FleetOutcome `json:"outcome,omitempty"`
	Exit        *rekey.Exit        `json:"exit,omitempty"`
	Model       string             `json:"model,omitempty"`
	Controller  string             `json:"controller,omitempty"`
	Serial      string             `json:"serial,omitempty"` // the device's own serial number, if it shows one
	Eligibility string             `json:"eligibility,omitempty"`
	Usages      []Usage            `json:"usages,omitempty"`
	WeakKeys    int                `json:"weakKeys,omitempty"` // keys proved weak, of a device that was looked at
	Tasks       []string           `json:"tasks,omitempty"`    // rows of what is left to people
	Restarts    int                `json:"restarts,omitempty"`
	Requests    int                `json:"requests,omitempty"`
	Seconds     float64            `json:"seconds,omitempty"`

	Devices int    `json:"devices,omitempty"`
	Dropped uint64 `json:"dropped,omitempty"`
}

// Usage is a usage of a key that had to be replaced.
type Usage struct {
	Usage    string `json:"usage"`
	Policy   string `json:"policy,omitempty"`
	OldSPKI  string `json:"oldSPKI,omitempty"` // hex SHA-256
	NewSPKI  string `json:"newSPKI,omitempty"`
	Weak     string `json:"weak"` // the old key's: proved, not-found, unknown
	Verified bool   `json:"verified"`
	Proof    string `json:"proof,omitempty"`
}

// OfEvent is the line of a progress event.
func OfEvent(e rekey.Event) Record {
	return Record{Version: Version, Time: e.Time.UTC(), Kind: Kind(e.Kind), Device: e.Device, Run: e.Run, Row: e.Step, Text: e.Text}
}

// OfReport is the line of a device's result, as [rekey.RemediateAll] yields it.
func OfReport(r *rekey.Report, err error) Record {
	f := &Fields{
		Mode: "remediate", Outcome: rekey.FleetOutcomeOf(r.Exit, err), Exit: &r.Exit,
		Model: r.Device.Model, Controller: r.Device.Controller, Serial: r.Device.Serial, Eligibility: eligibility(r.Device, r.Eligibility),
		Restarts: r.Restarts, Requests: r.Requests, Seconds: max(0, r.Ended.Sub(r.Started).Seconds()),
	}
	for _, u := range r.Usages {
		if u.Affected || u.Verified {
			f.Usages = append(f.Usages, Usage{
				Usage: string(u.Use), Policy: u.Policy, OldSPKI: u.OldKey.SPKI, NewSPKI: u.NewKey.SPKI,
				Weak: u.OldKey.Weak.String(), Verified: u.Verified, Proof: string(u.Proof),
			})
		}
	}
	for _, t := range r.Tasks {
		f.Tasks = append(f.Tasks, t.ID)
	}
	return result(r.Device.URL, r.Ended, r.Error, err, f)
}

// OfAssessment is the line of a device that was looked at, as [rekey.AssessAll]
// yields it.
func OfAssessment(a *rekey.Assessment, err error) Record {
	exit := rekey.ExitOf(err)
	f := &Fields{
		Mode: "assess", Outcome: rekey.FleetOutcomeOf(exit, err), Exit: &exit,
		Model: a.Device.Model, Controller: a.Device.Controller, Serial: a.Device.Serial, Eligibility: eligibility(a.Device, a.Eligibility.Verdict), Requests: a.Requests,
	}
	for i := range a.Keys {
		if a.Keys[i].Finding.State == keys.Proved {
			f.WeakKeys++
		}
	}
	return result(a.Device.URL, time.Time{}, "", err, f)
}

// eligibility is empty where no model was read.
func eligibility(d rekey.DeviceInfo, v models.Verdict) string {
	if d.Model == "" {
		return ""
	}
	return v.String()
}

func result(url string, at time.Time, text string, err error, f *Fields) Record {
	if text == "" && err != nil {
		text = err.Error()
	}
	const most = 2000 // characters of an error
	return Record{
		Version: Version, Time: at.UTC(), Kind: KindResult, Device: address.Device(url),
		Text: printable.Line(text, most, ' '), Fields: f,
	}
}
