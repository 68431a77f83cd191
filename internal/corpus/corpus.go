// Package corpus reads tables of oddities, of the kinds that real CAs and devices
// make: what OpenSSL and Go say to each, and what we make of it. make.go makes them;
// tests need no OpenSSL.
//
// A table has one case a line, its columns separated by tabs: what it is, the
// verdicts of OpenSSL, Go and ours, and the input: base64, or a Go string in quotes.
// A test with REKEY_CORPUS=update in its environment writes the verdicts of Go and
// ours anew: read what changed before you commit it.
package corpus

import (
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// Case is one oddity.
type Case struct {
	Name string
	// Verdicts: what was read, or "refuses: " and why; "-" where somebody has no such
	// reader.
	OpenSSL, Go, Ours string
	Data              []byte
}

const columns = 5

// Read reads a table.
func Read(tb testing.TB, file string) (all []Case) {
	tb.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(parts) != columns {
			tb.Fatalf("%s: %d columns in %.60q", file, len(parts), line)
		}
		c := Case{Name: parts[0], OpenSSL: parts[1], Go: parts[2], Ours: parts[3]}
		if strings.HasPrefix(parts[4], `"`) {
			var s string
			s, err = strconv.Unquote(parts[4])
			c.Data = []byte(s)
		} else {
			c.Data, err = base64.StdEncoding.DecodeString(parts[4])
		}
		if err != nil {
			tb.Fatalf("%s, %s: %v", file, c.Name, err)
		}
		all = append(all, c)
	}
	return all
}

// Line is a case as a line of a table. A text is written as one.
func (c Case) Line(text bool) string {
	data := base64.StdEncoding.EncodeToString(c.Data)
	if text {
		data = strconv.QuoteToASCII(string(c.Data))
	}
	row := []string{c.Name, c.OpenSSL, c.Go, c.Ours, data}
	for i, s := range row[:columns-1] {
		if s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\ufffd")), " "); s == "" {
			s = "-"
		}
		row[i] = visible(s)
	}
	return strings.Join(row, "\t") + "\n"
}

// visible writes what cannot be seen as its number.
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsGraphic(r) && r != '\ufffd' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "<%04x>", r)
		}
	}
	return b.String()
}

// Check compares each case of a table with what is written there of us. The verdict of
// Go changes with its versions: that is told, and no fault.
func Check(t *testing.T, file string, text bool, verdicts func(data []byte) (goes, ours string)) {
	t.Helper()
	cases := Read(t, file)
	var out strings.Builder
	seen := map[string]bool{}
	for _, c := range cases {
		if seen[c.Name] {
			t.Errorf("%s: %q is there twice", file, c.Name)
		}
		seen[c.Name] = true
		now := c
		now.Go, now.Ours = verdicts(c.Data)
		line := now.Line(text)
		out.WriteString(line)
		parts := strings.Split(line, "\t")
		if parts[3] != c.Ours && os.Getenv("REKEY_CORPUS") != "update" {
			t.Errorf("%s, %s:\n got %s\nwant %s", file, c.Name, parts[3], c.Ours)
		}
		if parts[2] != c.Go {
			t.Logf("%s, %s: this version of Go says %s, not %s", file, c.Name, parts[2], c.Go)
		}
	}
	if os.Getenv("REKEY_CORPUS") == "update" {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Seeds adds a table's inputs to a fuzz target's corpus.
func Seeds(f *testing.F, file string) {
	f.Helper()
	for _, c := range Read(f, file) {
		f.Add(c.Data)
	}
}

// Verdict is what was read or, with an error, a refusal.
func Verdict(read string, err error) string {
	if err != nil {
		why, _, _ := strings.Cut(err.Error(), " (") // addresses in memory, in asn1's
		return "refuses: " + why
	}
	return read
}
