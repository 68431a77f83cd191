package report_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/fleet/report"
	"github.com/rekey-go/rekey/internal/fleettest"
	"github.com/rekey-go/rekey/keycheck"
)

// fleet has proofs; it is made once and only read.
var fleet = sync.OnceValues(func() (*report.Fleet, error) {
	f := fleettest.Fleet(30)
	k, err := audit.NewKey("rekey.test")
	if err != nil {
		return nil, err
	}
	head, err := k.Sign("rekey.test\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
	if err != nil {
		return nil, err
	}
	f.AuditKey, f.Head = k, string(head)
	return f, f.Prove(context.Background())
})

func made(t testing.TB) *report.Fleet {
	t.Helper()
	f, err := fleet()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// written is a directory with all files.
func written(t testing.TB, f *report.Fleet) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "report")
	if err := f.WriteDir(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func contents(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func attr(n *html.Node, name string) (value string, ok bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// The page holds every device, and what devices wrote is text in it and nothing else.
func TestPage(t *testing.T) {
	t.Parallel()
	f := made(t)
	dir := written(t, f)
	for _, l := range report.Languages() {
		doc, err := html.Parse(bytes.NewReader(contents(t, filepath.Join(dir, "report."+l+".html"))))
		if err != nil {
			t.Fatal(err)
		}
		elements := map[string]int{}
		ids := map[string]bool{}
		var links []string
		for n := range doc.Descendants() {
			if n.Type == html.CommentNode {
				t.Errorf("%s: a comment: %q", l, n.Data)
			}
			if n.Type != html.ElementNode {
				continue
			}
			elements[n.Data]++
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "style" || strings.Contains(strings.ToLower(a.Val), "javascript:") {
					t.Errorf("%s: %s has %s=%q", l, n.Data, a.Key, a.Val)
				}
			}
			if id, ok := attr(n, "id"); ok {
				if ids[id] {
					t.Errorf("%s: #%s twice", l, id)
				}
				ids[id] = true
			}
			if href, ok := attr(n, "href"); ok {
				links = append(links, href)
			}
			switch n.Data {
			case "html":
				if got, _ := attr(n, "lang"); got != l {
					t.Errorf("lang %q, want %q", got, l)
				}
			case "th":
				if scope, _ := attr(n, "scope"); scope != "col" && scope != "row" {
					t.Errorf("%s: a header cell of no scope: %q", l, textOf(n))
				}
			case "table":
				if c := n.FirstChild; c == nil || c.Data != "caption" || textOf(c) == "" {
					t.Errorf("%s: a table without a caption", l)
				}
			case "svg":
				if _, hidden := attr(n, "aria-hidden"); !hidden {
					if label, _ := attr(n, "aria-label"); label == "" {
						t.Errorf("%s: a picture that says nothing to who cannot see it", l)
					}
				}
			}
		}
		for _, name := range []string{"script", "iframe", "object", "embed", "form", "base", "link", "img"} {
			if elements[name] > 0 {
				t.Errorf("%s: %d %s", l, elements[name], name)
			}
		}
		if elements["h1"] != 1 || elements["main"] != 1 {
			t.Errorf("%s: %v", l, elements)
		}
		for _, href := range links {
			if anchor, ok := strings.CutPrefix(href, "#"); ok {
				if !ids[anchor] {
					t.Errorf("%s: no #%s", l, anchor)
				}
			} else if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(href))); err != nil {
				t.Errorf("%s: %v", l, err)
			}
		}
		all := textOf(doc)
		for _, want := range []string{"CHG0042317", "alice", "<i>bob</i>", strings.Repeat("5e", 32)} {
			if strings.Count(all, want) != 1 && want != "CHG0042317" || !strings.Contains(all, want) {
				t.Errorf("%s: who allowed it is not said once: %q", l, want)
			}
		}
		if !ids["shared"] {
			t.Errorf("%s: nothing of keys that devices share", l)
		}
		for lang, factory := range map[string]string{"zh-TW": "（出廠）", "en": " (factory)", "ja": "（工場出荷時）"} {
			want := 0
			for _, shared := range f.Shared {
				for _, p := range shared.Places {
					if p.Factory && lang == l {
						want++
					}
				}
			}
			if n := strings.Count(all, factory); n != want || lang == l && n == 0 {
				t.Errorf("%s: keys that came with a device are shown as such %d times (%q), want %d", l, n, factory, want)
			}
		}
		for i := range f.Devices {
			d := &f.Devices[i]
			for _, want := range []string{strings.TrimSuffix(strings.TrimPrefix(d.Report.Device.URL, "https://"), "/")} {
				if !strings.Contains(all, want) {
					t.Errorf("%s: lacks %q", l, want)
				}
			}
			for _, u := range d.Report.Usages {
				if !strings.Contains(all, u.OldKey.SPKI) || !strings.Contains(all, u.NewKey.SPKI) {
					t.Errorf("%s: lacks a fingerprint of %s", l, d.Report.Device.URL)
				}
			}
		}
		if !strings.Contains(all, fleettest.Hostile[0]) || strings.ContainsAny(all, "\u202e\x1b\x00") || strings.Contains(all, "ZgotmplZ") {
			t.Errorf("%s: hostile text is not shown as it is, or is obeyed", l)
		}
	}
	if err := f.HTML(&bytes.Buffer{}, "de"); err == nil {
		t.Error("a language that there is not")
	}
}

// Chinese and Japanese are set as they are there: no blanks between sentences, no English
// among them, and no line that begins with the number which a colon announces. A span of
// time within a day has that once.
func TestTypography(t *testing.T) {
	t.Parallel()
	f := fleettest.Fleet(12)
	for _, l := range report.Languages() {
		var b bytes.Buffer
		if err := f.HTML(&b, l); err != nil {
			t.Fatal(err)
		}
		page := strings.ReplaceAll(b.String(), "</p>", "\n")
		for _, no := range []string{"。 ", "。</b> ", "\" (factory)", " key \"", "： ", "IEEE 802.1X</strong>", "<th scope=\"row\">IEEE 802.1X"} {
			if l == "en" && (no == "\" (factory)" || no == " key \"") {
				continue
			}
			if at := strings.Index(page, no); at >= 0 {
				t.Errorf("%s: %q in %q", l, no, page[max(0, at-60):min(len(page), at+40)])
			}
		}
		if l != "en" && !strings.Contains(page, "：\u20601") {
			t.Errorf("%s: a line may begin with a number", l)
		}
		if strings.Contains(page, f.Devices[0].Report.Device.URL+": ") {
			t.Errorf("%s: an address stands in the reason, too", l)
		}
		if began := fleettest.Began.Format("2006-01-02 15:04"); !strings.Contains(page, "<dd>"+began+" – "+fleettest.Began.Format("15:")) {
			t.Errorf("%s: the day stands twice in the time of the work", l)
		}
	}
}

// Fleets of other kinds have their verdict.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	done := fleettest.Fleet(1)
	backed := fleettest.Fleet(1)
	backed.Devices[0].Report.Usages[0].Verified, backed.Devices[0].Report.Usages[0].BackedOut = false, true
	never := &rekey.Report{Device: rekey.DeviceInfo{URL: "https://a.example/"}}
	held := &rekey.HeldError{URL: "a.example", Why: "others", NotStarted: true}
	never.Exit, never.Error = rekey.ExitOf(held), held.Error()
	for name, tc := range map[string]struct {
		f    *report.Fleet
		want []string
	}{
		"done":        {done, []string{"Finished", "devices:\u00a01", "Everything is done", "not signed", "no proofs"}},
		"backed out":  {backed, []string{"Not finished: 1 of 1", "backed out", "still in use:\u00a01"}},
		"not started": {&report.Fleet{Devices: []report.Device{report.DeviceOf(never, held)}}, []string{"Not finished: 1 of 1", "not seen", "never contacted", "not started"}},
		"empty":       {&report.Fleet{}, []string{"no device in this report"}},
	} {
		var b bytes.Buffer
		if err := tc.f.HTML(&b, "en"); err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(&b)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range tc.want {
			if want == "not signed" {
				want = "Nothing is signed"
			}
			if !strings.Contains(textOf(doc), want) {
				t.Errorf("%s: lacks %q", name, want)
			}
		}
	}
	if err := (&report.Fleet{Devices: []report.Device{{}}}).HTML(&bytes.Buffer{}, "en"); err == nil {
		t.Error("a device without a report")
	}
}

