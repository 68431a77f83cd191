// Package report writes what became of a fleet for the people who have to read it: a
// page for the auditor ([Fleet.HTML]), tasks and certificates for each team, tables
// that vulnerability management imports, and the evidence ([Fleet.WriteDir]).
//
// It takes the reports of [rekey.RemediateAll], also those of devices that failed or
// were never begun, and asks no device. What devices wrote is a stranger's text in
// every one of its outputs.
package report

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/fleet/compare"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/wording"
)

// Version of the JSON form.
const Version = 1

// Device is a device of a fleet, and what became of it.
type Device struct {
	Name    string             `json:"name,omitempty"` // what people call it; empty: its host
	Site    string             `json:"site,omitempty"`
	Outcome rekey.FleetOutcome `json:"outcome"`
	Report  *rekey.Report      `json:"report"` // required; of a device that was not begun it holds little
	// Proofs that the keys which were replaced are broken; made by [Fleet.Prove].
	Proofs []Proof `json:"proofs,omitempty"`
}

// DeviceOf is what [rekey.RemediateAll] yields for a device.
func DeviceOf(r *rekey.Report, err error) Device {
	return Device{Outcome: rekey.FleetOutcomeOf(r.Exit, err), Report: r}
}

// host names the device by its address.
func (d *Device) host() string { return address.Device(d.Report.Device.URL) }

func (d *Device) title() string {
	switch {
	case d.Name != "":
		return d.Name
	case d.host() != "":
		return d.host()
	}
	return d.Report.Device.URL
}

// Fleet is a report on many devices. Only Devices is required.
type Fleet struct {
	Title  string // of the work; empty: there is none
	Change string // number of the change; empty: that of the reports' Authorization
	// Devices in the order in which they are shown. [Fleet.Sort] puts those first
	// that somebody has to look at.
	Devices   []Device
	Generated time.Time // zero: when the work ended
	// Shared are keys that several devices have in common, as package compare found
	// them.
	Shared []compare.Finding

	// StateDir is [rekey.Options].Dir of the run, read for the evidence of the keys that
	// were replaced; empty: evidence is left out, and proofs are made only where a task
	// has the old certificate.
	StateDir string
	// Head is the signed head of the audit log, shown and packed; AuditKey signs the
	// manifest, and its public half is shown. Both may be absent.
	Head     string
	AuditKey *audit.Key
	// Nonce goes into the proofs: an auditor who chooses it knows that they are new.
	// Nil: [Fleet.Prove] makes one.
	Nonce []byte

	proved bool
}

// order is that of outcomes in a report: the worst first.
var order = []rekey.FleetOutcome{
	rekey.FleetFailed, rekey.FleetInterrupted, rekey.FleetUnreachable, rekey.FleetUnsupported,
	rekey.FleetWithheld, rekey.FleetHeld, rekey.FleetNotStarted, rekey.FleetDone,
}

// Sort orders the devices by outcome, the worst first, and then by site and name.
func (f *Fleet) Sort() {
	slices.SortStableFunc(f.Devices, func(a, b Device) int {
		if c := slices.Index(order, a.Outcome) - slices.Index(order, b.Outcome); c != 0 {
			return c
		}
		if c := strings.Compare(a.Site, b.Site); c != 0 {
			return c
		}
		return strings.Compare(a.title(), b.title())
	})
}

// allowed are those who allowed the work, each once.
func (f *Fleet) allowed() (all []rekey.Authorization) {
	for i := range f.Devices {
		if a := f.Devices[i].Report.Authorization; a != nil && !slices.Contains(all, *a) {
			all = append(all, *a)
		}
	}
	return all
}

func (f *Fleet) change() string {
	for _, a := range f.allowed() {
		if f.Change == "" && a.Change != "" {
			return a.Change
		}
	}
	return f.Change
}

// counts is how many devices have each outcome.
func (f *Fleet) counts() map[rekey.FleetOutcome]int {
	counts := map[rekey.FleetOutcome]int{}
	for i := range f.Devices {
		counts[f.Devices[i].Outcome]++
	}
	return counts
}

// span is when the first device began and the last one ended; zero where no device did.
func (f *Fleet) span() (began, ended time.Time) {
	for i := range f.Devices {
		r := f.Devices[i].Report
		if !r.Started.IsZero() && (began.IsZero() || r.Started.Before(began)) {
			began = r.Started
		}
		if r.Ended.After(ended) {
			ended = r.Ended
		}
	}
	return began, ended
}

// generated is when the report is of.
func (f *Fleet) generated() time.Time {
	if f.Generated.IsZero() {
		_, ended := f.span()
		return ended.UTC()
	}
	return f.Generated.UTC()
}

// JSON writes all that the report rests on:
//
//	{"version": 1, "title", "change", "generated", "counts": {outcome: number},
//	 "nonce": hex, "auditHead", "shared": findings of package compare, "devices": [{"name", "site", "outcome", "report", "proofs"}]}
//
// "report" is that of [rekey.Report].
func (f *Fleet) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(struct {
		Version   int                        `json:"version"`
		Title     string                     `json:"title,omitempty"`
		Change    string                     `json:"change,omitempty"`
		Generated time.Time                  `json:"generated"`
		Counts    map[rekey.FleetOutcome]int `json:"counts"`
		Nonce     string                     `json:"nonce,omitempty"`
		AuditHead string                     `json:"auditHead,omitempty"`
		Shared    []compare.Finding          `json:"shared,omitempty"`
		Devices   []Device                   `json:"devices"`
	}{Version, f.Title, f.change(), f.generated(), f.counts(), hex.EncodeToString(f.Nonce), f.Head, f.Shared, f.Devices})
}

// Languages are those of the page.
func Languages() []string { return wording.Languages() }

// check refuses what no output can show.
func (f *Fleet) check() error {
	for i := range f.Devices {
		if f.Devices[i].Report == nil {
			return fmt.Errorf("report: device %d has no report", i+1)
		}
	}
	return nil
}

func newNonce() []byte {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails
	return nonce
}

// place is a device's host and port for tables; port is 0 where the address names
// none.
func (d *Device) place() (host string, port int) {
	u, err := address.Parse(d.Report.Device.URL)
	if err != nil {
		return "", 0
	}
	port, _ = strconv.Atoi(u.Port())
	return address.Host(d.Report.Device.URL), port
}
