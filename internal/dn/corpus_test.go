package dn_test

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"testing"

	"github.com/rekey-go/rekey/internal/corpus"
	"github.com/rekey-go/rekey/internal/dn"
)

const namesTable = "testdata/corpus/names.tsv"

// Names of all string types, and what OpenSSL, Go and we make of them.
func TestCorpusNames(t *testing.T) {
	t.Parallel()
	corpus.Check(t, namesTable, false, func(der []byte) (goes, ours string) {
		theirs, refused := goName(der)
		asGo(t, der)
		return corpus.Verdict(fmt.Sprintf("%q", theirs), refused), fmt.Sprintf("%q", dn.Read(der))
	})
}

func goName(der []byte) (name pkix.RDNSequence, err error) {
	rest, err := asn1.Unmarshal(der, &name)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("octets behind")
	}
	return name, err
}

// asGo holds the texts that we read to those that Go reads.
func asGo(t *testing.T, der []byte) {
	t.Helper()
	theirs, refused := goName(der)
	if refused != nil {
		return
	}
	texts := func(name pkix.RDNSequence) (all []string) {
		for _, rdn := range name {
			for _, a := range rdn {
				if s, ok := a.Value.(string); ok {
					all = append(all, a.Type.String()+"="+s)
				}
			}
		}
		return all
	}
	ours := texts(*dn.Read(der))
	for _, text := range texts(theirs) {
		found := false
		for _, s := range ours {
			found = found || s == text
		}
		if !found {
			t.Errorf("%x: Go reads %q, we read %q", der, text, ours)
		}
	}
}

// FuzzRead reads any octets as a name.
func FuzzRead(f *testing.F) {
	corpus.Seeds(f, namesTable)
	f.Fuzz(func(t *testing.T, der []byte) { asGo(t, der) })
}
