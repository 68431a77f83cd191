package revocation_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/revocation"
)

// table reads the hand-over back: a map for each row.
func table(t testing.TB, dir string) (rows []map[string]string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "revocation.csv"))
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(b))
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte("\r\n")) {
		t.Error("lines do not end as RFC 4180 says")
	}
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func handOver(t testing.TB, s *revocation.Store, opts ...*revocation.HandOverOptions) *revocation.HandOver {
	t.Helper()
	h, err := s.WriteHandOver(t.Context(), append(opts, nil)[0])
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHandOverHasEveryField(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	e := handshake(t, "TLS2021")
	e.Fields = details("x").Fields
	record := put(t, s, e).Record()
	asked := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	if err := s.SetProgress(t.Context(), record, revocation.Progress{Due: asked, Asked: asked, By: "test", Reason: revocation.Superseded}); err != nil {
		t.Fatal(err)
	}
	h := handOver(t, s)
	rows := table(t, dir)
	if h.Rows != 1 || len(rows) != 1 || h.Path != "revocation.csv" || h.Problems != nil {
		t.Fatalf("%+v, %v", h, rows)
	}
	c := parse(t, testdata(t, "issued.der"))
	stem := strings.TrimSuffix(record, ".json")
	for name, want := range map[string]string{
		"device": "https://MFP.example:8443/", "model": "iR-ADV C5560", "device_serial": "ABC01234", "key": "TLS2021", "usages": "tls",
		"subject": "CN=mfp.example", "issuer": "CN=Test CA,O=Test", "issuer_der_base64": base64.StdEncoding.EncodeToString(c.Issuer.Raw),
		"serial_hex": "c0ffee0123456789abcdef", "serial_dec": "233322351226215633162849775", "sha256": c.SHA256, "sha1": c.SHA1,
		"aki": "a38e1bd4a83a7c0ffde426045067acf17880ffe3", "not_before": c.NotBefore.Format(time.RFC3339), "not_after": c.NotAfter.Format(time.RFC3339),
		"crl_urls": "http://ca.example/a.crl ldap://ca.example/b", "ocsp_urls": "http://ocsp.example/", "self_signed": "no",
		"key_algorithm": "RSA", "key_bits": "1024", "spki_sha256": issuedSPKI, "weakness": "proved", "weakness_rounds": "1",
		"reason": "superseded", "status": revocation.Progress{Asked: asked}.String(), "note": "",
		"details": "版本: V3\n序號: 01\n發佈者: C=JP <b>\n序號: ", "files": stem + ".json " + stem + ".cer " + stem + ".pem " + stem + ".revocation.json",
	} {
		if got, ok := rows[0][name]; got != want || !ok {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	handOver(t, s, &revocation.HandOverOptions{
		Status: func(e revocation.Evidence) string { return "asked about " + e.Key },
		Reason: func(revocation.Evidence) revocation.Reason { return revocation.CessationOfOperation },
	})
	if own := table(t, dir)[0]; own["status"] != "asked about TLS2021" || own["reason"] != "cessationOfOperation" {
		t.Errorf("%v", own)
	}
	if len(rows[0]) != 28 {
		t.Errorf("%d columns", len(rows[0]))
	}
	for _, f := range strings.Fields(rows[0]["files"]) {
		if _, err := os.Stat(filepath.Join(dir, f)); err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "revocation.csv")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if keys, errs := collect(s); len(keys) != 1 || errs != nil {
		t.Errorf("the table is taken for a record: %v, %v", keys, errs)
	}
}

// What has no certificate, what no CA can revoke, and what Go cannot read.
func TestHandOverRows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	odd := handshake(t, "odd")
	odd.Certificate = &revocation.CertificateRecord{DER: testdata(t, "rsa1024-negative-serial.der")}
	short := handshake(t, "short")
	short.Certificate = &revocation.CertificateRecord{DER: testdata(t, "rsa512-sha256.der")}
	junk := handshake(t, "junk")
	junk.Certificate = &revocation.CertificateRecord{DER: []byte("what is this")}
	safe := handshake(t, "safe")
	safe.Weakness = revocation.Weakness{State: "not-found", Rounds: 100}
	for _, e := range []revocation.Evidence{odd, short, junk, safe, details("page")} {
		put(t, s, e)
	}
	damaged := put(t, s, details("damaged")).Record()
	if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(damaged)), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, dir, strings.TrimSuffix(put(t, s, details("page")).Record(), ".json")+".revocation.json", []byte("{"))
	h := handOver(t, s)
	if h.Rows != 6 || len(h.Problems) != 2 {
		t.Fatalf("%+v", h)
	}
	if all := fmt.Sprint(h.Problems); !strings.Contains(all, damaged) || !strings.Contains(all, ".revocation.json") {
		t.Error(all)
	}
	byKey := map[string]map[string]string{}
	for _, row := range table(t, dir) {
		byKey[row["key"]] = row
	}
	for _, tc := range [][3]string{
		{"odd", "serial_hex", "'-81"}, {"odd", "serial_dec", "'-129"}, {"odd", "self_signed", "yes"}, {"odd", "reason", ""}, {"odd", "status", "nothing to revoke: it is self-signed"},
		{"short", "serial_hex", "1234"}, {"short", "key_bits", "512"},
		{"junk", "serial_hex", ""}, {"junk", "reason", "keyCompromise"},
		{"safe", "reason", "superseded"}, {"safe", "weakness_rounds", "100"},
		{"page", "serial_hex", ""}, {"page", "reason", "superseded"}, {"page", "weakness", "unknown"}, {"page", "details", "版本: V3\n序號: 01\n發佈者: C=JP <b>\n序號: "},
		{"", "files", damaged},
	} {
		if got := byKey[tc[0]][tc[1]]; got != tc[2] {
			t.Errorf("%s, %s: %q, want %q", tc[0], tc[1], got, tc[2])
		}
	}
	if n := byKey["odd"]["note"]; !strings.Contains(n, "negative serial") {
		t.Errorf("note %q", n)
	}
	if n := byKey["page"]["note"]; !strings.Contains(n, ".revocation.json") {
		t.Errorf("note %q", n)
	}
	if n := byKey[""]["note"]; !strings.Contains(n, "cannot be read") {
		t.Errorf("note %q", n)
	}
	if byKey["junk"]["sha256"] == "" || byKey["junk"]["note"] == "" {
		t.Errorf("%v", byKey["junk"])
	}
}

