package address_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/address"
	"github.com/rekey-go/rekey/internal/corpus"
)

const addressesTable = "testdata/corpus/addresses.tsv"

// Addresses as people write them, and what Go and we make of them. OpenSSL has no
// reader for them.
func TestCorpusAddresses(t *testing.T) {
	t.Parallel()
	corpus.Check(t, addressesTable, true, func(text []byte) (goes, ours string) {
		theirs, refused := url.Parse(string(text))
		if refused == nil {
			goes = fmt.Sprintf("scheme %q, host %q, port %q", theirs.Scheme, theirs.Hostname(), theirs.Port())
		} else {
			goes = "refuses"
		}
		u, err := address.Parse(string(text))
		if err != nil {
			return goes, "refuses: " + map[error]string{address.ErrEmpty: "nothing", address.ErrForm: "its form", address.ErrUserinfo: "a user or password"}[err]
		}
		asGo(t, string(text))
		return goes, fmt.Sprintf("%s, host %q, device %q", u, address.Host(string(text)), address.Device(string(text)))
	})
}

// asGo: what we take for an address leads to the host that Go's URL leads to, is
// https or http, holds nobody's password, and is read alike once more.
func asGo(t *testing.T, text string) {
	t.Helper()
	u, err := address.Parse(text)
	if err != nil {
		if address.Host(text) != "" || address.Device(text) != "" {
			t.Errorf("%q: refused, and has a host", text)
		}
		return
	}
	again, err := url.Parse(u.String())
	if err != nil || again.Host != u.Host || again.User != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		t.Errorf("%q: %v, then %v, %v", text, u, again, err)
	}
	if theirs, err := url.Parse(strings.TrimSpace(text)); err == nil && theirs.Host != "" && theirs.Host != u.Host {
		t.Errorf("%q: Go reads the host %q, we read %q", text, theirs.Host, u.Host)
	}
}

// FuzzParse reads any text as an address.
func FuzzParse(f *testing.F) {
	for _, c := range corpus.Read(f, addressesTable) {
		f.Add(string(c.Data))
	}
	f.Fuzz(asGo)
}
