package keys

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// smimePath leads to the list of other machines' S/MIME certificates. // V-5
var smimePath = []remoteui.Label{labels.Settings, labels.DeviceManagement, labels.SMIMECertificates}

// SMIMEEntry is a certificate in a device's list of S/MIME certificates.
type SMIMEEntry struct {
	// Cells are the row's, verbatim.
	Cells []string
	// Details are what the row and its details page show.
	Details Details
}

// ReadSMIMECertificates reads the list, and the details page of each row that
// has one. Rows are opened by their place: a list that changes meanwhile is read
// again, some times.
func ReadSMIMECertificates(ctx context.Context, s *remoteui.Session) ([]SMIMEEntry, error) {
	for range 3 {
		all, err := readSMIMEOnce(ctx, s)
		if !errors.Is(err, errListChanged) {
			return all, err
		}
	}
	return nil, errListChanged
}

func readSMIMEOnce(ctx context.Context, s *remoteui.Session) ([]SMIMEEntry, error) {
	first, _, err := openSMIME(ctx, s)
	if err != nil || rows(first) == 0 {
		return nil, err
	}
	all := make([]SMIMEEntry, len(first.Rows))
	for i, row := range first.Rows {
		all[i].Cells = row.Cells()
	}
	for i := range all {
		// Looking at a row's details leaves the list: it is opened anew.
		t, p, err := openSMIME(ctx, s)
		if err != nil {
			return nil, err
		}
		if !asBefore(t, all) {
			return nil, errListChanged
		}
		all[i] = readSMIMERow(ctx, p, t, t.Rows[i])
	}
	if last, _, err := openSMIME(ctx, s); err != nil {
		return nil, err
	} else if !asBefore(last, all) {
		return nil, errListChanged
	}
	return all, nil
}

