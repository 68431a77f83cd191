package main

import (
	"errors"
	"fmt"
	"io"

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
func (s *summary) report(err error) any {
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
	}{rows, s.confirmed, s.open, s.idle, s.failed, text}
}

// end says how it stands, and returns the exit code.
func (s *summary) end(stderr io.Writer) int {
	fmt.Fprintf(stderr, "%d confirmed, %d open, %d with nothing to revoke or not due, %d failed\n", s.confirmed, s.open, s.idle, s.failed)
	switch {
	case s.failed > 0:
		return exitFailed
	case s.open > 0:
		return exitUnfinished
	}
	return exitDone
}