// What is imported or opened in a spreadsheet has the columns that are wanted, and no
// formulas.
func TestTables(t *testing.T) {
	t.Parallel()
	dir := written(t, made(t))
	read := func(name string) (head []string, rows []map[string]string) {
		all, err := csv.NewReader(bytes.NewReader(contents(t, filepath.Join(dir, name)))).ReadAll()
		if err != nil || len(all) < 2 {
			t.Fatal(name, len(all), err)
		}
		for _, r := range all[1:] {
			row := map[string]string{}
			for i, cell := range r {
				row[all[0][i]] = cell
				if strings.ContainsAny(cell, "\x00\n\r\u202e\x1b") || cell != "" && strings.ContainsRune("=+-@\t＝", []rune(strings.TrimLeft(cell, " \""))[0]) {
					t.Errorf("%s: a spreadsheet runs %q", name, cell)
				}
			}
			rows = append(rows, row)
		}
		return all[0], rows
	}
	head, rows := read("servicenow.csv")
	if want := strings.Split("Asset ID,MAC Address,FQDN,NETBIOS,IP Address,Hostname,Vulnerability ID,Vulnerability Summary,Severity,Port,Protocol,Proof,State", ","); !slices.Equal(head, want) {
		t.Errorf("%q", head)
	}
	states := map[string]int{}
	for _, r := range rows {
		states[r["State"]]++
		if r["FQDN"] == "" || r["Vulnerability ID"] != "CVE-2022-26320" || len([]rune(r["Asset ID"])) > 255 || len([]rune(r["Proof"])) > 4000 || !slices.Contains([]string{"critical", "high", "medium", "low", "none"}, r["Severity"]) {
			t.Errorf("%v", r)
		}
		if _, err := strconv.Atoi(r["Port"]); r["Port"] != "" && err != nil {
			t.Errorf("port %q", r["Port"])
		}
	}
	if !maps.Equal(states, map[string]int{"open": 1, "fixed": len(rows) - 1}) {
		t.Errorf("%v", states)
	}
	head, dojo := read("defectdojo.csv")
	if slices.Contains(head, "MitigatedDate") || len(dojo) != len(rows) {
		t.Errorf("%q, %d rows", head, len(dojo)) // that import fails at an empty date
	}
	var j struct{ Findings []map[string]any }
	if err := json.Unmarshal(contents(t, filepath.Join(dir, "defectdojo.json")), &j); err != nil || len(j.Findings) != len(rows) {
		t.Fatal(len(j.Findings), err)
	}
	ids := map[any]bool{}
	for i, f := range j.Findings {
		ids[f["unique_id_from_tool"]] = true
		_, dated := f["mitigated"]
		if f["is_mitigated"] != dated || f["active"] == dated || f["severity"] != "Critical" || dojo[i]["IsMitigated"] != strings.ToUpper(strconv.FormatBool(dated)) {
			t.Errorf("%v", f)
		}
	}
	if len(ids) != len(rows) {
		t.Errorf("%d identities of %d findings", len(ids), len(rows))
	}
	for _, team := range []string{"ca", "network", "desktop", "printer"} {
		read("teams/" + team + "/pins.csv")
		if pems := contents(t, filepath.Join(dir, "teams", team, "new.pem")); !bytes.Contains(pems, []byte("BEGIN CERTIFICATE")) {
			t.Errorf("%s has no bundle", team)
		}
	}
	pins := contents(t, filepath.Join(dir, "teams", "desktop", "pins.csv"))
	if bytes.Count(pins, []byte("sha256//")) < 10 {
		t.Errorf("%s", pins)
	}
	script := string(contents(t, filepath.Join(dir, "teams", "desktop", "cups-cleanup.sh")))
	if !strings.Contains(script, "prn-0001.example.com") || strings.Contains(script, "reboot") {
		t.Error(script)
	}
}