// Records of one certificate are one row, which knows what any of them does.
func TestHandOverMerges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	page := details("K") // taken first, completed later
	put(t, s, page)
	first := handshake(t, "K")
	first.Device.URL, first.Fields = page.Device.URL, page.Fields
	record := put(t, s, first).Record()
	later := first
	later.TakenAt = noon.Add(time.Hour)
	later.Usages, later.Weakness, later.Device.Model = []string{"ipsec", "tls"}, revocation.Weakness{State: "unknown"}, ""
	record2 := put(t, s, later).Record()
	other := handshake(t, "K") // the same key on another device
	other.Device.URL = "https://other.example"
	put(t, s, other)
	third := details("K") // the same page on a third
	third.Device.URL = "https://third.example"
	put(t, s, third)
	put(t, s, details("L")) // another key with the same page
	names := []string{record, record2}
	slices.Sort(names) // as they are read
	asked := revocation.Progress{Due: noon, Asked: noon, Reason: revocation.KeyCompromise}
	if err := errors.Join(s.SetProgress(t.Context(), names[1], asked), s.SetProgress(t.Context(), names[0], revocation.Progress{Due: noon})); err != nil {
		t.Fatal(err)
	}
	handOver(t, s)
	rows := table(t, dir)
	if len(rows) != 4 {
		t.Fatalf("%d rows: %v", len(rows), rows)
	}
	for _, row := range rows {
		if row["key"] != "K" || row["device"] != "https://mfp.example" {
			continue
		}
		if row["usages"] != "ipsec tls" || row["weakness"] != "proved" || row["reason"] != "keyCompromise" || row["model"] != "iR-ADV C5560" || len(strings.Fields(row["files"])) != 9 || row["status"] != asked.String() {
			t.Errorf("%v", row)
		}
	}
}

