package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/state"
)

// writePlan keeps a plan for -apply, whole or not at all.
func writePlan(name string, p *rekey.Plan) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".plan-*") // mode 0600
	if err != nil {
		return usagef("-out: %v", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("-out: the plan was not kept: %w", err)
	}
	return nil
}

// maxPlan bounds a file with a plan, in bytes.
const maxPlan = 16 << 20

// readPlan reads what writePlan wrote. Whether it was edited, or the device has
// changed since, package rekey finds out.
func readPlan(name string) (*rekey.Plan, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usagef("-apply: %v", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPlan))
	p := new(rekey.Plan)
	if err == nil {
		err = json.Unmarshal(text, p)
	}
	if err != nil || p.Digest == "" {
		return nil, usagef("-apply: this is no plan as -plan -out writes it")
	}
	return p, nil
}

// record has the options tell a log file, if one is wanted, and whoever shows what
// goes on.
func (c *config) record(o *rekey.Options, show func(rekey.Event)) (end func(), err error) {
	o.OnEvent = show
	if c.log == "" {
		return func() {}, nil
	}
	f, err := os.OpenFile(c.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, usagef("-log: %v", err)
	}
	log := slog.New(slog.NewJSONHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Logger = log
	o.OnEvent = func(e rekey.Event) {
		level := slog.LevelInfo
		if e.Kind == rekey.EventNotice {
			level = slog.LevelWarn
		}
		log.Log(context.Background(), level, e.Text, "run", e.Run, "device", e.Device, "kind", e.Kind, "step", e.Step)
		show(e)
	}
	return func() { f.Close() }, nil
}

// lastRestart is how long the device took to restart the last time, by the journal
// of the state directory; zero if it does not say.
func lastRestart(dir, url string) (took time.Duration) {
	d, err := state.OpenReadOnly(dir)
	if err != nil {
		return 0 // the run says what is wrong with it
	}
	defer d.Close()
	journal, err := d.Journal(address.Device(url))
	if err != nil {
		return 0
	}
	records, _ := journal.Records()
	var began time.Time
	for _, r := range records {
		switch {
		case r.Event == state.IntentRestart:
			began = r.Time
		case r.Event == state.Restarted && r.Note == "" && !began.IsZero():
			took = r.Time.Sub(began)
		}
	}
	return max(0, took)
}
