package revocation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/durable"
)

// Progress says how far the revocation of a certificate has come. It is kept
// beside the certificate's record, so that what one run asked for another can
// follow up, days later. // V-1 to V-4
type Progress struct {
	// Planned is when its key was about to be deleted, since its successor was
	// proved in use. Nothing is asked for by that: the deletion may have failed, or
	// a person may have gone back to the key.
	Planned time.Time `json:"planned,omitzero"`
	// Due is when it was seen that the key is no longer on the device, and nothing
	// there uses it: from then on the certificate is to be revoked. Zero: not yet;
	// nothing is asked for before.
	Due time.Time `json:"due,omitzero"`
	// Reason that is given for it.
	Reason Reason `json:"reason"`
	// Asked is when a CA took the request, or said that it had revoked the
	// certificate already; zero: none did. By says who was asked.
	Asked time.Time `json:"asked,omitzero"`
	By    string    `json:"by,omitempty"`
	// Problem is why the last request came to nothing; empty if it did not.
	Problem string `json:"problem,omitempty"`
	// Moot says why there is nothing to revoke after all; empty if there is.
	Moot string `json:"moot,omitempty"`
	// Status is what sources said when it was looked last; nil: nobody looked.
	Status *Status `json:"status,omitempty"`
}

// Withdraw takes back that the certificate is due: its key is on the device
// after all, or may be, and is in use again perhaps. It is due again once the
// key was seen to be gone. What a CA was asked for cannot be taken back.
func (p *Progress) Withdraw() {
	if p.Asked.IsZero() && !p.Due.IsZero() {
		p.Planned, p.Due, p.Problem = p.Due, time.Time{}, ""
	}
}

// Open reports whether the certificate is due and no CA was asked successfully.
func (p Progress) Open() bool { return !p.Due.IsZero() && p.Asked.IsZero() && p.Moot == "" }

// Pending reports whether the certificate is due, and its revocation not seen.
func (p Progress) Pending() bool { return !p.Due.IsZero() && p.Moot == "" && !p.Confirmed() }

// Confirmed reports whether a source said that the certificate is revoked, for
// good and by then: no hold, and no day to come.
func (p Progress) Confirmed() bool {
	if p.Status == nil || p.Status.Answer != StateRevoked {
		return false
	}
	c, ok := p.Status.Decisive()
	return !ok || c.Reason != CertificateHold && !c.RevokedAt.After(p.Status.At.Add(defaultSkew))
}

// Outcome is what became of the revocation of a certificate.
type Outcome string

// The outcomes.
const (
	OutcomeNothing   Outcome = "nothing"   // there is nothing to revoke: it is self-signed, or has expired
	OutcomeKept      Outcome = "kept"      // nothing is due: its key is on the device, or may be
	OutcomeByHand    Outcome = "by-hand"   // it is due, and no CA was asked
	OutcomeFailed    Outcome = "failed"    // the CA was asked, and did not take the request
	OutcomeAsked     Outcome = "asked"     // the CA took the request
	OutcomeConfirmed Outcome = "confirmed" // a list or a responder of the CA says revoked
)

// Outcome says how far the revocation of the record's certificate has come and,
// where nothing or nobody was asked, or in vain, why.
func (r Record) Outcome() (o Outcome, why string) {
	switch p := r.Progress; {
	case p.Moot != "":
		return OutcomeNothing, p.Moot
	case p.Confirmed():
		return OutcomeConfirmed, ""
	case !p.Asked.IsZero():
		return OutcomeAsked, ""
	case p.Problem != "":
		return OutcomeFailed, p.Problem
	case r.Evidence.Certificate != nil && r.Evidence.Certificate.SelfSigned == Yes:
		return OutcomeNothing, "it is self-signed"
	case p.Due.IsZero() && !p.Planned.IsZero():
		return OutcomeKept, "its key was to be deleted, and was not seen to be gone"
	case p.Due.IsZero():
		return OutcomeKept, "its key is still on the device"
	}
	return OutcomeByHand, ""
}

// String says how far it has come: "confirmed by CRL number 7 at …", "asked at
// …, not looked at yet", "not asked for".
func (p Progress) String() string {
	switch {
	case p.Moot != "":
		return p.Moot
	case p.Status != nil:
		s := *p.Status
		s.Asked = p.Asked
		return s.String()
	case !p.Asked.IsZero():
		return Status{Asked: p.Asked}.String()
	case p.Problem != "":
		return "not revoked: " + p.Problem
	case p.Due.IsZero() && !p.Planned.IsZero():
		return "not asked for: its key was to be deleted, and was not seen to be gone"
	case p.Due.IsZero():
		return "not asked for: its key is still in use or on the device, or was renewed in place with a self-signed certificate"
	}
	return "not asked for"
}

// Record is a piece of evidence in a store, with the progress of its
// revocation.
type Record struct {
	Name     string // path of the record within the store, with slashes
	Evidence Evidence
	Progress Progress
}

const progressSuffix = ".revocation.json"

// progressName is the file beside a record. No record has such a name: they end
// with a hash.
func progressName(record string) (string, error) {
	stem, ok := strings.CutSuffix(record, ".json")
	if !ok || strings.HasSuffix(record, progressSuffix) {
		return "", fmt.Errorf("revocation: %.100q is the name of no record", record)
	}
	return stem + progressSuffix, nil
}

// SetProgress writes, durably, how far the revocation of a record's certificate
// has come. The name is [Record.Name], or a receipt's. Errors are of type
// [*StoreError], and ctx's.
func (s *Store) SetProgress(ctx context.Context, record string, p Progress) error {
	name, err := progressName(record)
	if err != nil {
		return err
	}
	content, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("revocation: progress: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := s.root.Lstat(record); err != nil {
		return &StoreError{"find", record, err}
	}
	if err := durable.WriteFile(s.root, name, append(content, '\n')); err != nil {
		return &StoreError{"write", name, err}
	}
	return nil
}

// Records gives the records that match every field of q, with their progress.
// Errors come as in [Store.All]; progress that cannot be read is a
// [*RecordError], and its record is not given.
func (s *Store) Records(q Query) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for name, err := range s.records(q) {
			r := Record{Name: name}
			if err == nil {
				if r, err = s.record(name); err == nil && !q.matches(r.Evidence) {
					continue
				}
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func (s *Store) record(name string) (Record, error) {
	e, err := s.borneOut(name)
	if err != nil {
		return Record{}, &RecordError{name, err}
	}
	file, err := progressName(name)
	if err != nil {
		return Record{}, err
	}
	r := Record{Name: name, Evidence: e}
	content, err := s.readFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r, nil
	case err == nil:
		if err = json.Unmarshal(content, &r.Progress); err == nil {
			err = r.Progress.isOf(e)
		}
	}
	if err != nil {
		return Record{}, &RecordError{file, err}
	}
	return r, nil
}

// isOf looks whether progress can be that of a record: what sources said was of
// its certificate.
func (p Progress) isOf(e Evidence) error {
	if s := p.Status; s != nil && s.Answer.known() && (e.Certificate == nil || s.SHA256 != "" && !strings.EqualFold(s.SHA256, e.Certificate.SHA256)) {
		return fmt.Errorf("it says of another certificate (SHA-256 %.64q) what sources said", s.SHA256)
	}
	return nil
}
