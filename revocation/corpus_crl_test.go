package revocation

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"testing"

	"github.com/rekey-go/rekey/internal/corpus"
)

const listsTable = "testdata/corpus/lists.tsv"

// Revocation lists as they come, and what OpenSSL, Go and we make of them.
func TestCorpusLists(t *testing.T) {
	t.Parallel()
	corpus.Check(t, listsTable, false, func(der []byte) (goes, ours string) {
		_, refused := x509.ParseRevocationList(der)
		l, entries, err := readList(der)
		if err != nil {
			return corpus.Verdict("reads", refused), corpus.Verdict("", err)
		}
		listAsGo(t, der)
		read := fmt.Sprintf("number %v, %s to %s", l.number, dateCell(l.thisUpdate), dateCell(l.nextUpdate))
		if l.delta || l.scope != nil || l.critical != nil {
			read += fmt.Sprintf(", delta %v, of a part %v, critical %q", l.delta, l.scope != nil, l.critical)
		}
		return corpus.Verdict("reads", refused), read + ", revokes " + fmt.Sprint(entries)
	})
}

// readList reads a list whole, and says which of the serial numbers that the table
// has it revokes.
func readList(der []byte) (l *crl, revoked []string, err error) {
	all, err := decodeCRLs(der)
	if err != nil {
		return nil, nil, err
	}
	if l, err = parseCRL(all[0]); err != nil {
		return nil, nil, err
	}
	for _, serial := range [][]byte{{0}, {5}, {9}, {0x12}, {0x12, 0x34}, {0x86, 0x96}, bytes.Repeat([]byte{0x11}, 30)} {
		f, err := l.find(serial, l.rawIssuer)
		if err != nil {
			return nil, nil, err
		}
		if f.entry != nil {
			revoked = append(revoked, fmt.Sprintf("%.4x (%v)", serial, f.entry.reason))
		}
		if f.critical != nil || f.foreign {
			revoked = append(revoked, fmt.Sprintf("critical %q, foreign %v", f.critical, f.foreign))
			break
		}
	}
	return l, revoked, nil
}

// listAsGo holds what we read to what Go reads, where both read the octets. We may
// refuse more: a list that is misread says that nothing is revoked.
func listAsGo(t *testing.T, der []byte) {
	t.Helper()
	theirs, refused := x509.ParseRevocationList(der)
	l, _, err := readList(der)
	if refused != nil || err != nil {
		return
	}
	if !bytes.Equal(l.rawIssuer, theirs.RawIssuer) || !l.thisUpdate.Equal(theirs.ThisUpdate) || !l.nextUpdate.Equal(theirs.NextUpdate) ||
		(l.number == nil) != (theirs.Number == nil) || l.number != nil && l.number.Cmp(theirs.Number) != 0 || !bytes.Equal(l.signature, theirs.Signature) {
		t.Errorf("%x: we read another list than Go", der)
	}
	if l.scope != nil || len(theirs.RevokedCertificateEntries) > 1000 {
		return // entries may be about others' certificates
	}
	for _, e := range theirs.RevokedCertificateEntries {
		f, err := l.find((&Certificate{Serial: e.SerialNumber}).content(), l.rawIssuer)
		if err != nil || f.entry == nil && !f.foreign {
			t.Errorf("%x: Go reads that %v is revoked, we do not: %v", der, e.SerialNumber, err)
		}
	}
}

// content is the serial number as an INTEGER has it.
func (c *Certificate) content() []byte {
	b, err := asn1.Marshal(c.Serial)
	if err != nil {
		panic(err)
	}
	e, err := only(b, tagInteger)
	if err != nil {
		panic(err)
	}
	return e.content
}

// FuzzLists reads any octets as a list.
func FuzzLists(f *testing.F) {
	corpus.Seeds(f, listsTable)
	f.Fuzz(func(t *testing.T, der []byte) { listAsGo(t, der) })
}