func openSMIME(ctx context.Context, s *remoteui.Session) (*remoteui.Table, *remoteui.Page, error) {
	p, err := s.Walk(ctx, smimePath...)
	if err != nil {
		return nil, nil, fmt.Errorf("S/MIME certificates: %w", err)
	}
	if err := p.Await(ctx, labels.RegisterSMIME); err != nil {
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
// no other. Rows may look alike, so it is found by its details, which are read
// again right before; then the list is loaded anew and must be as it was. A
// question that names another row's certificate is answered no. Errors:
// [*LostCertificatesError], [*remoteui.QuestionError]. // V-5
func DeleteSMIME(ctx context.Context, s *remoteui.Session, cert *x509.Certificate) error {
	before, err := ReadSMIMECertificates(ctx, s)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(before, func(e SMIMEEntry) bool { return e.is(cert) })
	if at < 0 {
		return nil // gone already
	}
	about := aboutSMIME(before, at)
	var t *remoteui.Table
	_, err = s.Do(ctx, remoteui.Intent{
		Name: "deleting an S/MIME certificate",
		Open: func(ctx context.Context) (*remoteui.Page, error) {
			if err := lookAtSMIME(ctx, s, before, at, cert); err != nil {
				return nil, err
			}
			var p *remoteui.Page
			if t, p, err = openSMIME(ctx, s); err == nil && !asBefore(t, before) {
				err = errListChanged
			}
			return p, err
		},
		Steps: []remoteui.Step{{
			Labels: []remoteui.Label{labels.Delete}, Writes: true,
			Row: func(context.Context, *remoteui.Page) (*remoteui.Table, *remoteui.Row, error) {
				return t, t.Rows[at], nil
			},
		}},
		About: about,
		Done: func(ctx context.Context) (bool, error) {
			now, err := ReadSMIMECertificates(ctx, s)
			if err != nil {
				return false, err
			}
			_, still := FindSMIME(now, cert)
			if gone := missing(before, now, at); len(gone) > 0 {
				return !still, &LostCertificatesError{Gone: gone, Still: still}
			}
			return !still, nil
		},
	})
	return err
}

var errListChanged = errors.New("S/MIME certificates: the list changed while it was read: somebody else is working on this device")

// lookAtSMIME sees right before the click that the row is still the
// certificate's.
func lookAtSMIME(ctx context.Context, s *remoteui.Session, before []SMIMEEntry, at int, cert *x509.Certificate) error {
	t, p, err := openSMIME(ctx, s)
	if err != nil {
		return err
	}
	if !asBefore(t, before) {
		return errListChanged
	}
	if e := readSMIMERow(ctx, p, t, t.Rows[at]); !e.is(cert) {
		return errListChanged
	}
	return nil
}

// asBefore reports whether a list shows the same rows in the same order.
func asBefore(t *remoteui.Table, before []SMIMEEntry) bool {
	if rows(t) != len(before) {
		return false
	}
	for i := range before {
		if !slices.Equal(t.Rows[i].Cells(), before[i].Cells) {
			return false
		}
	}
	return true
}

// aboutSMIME is what a question about a row may name. Short cells (a number, a
// mark) name nothing.
func aboutSMIME(all []SMIMEEntry, at int) *remoteui.Object {
	about := &remoteui.Object{}
	for i, e := range all {
		for _, cell := range e.Cells {
			switch {
			case len(cell) < 4:
			case i == at:
				about.Names = append(about.Names, cell)
			default:
				about.Others = append(about.Others, cell)
			}
		}
	}
	return about
}

// missing are the entries of before, but for one, that now lacks.
func missing(before, now []SMIMEEntry, but int) []SMIMEEntry {
	now = slices.Clone(now)
	var gone []SMIMEEntry
	for i, e := range before {
		if i == but {
			continue
		}
		same := func(o SMIMEEntry) bool { return slices.Equal(o.lasting(), e.lasting()) }
		if at := slices.IndexFunc(now, same); at >= 0 {
			now = slices.Delete(now, at, at+1)
			continue
		}
		gone = append(gone, e)
	}
	return gone
}

// lasting is what the entry shows but for the number of its row.
func (e *SMIMEEntry) lasting() []remoteui.Pair {
	return slices.DeleteFunc(slices.Clone(e.Details.Fields), func(f remoteui.Pair) bool {
		return len(f.Value) < 4 && strings.Trim(f.Value, "0123456789.") == ""
	})
}

// LostCertificatesError means that other S/MIME certificates than the one that
// was being deleted are gone from the list.
type LostCertificatesError struct {
	Gone  []SMIMEEntry
	Still bool // the one that was meant is there yet
}

func (e *LostCertificatesError) Error() string {
	var all []string
	for _, c := range e.Gone {
		var fields []string
		for _, f := range c.Details.Fields[:min(len(c.Details.Fields), 20)] {
			fields = append(fields, strings.TrimSpace(clip(f.Label)+" "+clip(f.Value)))
		}
		all = append(all, "("+strings.Join(fields, "; ")+")")
	}
	instead := ""
	if e.Still {
		instead = ", which is still there"
	}
	return fmt.Sprintf("S/MIME certificate %s gone from the list while another was being deleted%s: register it again", strings.Join(all, ", "), instead)
}

func rows(t *remoteui.Table) int {
	if t == nil {
		return 0
	}
	return len(t.Rows)
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
	in := registrationSMIME(fileName, der)
	in.Done = func(ctx context.Context) (bool, error) {
		now, err := ReadSMIMECertificates(ctx, s)
		if err != nil {
			return false, err
		}
		_, there := FindSMIME(now, cert)
		if there && len(now) != len(entries)+1 {
			err = fmt.Errorf("%d before, %d after: somebody else is working on this device", len(entries), len(now))
		}
		return there, err
	}
	_, err = s.Do(ctx, in)
	return err
}

func registrationSMIME(fileName string, der []byte) remoteui.Intent {
	return remoteui.Intent{
		Name: "registering an S/MIME certificate",
		Way:  smimePath,
		Steps: []remoteui.Step{
			{Labels: []remoteui.Label{labels.RegisterSMIME}},
			{Labels: []remoteui.Label{labels.Register, labels.OK}, Writes: true},
		},
		Fields: []remoteui.Field{remoteui.FileField(fileName, der)},
		About:  &remoteui.Object{Names: []string{fileName}},
	}
}