// A bundle of certificates is read whole, whatever names stand beside them.
func TestBundles(t *testing.T) {
	t.Parallel()
	rest := contents(t, filepath.Join(written(t, made(t)), "teams", "ca", "old.pem"))
	seen := map[string]bool{}
	for len(bytes.TrimSpace(rest)) > 0 {
		block, after := pem.Decode(rest)
		if block == nil || seen[string(block.Bytes)] {
			t.Fatalf("no certificate, or one twice, at %q", rest[:min(len(rest), 100)])
		}
		seen[string(block.Bytes)] = true
		rest = after
	}
	if len(seen) != 3 {
		t.Errorf("%d certificates", len(seen))
	}
}

// Proofs hold for the nonce that was chosen; no output has a factor.
func TestProofs(t *testing.T) {
	t.Parallel()
	f := made(t)
	n := 0
	var secrets []string
	for i := range f.Devices {
		d := &f.Devices[i]
		for _, p := range d.Proofs {
			n++
			if err := p.Verify(f.Nonce); err != nil || p.Kind != string(keycheck.NextPrime) {
				t.Errorf("%s: %s, %v", p.SPKI, p.Kind, err)
			}
			if err := p.Verify([]byte("another")); !errors.Is(err, keycheck.ErrProof) {
				t.Error(err)
			}
			other := p
			other.SPKI = strings.Repeat("00", 32)
			if err := other.Verify(f.Nonce); !errors.Is(err, keycheck.ErrProof) {
				t.Error(err)
			}
			block, _ := pem.Decode([]byte(p.PublicKey))
			k, err := keycheck.ParseSPKI(block.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			if len(secrets) < 4 {
				found, err := new(keycheck.Checker).Check(t.Context(), k)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range found {
					if p, q := x.Factors(); p != nil {
						secrets = append(secrets, p.String(), p.Text(16), q.String(), q.Text(16), string(p.Bytes()), string(q.Bytes()))
					}
				}
			}
		}
		if weak := len(d.Report.Usages) > 0; weak != (len(d.Proofs) > 0) {
			t.Errorf("%s: %d proofs of %d usages", d.Report.Device.URL, len(d.Proofs), len(d.Report.Usages))
		}
	}
	if n < 20 || len(secrets) == 0 {
		t.Fatalf("%d proofs", n)
	}
	for name, content := range unpacked(t, written(t, f)) {
		for _, s := range secrets {
			if bytes.Contains(bytes.ToLower(content), []byte(s)) || bytes.Contains(content, []byte(s)) {
				t.Errorf("%s has a factor", name)
			}
		}
		if bytes.Contains(content, []byte("PRIVATE")) {
			t.Errorf("%s has a private key", name)
		}
	}
}

// unpacked are the files of a directory, and of evidence.zip in it.
func unpacked(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all[path] = contents(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(filepath.Join(dir, "evidence.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		content, err := fs.ReadFile(z, f.Name)
		if err != nil {
			t.Fatal(f.Name, err)
		}
		all["evidence.zip/"+f.Name] = content
	}
	return all
}

// Names in the archive are ours, and none leads elsewhere.
func TestZipNames(t *testing.T) {
	t.Parallel()
	f := made(t)
	files := unpacked(t, written(t, f))
	devices := map[string]bool{}
	for name := range files {
		inside, ok := strings.CutPrefix(name, "evidence.zip/")
		if !ok {
			continue
		}
		if !fs.ValidPath(inside) || strings.Trim(inside, "abcdefghijklmnopqrstuvwxyzMANIFEST0123456789-./") != "" || len(inside) > 100 || path.Ext(inside) == "" {
			t.Errorf("%q", inside)
		}
		if strings.HasPrefix(inside, "devices/") {
			devices[path.Dir(inside)] = true
		}
	}
	if len(devices) != len(f.Devices) {
		t.Errorf("%d directories of %d devices", len(devices), len(f.Devices))
	}
}

// Whatever was changed, taken away or added after the report was written is found.
func TestVerify(t *testing.T) {
	t.Parallel()
	f := made(t)
	dir := written(t, f)
	v := f.AuditKey.Verifier()
	check := func(what, name, file string) {
		t.Helper()
		_, err := report.Verify(name, v)
		e, ok := errors.AsType[*report.TamperError](err)
		if !ok || file != "" && e.File != file {
			t.Errorf("%s: %v", what, err)
		}
	}
	archive := filepath.Join(dir, "evidence.zip")
	for _, name := range []string{dir, archive} {
		if n, err := report.Verify(name, v); err != nil || n < 20 {
			t.Errorf("%s: %d, %v", name, n, err)
		}
		if _, err := report.Verify(name, nil); err != nil {
			t.Error(err)
		}
		other, err := audit.NewKey("rekey.test")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := report.Verify(name, other.Verifier()); !errors.Is(err, audit.ErrSignature) {
			t.Error(err)
		}
	}
	for _, name := range []string{"report.en.html", "report.json", "servicenow.csv", "evidence.zip", "teams/ca/old.pem", "audit.head"} {
		at := filepath.Join(dir, filepath.FromSlash(name))
		was := contents(t, at)
		for _, i := range []int{0, len(was) / 2, len(was) - 1} {
			changed := bytes.Clone(was)
			changed[i] ^= 1
			write(t, at, changed)
			check("a byte of it", dir, name)
		}
		write(t, at, was[:len(was)-1])
		check("cut", dir, name)
		if err := os.Remove(at); err != nil {
			t.Fatal(err)
		}
		check("taken away", dir, name)
		write(t, at, was)
	}
	write(t, filepath.Join(dir, "teams", "more.txt"), nil)
	check("added", dir, "teams/more.txt")

	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	forge := func(change func(name string, content []byte) ([]byte, string)) string {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, f := range z.File {
			content, err := fs.ReadFile(z, f.Name)
			if err != nil {
				t.Fatal(err)
			}
			content, name := change(f.Name, content)
			if name == "" {
				continue
			}
			for n := range strings.SplitSeq(name, "|") {
				out, err := w.Create(n)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := out.Write(content); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(t.TempDir(), "forged.zip")
		write(t, at, b.Bytes())
		return at
	}
	victim := z.File[len(z.File)-1].Name
	on := func(change func([]byte) ([]byte, string)) func(string, []byte) ([]byte, string) {
		return func(name string, content []byte) ([]byte, string) {
			if name != victim {
				return content, name
			}
			return change(content)
		}
	}
	if _, err := report.Verify(forge(on(func(b []byte) ([]byte, string) { return b, victim })), v); err != nil {
		t.Errorf("the forger changes what he does not mean to: %v", err)
	}
	check("changed", forge(on(func(b []byte) ([]byte, string) { return append(b, ' '), victim })), victim)
	check("taken out", forge(on(func(b []byte) ([]byte, string) { return nil, "" })), victim)
	check("renamed", forge(on(func(b []byte) ([]byte, string) { return b, "other.json" })), victim)
	check("twice", forge(on(func(b []byte) ([]byte, string) { return b, victim + "|" + victim })), victim)
	check("added", forge(on(func(b []byte) ([]byte, string) { return b, victim + "|zz.txt" })), "zz.txt")
	check("leads elsewhere", forge(on(func(b []byte) ([]byte, string) { return b, victim + "|../x" })), "../x")
	check("no archive", filepath.Join(dir, "report.json"), "")
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What was written is there again in the JSON.
func TestJSON(t *testing.T) {
	t.Parallel()
	f := made(t)
	var b bytes.Buffer
	if err := f.JSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Version int
		Nonce   string
		Counts  map[rekey.FleetOutcome]int
		Devices []struct {
			Name    string
			Outcome rekey.FleetOutcome
			Report  map[string]any
			Proofs  []report.Proof
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	nonce, err := hex.DecodeString(got.Nonce)
	if err != nil || got.Version != report.Version || len(got.Devices) != 30 || got.Counts[rekey.FleetDone] != 24 {
		t.Errorf("%+v", got.Counts)
	}
	for _, d := range got.Devices {
		for _, p := range d.Proofs {
			if err := p.Verify(nonce); err != nil {
				t.Error(err)
			}
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	f := fleettest.Fleet(1000)
	k, err := audit.NewKey("rekey.test")
	if err != nil {
		b.Fatal(err)
	}
	f.AuditKey = k
	dir := written(b, f)
	for b.Loop() {
		for _, name := range []string{dir, filepath.Join(dir, "evidence.zip")} {
			if _, err := report.Verify(name, k.Verifier()); err != nil {
				b.Fatal(err)
			}
		}
	}
}
