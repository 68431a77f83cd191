package usage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// Jobs are what a restart would break off or lose.
type Jobs struct {
	Running  []string // jobs that have not ended, one line each
	Received []string // received faxes that are in memory only
	// Unknown says what could not be looked at: no public text tells how these
	// pages read, and not every device shows them.
	Unknown string
}

// idle reports whether nothing is known to run or to wait.
func (j Jobs) idle() bool { return len(j.Running) == 0 && len(j.Received) == 0 }

// BusyError says that a device did not come to rest.
type BusyError struct{ Jobs Jobs }

func (e *BusyError) Error() string {
	var parts []string
	if n := len(e.Jobs.Running); n > 0 {
		parts = append(parts, fmt.Sprintf("%d jobs are running (%q ...)", n, e.Jobs.Running[0]))
	}
	if n := len(e.Jobs.Received); n > 0 {
		parts = append(parts, fmt.Sprintf("%d received faxes wait in memory", n))
	}
	return strings.Join(parts, " and ") + ": a restart could lose them; wait, or restart all the same (Options.IgnoreJobs)"
}

var jobKinds = []remoteui.Label{labels.PrintJobs, labels.SendJobs, labels.ReceiveJobs}

// readJobs looks at the pages of job status and of received faxes, where the
// device shows them.
func readJobs(ctx context.Context, s *remoteui.Session) (Jobs, error) {
	var j Jobs
	for _, kind := range jobKinds {
		lines, err := readJobList(ctx, s, kind, labels.JobStatus)
		if err = j.note(ctx, err); err != nil {
			return j, err
		}
		j.Running = append(j.Running, lines...)
	}
	lines, err := readJobList(ctx, s, labels.FaxMemory, "")
	j.Received = lines
	return j, j.note(ctx, err)
}

// note keeps what was not understood; another error is returned.
func (j *Jobs) note(ctx context.Context, err error) error {
	if _, page := errors.AsType[*remoteui.PageError](err); !page || ctx.Err() != nil {
		return err
	}
	if j.Unknown == "" {
		j.Unknown = err.Error()
	}
	return nil
}

// readJobList reads the rows of a page with a list of jobs that have not ended. On
// some devices it is a tab of the page for a kind of jobs, on others that page.
func readJobList(ctx context.Context, s *remoteui.Session, kind, tab remoteui.Label) ([]string, error) {
	var p *remoteui.Page
	var t *remoteui.Table
	err := s.Retry(ctx, func() (err error) {
		if p, err = s.Walk(ctx, labels.StatusMonitor, kind); err != nil {
			return err
		}
		if tab != "" {
			if next, err := p.Follow(ctx, tab); err == nil {
				p = next
			} else if !remoteui.Lacks(err, tab) {
				return err
			}
		}
		t, err = p.Table(ctx, labels.JobState)
		return err
	})
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, row := range t.Rows {
		state, _ := row.Cell(labels.JobState)
		text := strings.TrimSpace(strings.Join(row.Cells(), " "))
		if text == "" || p.Is(labels.NoJobs, text) || p.Is(labels.JobEnded, state) {
			continue
		}
		lines = append(lines, text)
	}
	return lines, nil
}

// maxLooks bounds the looks of one wait. Each reads four lists, some thirty
// requests, and a session has 10,000: however long the wait, it must not use up
// those that the rest of the run needs.
const maxLooks = 100

// AwaitIdle waits until no job is known to run and no received fax to wait in
// memory. What the device does not show is not waited for. Error: [*BusyError]
// at the end of the time. A long wait looks less often than w.Interval says: a
// hundred times at most.
func AwaitIdle(ctx context.Context, s *remoteui.Session, w keys.Wait) error {
	if w.Timeout <= 0 {
		w.Timeout = 10 * time.Minute
	}
	if w.Interval <= 0 {
		w.Interval = 2 * time.Second
	}
	w.Interval = max(w.Interval, w.Timeout/maxLooks)
	deadline := time.NewTimer(w.Timeout)
	defer deadline.Stop()
	for {
		j, err := readJobs(ctx, s)
		if err != nil || j.idle() {
			return err
		}
		select {
		case <-deadline.C:
			return &BusyError{Jobs: j}
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(w.Interval):
		}
	}
}
