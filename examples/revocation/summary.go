package main

import (
	"context"
	"errors"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/revocation"
)

// summary counts what became of the certificates.
type summary struct {
	rows                          []row
	confirmed, open, idle, failed int
}

// row is a certificate in the JSON object.
type row struct {
	Record   string              `json:"record"` // path of the evidence within -dir
	Device   string              `json:"device"`
	Key      string              `json:"key"`
	Serial   string              `json:"serial"` // hex; empty: the certificate is not known
	SHA256   string              `json:"sha256"`
	Progress revocation.Progress `json:"progress"`
	Text     string              `json:"text"`
	Error    string              `json:"error"`
}

// add takes a record in. A person who has to ask or to confirm, and approval that
// is awaited, are no failures.
func (s *summary) add(r revocation.Record, err error) {
	next := row{Record: r.Name, Device: r.Evidence.Device.URL, Key: r.Evidence.Key, Progress: r.Progress, Text: r.Progress.String()}
	if c := r.Evidence.Certificate; c != nil {
		next.Serial, next.SHA256 = c.SerialHex, c.SHA256
	}
	_, byHand := errors.AsType[*revocation.ByHandError](err)
	_, lacks := errors.AsType[*revocation.NeedError](err)
	if err != nil {
		next.Error = err.Error()
	}
	s.rows = append(s.rows, next)
	switch {
	case err != nil && !byHand && !lacks && !errors.Is(err, revocation.ErrPending) && !errors.Is(err, revocation.ErrNotSeen):
		s.failed++
	case r.Progress.Confirmed():
		s.confirmed++
	case r.Progress.Pending():
		s.open++
	default:
		s.idle++
	}
}

// report is the one object of -json.
func (s *summary) report(err error, exit rekey.Exit) any {
	text := ""
	if err != nil {
		text = err.Error()
	}
	rows := s.rows
	if rows == nil {
		rows = []row{}
	}
	return struct {
		Records   []row  `json:"records"`
		Confirmed int    `json:"confirmed"`
		Open      int    `json:"open"`
		Idle      int    `json:"idle"`
		Failed    int    `json:"failed"`
		Error     string `json:"error"`

		Exit rekey.Exit `json:"exit"`
	}{rows, s.confirmed, s.open, s.idle, s.failed, text, exit}
}

// exit is how the program ends, in the terms of docs/exit-codes.md.
func (s *summary) exit(ctx context.Context, err error) rekey.Exit {
	switch {
	case ctx.Err() != nil || errors.Is(err, program.ErrLeft):
		err = context.Canceled
	case err != nil || s.failed > 0:
		err = errFailed // whatever it is: no device is asked
	case s.open > 0:
		err = rekey.ErrUnfinished
	}
	return rekey.ExitOf(err)
}

var errFailed = errors.New("a certificate could not be followed up")
