package keys

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// Details is what a key's details page says. // W-2, W-4
type Details struct {
	Name string `json:"name"`
	// Algorithm is "RSA" or "ECDSA", empty if the page does not say.
	Algorithm string `json:"algorithm"`
	Bits      int    `json:"bits,omitempty"` // 0 if the page does not say
	Issuer    string `json:"issuer,omitempty"`
	Subject   string `json:"subject,omitempty"`
	// Serial is the serial number as printed, empty if no such field is known.
	Serial string `json:"serial,omitempty"`
	// Fields are all labels and values, verbatim and in order.
	Fields []remoteui.Pair `json:"fields"`
	// Certificate is the one that was registered for the key, where that is
	// known: no page shows it.
	Certificate *x509.Certificate `json:"-"`
	// Problem says why the page could not be read; empty if it could.
	Problem string `json:"problem,omitempty"`
}

// RSA reports whether the key is an RSA key.
func (d *Details) RSA() bool { return d.Algorithm == "RSA" }

// HasCertificate reports whether the page shows anything of a certificate: a key
// that waits for the one a CA issues has none. // G-4
func (d *Details) HasCertificate() bool { return d.Issuer != "" || d.Serial != "" || d.hasPrint() }

// ReadDetails reads the details page of a key.
func ReadDetails(ctx context.Context, s *remoteui.Session, name string) (*Details, error) {
	return readDetails(ctx, s, s.Here(listPath...), name)
}

func readDetails(ctx context.Context, s *remoteui.Session, here *remoteui.Page, name string) (*Details, error) {
	var d *Details
	err := s.Retry(ctx, func() error {
		_, live, err := openListAt(ctx, s, here, name)
		here = nil // it is not gone back to
		if err == nil {
			d, _, err = live.details(ctx, name)
		}
		return err
	})
	return d, err
}

// ReadAllDetails reads the list and the details page of every key, going back
// to the list by the link at the page's top. A page that cannot be read, of a
// broken key say, is a Problem of that key alone. A list that changes meanwhile
// is read again, some times: rows are opened by their place. // W-5
func ReadAllDetails(ctx context.Context, s *remoteui.Session) (*List, map[string]*Details, error) {
	for range listTries {
		l, all, err := readAllDetails(ctx, s)
		if !errors.Is(err, errChanging) {
			return l, all, err
		}
	}
	return nil, nil, errChanging
}

