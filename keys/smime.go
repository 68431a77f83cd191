package keys

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/remoteui"
)

// smimePath leads to the list of other machines' S/MIME certificates. // V-5
var smimePath = []remoteui.Label{remoteui.Settings, remoteui.DeviceManagement, remoteui.SMIMECertificates}

// SMIMEEntry is a certificate in a device's list of S/MIME certificates.
type SMIMEEntry struct {
	// Cells are the row's, verbatim.
	Cells []string
	// Details are what the row and its details page show.
	Details Details
}

// ReadSMIMECertificates reads the list, and the details page of each row that
// has one.
func ReadSMIMECertificates(ctx context.Context, s *remoteui.Session) ([]SMIMEEntry, error) {
	t, _, err := openSMIME(ctx, s)
	if err != nil || t == nil {
		return nil, err
	}
	var all []SMIMEEntry
	for i := range t.Rows {
		// Looking at a row's details leaves the list: it is opened anew.
		if t, p, err := openSMIME(ctx, s); err != nil {
			return nil, err
		} else if t != nil && i < len(t.Rows) {
			all = append(all, readSMIMERow(ctx, p, t, t.Rows[i]))
		}
	}
	return all, nil
}

func openSMIME(ctx context.Context, s *remoteui.Session) (*remoteui.Table, *remoteui.Page, error) {
	p, err := s.Walk(ctx, smimePath...)
	if err != nil {
		return nil, nil, fmt.Errorf("S/MIME certificates: %w", err)
	}
	if err := p.Await(ctx, remoteui.RegisterSMIME); err != nil {
		return nil, nil, fmt.Errorf("S/MIME certificates: %w", err)
	}
	t, err := p.SelectableTable()
	return t, p, err
}

func readSMIMERow(ctx context.Context, p *remoteui.Page, t *remoteui.Table, row *remoteui.Row) SMIMEEntry {
	e := SMIMEEntry{Cells: row.Cells()}
	for i, cell := range e.Cells {
		label := ""
		if i < len(t.Header) {
			label = t.Header[i]
		}
		e.Details.Fields = append(e.Details.Fields, remoteui.Pair{Label: label, Value: cell})
	}
	for _, text := range row.Links() {
		details, err := p.Follow(ctx, "", remoteui.Where{Row: row, Text: text, Reads: true})
		if err == nil {
			e.Details.Fields = append(e.Details.Fields, certificateFields(details)...)
			break
		}
	}
	return e
}

// FindSMIME finds the entry of a certificate, by thumbprint or serial number.
func FindSMIME(entries []SMIMEEntry, cert *x509.Certificate) (SMIMEEntry, bool) {
	if cert == nil {
		return SMIMEEntry{}, false
	}
	i := slices.IndexFunc(entries, func(e SMIMEEntry) bool { return e.is(cert) })
	if i < 0 {
		return SMIMEEntry{}, false
	}
	return entries[i], true
}

// is reports whether the entry is surely the certificate's.
func (e *SMIMEEntry) is(cert *x509.Certificate) bool {
	ok, sure, _ := e.Details.Matches(cert, "")
	return ok && sure
}

// DeleteSMIME deletes a certificate from the list: success is this one gone and
// no other. Rows may look alike, so it is told by its details. // V-5
func DeleteSMIME(ctx context.Context, s *remoteui.Session, cert *x509.Certificate) error {
	before, err := ReadSMIMECertificates(ctx, s)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(before, func(e SMIMEEntry) bool { return e.is(cert) })
	if at < 0 {
		return nil // gone already
	}
	t, p, err := openSMIME(ctx, s)
	if err != nil {
		return err
	}
	if rows(t) != len(before) || !slices.Equal(t.Rows[at].Cells(), before[at].Cells) {
		return errors.New("S/MIME certificates: the list changed while it was read: somebody else is working on this device")
	}
	press, err := t.Ready(ctx, remoteui.Delete, t.Rows[at])
	if err != nil {
		return fmt.Errorf("S/MIME certificates: %w", err)
	}
	press.Confirm = true
	shown := p.Text()
	answer, err := p.Press(ctx, remoteui.Delete, press)
	if err == nil && answer.Has(remoteui.OK) && !answer.Has(remoteui.Delete) {
		answer, err = answer.Press(ctx, remoteui.OK, remoteui.Where{Confirm: true})
	}
	if _, lost := errors.AsType[*remoteui.AmbiguousWriteError](err); err != nil && !lost {
		return fmt.Errorf("S/MIME certificates: %w", err)
	}
	now, err := ReadSMIMECertificates(ctx, s)
	if err != nil {
		return err
	}
	if _, still := FindSMIME(now, cert); still || len(now) != len(before)-1 {
		return fmt.Errorf("S/MIME certificate not deleted (%d before, %d after); %w", len(before), len(now), refusedWith(answer, shown))
	}
	return nil
}

func rows(t *remoteui.Table) int {
	if t == nil {
		return 0
	}
	return len(t.Rows)
}

func refusedWith(answer *remoteui.Page, shown string) error {
	if answer == nil {
		return errors.New("the request or its answer was lost; run again")
	}
	return &remoteui.RefusedError{Page: answer.Title(), Text: Said(answer, shown)}
}

// RegisterSMIME registers a certificate (DER) under a file name of at most 20
// characters, and reads it back. One that is there already is a success. // E-2
func RegisterSMIME(ctx context.Context, s *remoteui.Session, der []byte, fileName string) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("S/MIME certificate: %w", err)
	}
	entries, err := ReadSMIMECertificates(ctx, s)
	if err != nil {
		return err
	}
	if _, there := FindSMIME(entries, cert); there {
		return nil
	}
	p, err := s.Walk(ctx, append(smimePath[:len(smimePath):len(smimePath)], remoteui.RegisterSMIME)...)
	if err != nil {
		return fmt.Errorf("S/MIME certificate: %w", err)
	}
	field, err := p.FileField(ctx)
	if err != nil {
		return fmt.Errorf("S/MIME certificate: %w", err)
	}
	if err := field.SetFile(ctx, fileName, der); err != nil {
		return fmt.Errorf("S/MIME certificate: %w", err)
	}
	shown := p.Text()
	answer, err := p.Press(ctx, remoteui.Register, remoteui.Where{Confirm: true})
	if _, lost := errors.AsType[*remoteui.AmbiguousWriteError](err); err != nil && !lost {
		return fmt.Errorf("S/MIME certificate: %w", err)
	}
	now, err := ReadSMIMECertificates(ctx, s)
	if err != nil {
		return err
	}
	if _, there := FindSMIME(now, cert); !there || len(now) != len(entries)+1 {
		return fmt.Errorf("S/MIME certificate not registered (%d before, %d after); %w", len(entries), len(now), refusedWith(answer, shown))
	}
	return nil
}
