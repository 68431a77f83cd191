package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/fleet/change"
	"github.com/rekey-go/rekey/fleet/events"
	"github.com/rekey-go/rekey/fleet/inventory"
	"github.com/rekey-go/rekey/fleet/report"
)

// records are what is kept of a run besides the lines on the screen. What cannot be
// written stops no device; it is said at the end.
type records struct {
	events, metrics, audit, key, report string // flags

	list    []byte // the inventory
	entries []inventory.Entry

	stream  *events.Stream
	file    io.Closer
	counted events.Metrics
	log     *audit.Log
	signer  *audit.Key
	fleet   report.Fleet
	names   map[string]inventory.Entry // by change.Key
	err     error
}

// auditEntry is a line of the audit log.
type auditEntry struct {
	events.Record
	Inventory string `json:"inventorySHA256,omitempty"` // of the first line
	Report    string `json:"reportSHA256,omitempty"`    // report.json of the device in evidence.zip
	Manifest  string `json:"manifestSHA256,omitempty"`  // of the report's directory, after the last device
}

func (r *records) flags(f *program.Flags) {
	f.StringVar(&r.events, "events", "", "")
	f.StringVar(&r.metrics, "metrics", "", "")
	f.StringVar(&r.audit, "audit", "", "")
	f.StringVar(&r.key, "audit-key", "", "")
	f.StringVar(&r.report, "report", "", "")
}

// loadKey reads a key; one that is not there is made, under a name.
func loadKey(path, name string) (*audit.Key, error) {
	k, err := audit.LoadKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		k, err = audit.CreateKey(path, name)
	}
	return k, err
}

// open opens what is written to while devices are worked on.
func (r *records) open() (err error) {
	if r.key != "" {
		if r.signer, err = loadKey(r.key, "rekey-fleet"); err != nil {
			return err
		}
	}
	if r.audit != "" {
		if r.log, err = audit.Open(r.audit, r.signer); err != nil {
			return err
		}
	}
	if r.events != "" {
		f, err := os.OpenFile(r.events, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		r.file, r.stream = f, events.NewStream(f, 0)
	}
	r.names = map[string]inventory.Entry{}
	return nil
}

// onEvent is told of progress.
func (r *records) onEvent(e rekey.Event) {
	r.counted.OnEvent(e)
	if r.stream != nil {
		r.stream.OnEvent(e)
	}
}

func (r *records) note(err error) {
	if err != nil && !errors.Is(r.err, err) { // a log that failed says the same from then on
		r.err = errors.Join(r.err, err)
	}
}

// put writes a record everywhere.
func (r *records) put(e events.Record, also auditEntry) {
	if e.Time.IsZero() {
		e.Time = time.Now().UTC()
	}
	e.Version = events.Version
	r.counted.Put(e)
	if r.stream != nil {
		r.stream.Put(e)
		r.counted.SetDropped(r.stream.Dropped())
	}
	if r.log != nil {
		also.Record = e
		r.note(r.log.Append(also))
		r.note(r.log.Sign())
	}
	if r.metrics != "" {
		if err := r.writeMetrics(); err != nil {
			r.note(err)
			r.metrics = ""
		}
	}
}

// writeMetrics replaces the file whole: a collector never sees half of it.
func (r *records) writeMetrics() error {
	var b bytes.Buffer
	if _, err := r.counted.WriteTo(&b); err != nil {
		return err
	}
	temp := r.metrics + ".new"
	return errors.Join(os.WriteFile(temp, b.Bytes(), 0o644), os.Rename(temp, r.metrics))
}

// begin is called once the list was read, and before a device is contacted.
func (r *records) begin() error {
	if err := r.open(); err != nil {
		return err
	}
	for _, e := range r.entries {
		r.names[change.Key(e.Address)] = e
	}
	sum := sha256.Sum256(r.list)
	r.put(events.Record{Kind: events.KindBegin, Fields: &events.Fields{Devices: len(r.entries)}}, auditEntry{Inventory: fmt.Sprintf("%x", sum)})
	return r.err
}

func (r *records) assessed(a *rekey.Assessment, err error) {
	r.put(events.OfAssessment(a, err), auditEntry{})
}

func (r *records) remediated(rep *rekey.Report, err error) {
	var also auditEntry
	content, encodeErr := report.Encode(rep)
	r.note(encodeErr)
	also.Report = fmt.Sprintf("%x", sha256.Sum256(content))
	r.put(events.OfReport(rep, err), also)
	if r.report == "" {
		return
	}
	d := report.DeviceOf(rep, err)
	if e, ok := r.names[change.Key(rep.Address)]; ok {
		d.Name, d.Site = e.Name, e.Site
	}
	r.fleet.Devices = append(r.fleet.Devices, d)
}

// leftAlone is told of a device that [rekey.RemediateAll] is not given.
func (r *records) leftAlone(url string, exit rekey.Exit, err error) {
	now := time.Now()
	r.remediated(&rekey.Report{Address: url, Device: rekey.DeviceInfo{URL: url}, Started: now, Ended: now, Error: err.Error(), Exit: exit}, err)
}

// end writes the report and closes everything. It returns the exit code, which is 6
// where all was done and something could not be written.
func (r *records) end(ctx context.Context, code int, change, stateDir string, fail func(error)) int {
	if r.report != "" {
		r.fleet.Change, r.fleet.StateDir, r.fleet.AuditKey = change, stateDir, r.signer
		if r.log != nil {
			head, err := r.log.Head()
			r.note(err)
			r.fleet.Head = head
		}
		r.fleet.Sort()
		err := r.fleet.WriteDir(context.WithoutCancel(ctx), r.report)
		r.note(err)
		if manifest, readErr := os.ReadFile(filepath.Join(r.report, report.Manifest)); err == nil {
			r.note(readErr)
			r.put(events.Record{Kind: events.KindReport}, auditEntry{Manifest: fmt.Sprintf("%x", sha256.Sum256(manifest))})
		}
	}
	if r.log != nil {
		r.note(r.log.Close())
	}
	if r.stream != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		r.note(r.stream.Close(ctx))
		r.note(r.file.Close())
	}
	if r.err == nil {
		return code
	}
	for line := range strings.SplitSeq(r.err.Error(), "\n") {
		fail(fmt.Errorf("not recorded: %s", line))
	}
	return cmp.Or(code, 6)
}