func readAllDetails(ctx context.Context, s *remoteui.Session) (*List, map[string]*Details, error) {
	l, live, err := openList(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	all := map[string]*Details{}
	for _, e := range l.Entries {
		if live == nil || live.rows[e.Name] == nil {
			if _, live, err = openListAt(ctx, s, nil, e.Name); err != nil {
				return nil, nil, err
			}
		}
		d, p, err := live.details(ctx, e.Name)
		if err != nil { // perhaps not the page's fault
			d, err = readDetails(ctx, s, nil, e.Name)
			p = nil
		}
		if err == nil {
			live, err = l.unchanged(ctx, s, p, e.Name)
		}
		switch {
		case ctx.Err() != nil:
			return nil, nil, context.Cause(ctx)
		case errors.Is(err, errChanging):
			return nil, nil, err
		case err != nil:
			all[e.Name], live = &Details{Name: e.Name, Problem: err.Error()}, nil
		default:
			all[e.Name] = d
		}
	}
	return l, all, nil
}

// unchanged goes back from the details page of a key (nil: it is not in front) to
// the list, and sees that it is the one that the page was opened from: then the page
// was of this key.
func (l *List) unchanged(ctx context.Context, s *remoteui.Session, p *remoteui.Page, name string) (*listPage, error) {
	if p != nil {
		if live := goBack(ctx, p); live != nil && live.rows[name] != nil && l.holds(live.list) {
			return live, nil
		}
	}
	// Perhaps another page of the list, or none: the whole is looked at.
	now, live, err := openListAt(ctx, s, nil, name)
	if err == nil && !slices.Equal(now.Names(), l.Names()) {
		err = errChanging
	}
	return live, err
}

// holds reports whether a page is the list's beginning: no row of it has moved then.
// Any other part might be the whole list after its first key is gone.
func (l *List) holds(page *List) bool {
	names, shown := l.Names(), page.Names()
	return len(shown) <= len(names) && slices.Equal(shown, names[:len(shown)])
}

// goBack returns to the list; nil if that does not work, or the page shows it from
// memory, so that the way from the portal is taken.
func goBack(ctx context.Context, p *remoteui.Page) *listPage {
	back, err := p.Follow(ctx, labels.KeyList)
	if err != nil || back == p || !back.Fresh() {
		return nil
	}
	live, err := parseList(ctx, back)
	if err != nil {
		return nil
	}
	return live
}

func (lp *listPage) details(ctx context.Context, name string) (*Details, *remoteui.Page, error) {
	row := lp.rows[name]
	if row == nil {
		return nil, nil, fmt.Errorf("key %q is not in the list", name)
	}
	p, err := lp.openDetails(ctx, row, name)
	if err != nil {
		return nil, nil, fmt.Errorf("details of key %q: %w", name, err)
	}
	d := &Details{Name: name}
	public, err := p.Value(ctx, labels.PublicKey)
	d.Fields = certificateFields(p)
	if size := sizeOf(d.Fields); size > maxDetails {
		return nil, nil, fmt.Errorf("details of key %q: the page holds %d bytes of fields: not to be believed", name, size)
	}
	if err != nil {
		if len(d.Fields) == 0 && !takesCertificate(ctx, p) {
			return nil, nil, fmt.Errorf("details of key %q: %w", name, err)
		}
		return d, p, nil // a key without certificate has none to show
	}
	d.Algorithm, d.Bits = parsePublicKey(public)
	d.Issuer, _ = p.Value(ctx, labels.Issuer)
	d.Subject, _ = p.Value(ctx, labels.Subject)
	d.Serial, _ = p.Value(ctx, labels.SerialNumber)
	return d, p, nil
}

// openDetails clicks on the key's name, or, where that leads nowhere, on what
// stands in the row's certificate column: a key that waits for its certificate
// may have nothing else.
func (lp *listPage) openDetails(ctx context.Context, row *remoteui.Row, name string) (*remoteui.Page, error) {
	p, err := lp.Follow(ctx, labels.KeyName, remoteui.Where{Row: row, Text: name})
	inColumn := remoteui.Where{Row: row, Column: labels.CertificateColumn, Reads: true}
	if _, missing := errors.AsType[*remoteui.PageError](err); missing && lp.Has(labels.CertificateColumn, inColumn) {
		return lp.Follow(ctx, labels.CertificateColumn, inColumn)
	}
	return p, err
}

// takesCertificate reports whether a page is where the certificate of a key is
// registered that has none.
func takesCertificate(ctx context.Context, p *remoteui.Page) bool {
	_, err := p.FileField(ctx)
	return err == nil || p.Has(labels.RegisterCertificate)
}

// maxDetails bounds what a details page says, in bytes: it is kept as evidence,
// and is a few hundred on devices.
const maxDetails = 64 << 10

func sizeOf(fields []remoteui.Pair) int {
	n := 0
	for _, f := range fields {
		n += len(f.Label) + len(f.Value)
	}
	return n
}

// certificateFields are the page's fields but for the time at which it was made, for
// what a layout sets beside a text together with that, and for what it says of
// settings that wait for a restart: they are the page's, and different another time.
func certificateFields(p *remoteui.Page) []remoteui.Pair {
	return slices.DeleteFunc(p.Pairs(), func(f remoteui.Pair) bool {
		return p.Is(labels.LastUpdated, f.Label) || p.Mentions(labels.LastUpdated, f.Value) || p.Is(labels.ApplyChanges, f.Value)
	})
}

var bitLength = lazyregexp.New(`\b(\d{3,5})\b`)

// parsePublicKey reads the likes of "RSA 2048 bit" and "ECDSA (P256)".
func parsePublicKey(text string) (algorithm string, bits int) {
	up := strings.ToUpper(text)
	switch {
	case strings.Contains(up, "ECDSA"), strings.Contains(up, "ECC"), strings.Contains(up, "EC "):
		algorithm = "ECDSA"
	case strings.Contains(up, "RSA"):
		algorithm = "RSA"
	}
	if m := bitLength.FindStringSubmatch(strings.NewReplacer("BIT", " ", "-", " ").Replace(up)); m != nil {
		bits, _ = strconv.Atoi(m[1])
	}
	return algorithm, bits
}