// A device chooses its names: none of them may become a formula on the desk of
// the CA's team.
func TestHandOverHasNoFormulas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	hostile := []string{`=HYPERLINK("http://evil","x")`, "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "＝1", "＋1", "－1", "＠1", "|x", "\n=1", "a\x00\x1b[31m\u202eb", "a,b\"c\nd"}
	for _, name := range hostile {
		e := details(name)
		e.Device.Model = name
		e.Fields = append(e.Fields, revocation.Field{Label: name, Value: name})
		put(t, s, e)
	}
	handOver(t, s)
	rows := table(t, dir)
	if len(rows) != len(hostile) {
		t.Fatalf("%d rows", len(rows))
	}
	seen := map[string]bool{}
	for _, row := range rows {
		for name, c := range row {
			c = strings.TrimSpace(c)
			if c != "" && strings.ContainsAny(c[:1], "=+-@|%") || strings.HasPrefix(c, "＝") || strings.HasPrefix(c, "＋") || strings.HasPrefix(c, "－") || strings.HasPrefix(c, "＠") {
				t.Errorf("%s: %q", name, c)
			}
			if strings.ContainsAny(c, "\x00\x1b\u202e\u200b") {
				t.Errorf("%s: %q", name, c)
			}
		}
		seen[row["key"]] = true
	}
	for _, want := range []string{`'=HYPERLINK("http://evil","x")`, "a[31mb", "a,b\"c\nd"} {
		if !seen[want] {
			t.Errorf("no %q in %v", want, seen)
		}
	}
}

// The table is there whole, whatever happens; the records stay as they are.
func TestHandOverIsReplacedAtomically(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, details("A"))
	handOver(t, s)
	put(t, s, details("B"))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.WriteHandOver(cancelled, nil); !errors.Is(err, context.Canceled) || len(table(t, dir)) != 1 {
		t.Errorf("cancelled: %v", err)
	}
	handOver(t, s)
	if n := len(table(t, dir)); n != 2 {
		t.Errorf("%d rows", n)
	}
	if left := files(t, dir); len(left) != 3 {
		t.Errorf("left behind: %q", left)
	}
	// A directory in its place: an error, and nothing lost.
	if err := errors.Join(os.Remove(filepath.Join(dir, "revocation.csv")), os.Mkdir(filepath.Join(dir, "revocation.csv"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.WriteHandOver(t.Context(), nil); err == nil {
		t.Error("a directory was replaced")
	} else if _, ok := errors.AsType[*revocation.StoreError](err); !ok {
		t.Errorf("%T", err)
	}
	if keys, _ := collect(s); len(keys) != 2 {
		t.Errorf("%v", keys)
	}
	empty := open(t, t.TempDir())
	if h := handOver(t, empty); h.Rows != 0 {
		t.Errorf("%+v", h)
	}
}

// In many countries a spreadsheet separates by semicolons, whatever the file
// does: what then begins a cell is no formula either.
func TestNoFormulaBehindSemicolons(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, err := revocation.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for i, text := range []string{"k;=1+1;", "k; =1", "k;\"=1\"", "k\n=1", "k\n +1", "k;;@x", "k；-1", "k;＝1", ";|x", "k;'=1", "k;%x", "\"=1", "k;\t=1", "k;\u200b=1", "k;\x00=1", "k\r\n=1"} {
		e := revocation.Evidence{
			Device: revocation.Device{URL: "https://192.0.2.7/", Model: text}, Key: fmt.Sprint("key", i, text), Source: revocation.SourceDetails, TakenAt: time.Now(),
			Fields: []revocation.Field{{Label: text, Value: text}},
		}
		if _, err := store.Put(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	h, err := store.WriteHandOver(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile(filepath.Join(dir, h.Path))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		for _, separator := range []string{";", "；"} {
			for c := range strings.SplitSeq(line, separator) {
				if c = strings.TrimLeft(c, "\" \t"); c != "" && strings.ContainsRune("=+-@＝＋－＠|%", []rune(c)[0]) {
					t.Errorf("cell %q", c)
				}
			}
		}
	}
}
