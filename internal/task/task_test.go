package task_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rekey-go/rekey/internal/task"
)

var facts = task.Facts{
	Device: "iR-ADV C5560 III", URL: "https://192.0.2.7:8443/",
	Old: cert("old", 1), New: cert("new", 2), Policy: "Head office", Machines: []string{"192.0.2.8"}, Failed: []string{"192.0.2.9"},
}

func cert(name string, n int) task.Cert {
	digit := string(rune('0' + n))
	return task.Cert{
		Key: name + "Key", Subject: "CN=" + name + "-subject", Issuer: "CN=" + name + "-issuer", Serial: "5E" + digit,
		NotBefore: time.Date(2020+n, 2, 3, 4, 5, 0, 0, time.UTC), NotAfter: time.Date(2030+n, 2, 3, 13, 5, 0, 0, time.FixedZone("", 9*3600)),
		SHA1: strings.Repeat("b"+digit, 20), SHA256: strings.Repeat("a"+digit, 32), Pin: "sha256//cGlu" + map[int]string{1: "MQ==", 2: "Mg=="}[n],
	}
}

// shown is what of a certificate a text shows.
func shown(name, digit, from, until string) []string {
	return []string{name + "Key", "CN=" + name + "-subject", "CN=" + name + "-issuer", "5E" + digit, from, until,
		strings.TrimSuffix(strings.Repeat("A"+digit+":", 32), ":")}
}

// all lists every text there is to be, with the facts it has to show.
var all = []struct {
	id, usage, kind string
	shows           []string
}{
	{"V-1", "tls", task.SelfSigned, shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC")},
	{"V-1", "tls", task.CSR, shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC")},
	{"V-1", "tls", task.SCEP, shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC")},
	{"E-1", "tls", task.SelfSigned, shown("new", "2", "2022-02-03 04:05 UTC", "2032-02-03 04:05 UTC")},
	{"V-2", "ieee8021x", task.SelfSigned, shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC")},
	{"V-2", "ieee8021x", task.CSR, shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC")},
	{"V-3", "ipsec", task.SelfSigned, append(shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC"), "Head office")},
	{"V-3", "ipsec", task.CSR, append(shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC"), "Head office")},
	{"V-4", "sip", task.SelfSigned, shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC")},
	{"V-4", "sip", task.CSR, shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC")},
	{"V-5", "deviceSignature", task.SelfSigned, append(shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC"), "Acrobat", "S/MIME", "192.0.2.8", "192.0.2.9")},
	{"E-1", "ieee8021x", task.SelfSigned, shown("new", "2", "2022-02-03 04:05 UTC", "2032-02-03 04:05 UTC")},
	{"E-1", "ipsec", task.SelfSigned, append(shown("new", "2", "2022-02-03 04:05 UTC", "2032-02-03 04:05 UTC"), "Head office")},
	{"E-1", "sip", task.SelfSigned, shown("new", "2", "2022-02-03 04:05 UTC", "2032-02-03 04:05 UTC")},
	{"E-2", "deviceSignature", task.SelfSigned, append(shown("new", "2", "2022-02-03 04:05 UTC", "2032-02-03 04:05 UTC"), "Acrobat", "192.0.2.8", "192.0.2.9")},
	{"B-1", "bluetooth", "", []string{"iOS", "Android", "Canon PRINT Business", "80"}},
	{"A-1", "ams", "", []string{"30", "[AMS]", "Windows 10", "Windows 7", "Windows 8.1", "Vista", "2008 R2", "2012", "2016"}},
	{"P-2", "tls", "", append(shown("new", "2", "2022-02-03 04:05 UTC", "2032-02-03 04:05 UTC"), "oldKey", "B2:B2", "sha256//cGluMg==")},
	{"P-3", "tls", "", append(shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC"), "TLS", "rekey")},
	{"P-3", "ieee8021x", "", append(shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC"), "802.1X")},
	{"P-3", "ipsec", "", append(shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC"), "Head office")},
	{"P-3", "sip", "", append(shown("old", "1", "2021-02-03 04:05 UTC", "2031-02-03 04:05 UTC"), "SIP")},
	{"P-4", "tls", "", append(shown("new", "2", "2022-02-03 04:05 UTC", "2032-02-03 04:05 UTC"), "TLS", "oldKey", "rekey")},
	{"P-4", "ieee8021x", "", append(shown("new", "2", "2022-02-03 04:05 UTC", "2032-02-03 04:05 UTC"), "802.1X", "oldKey")},
	{"P-4", "ipsec", "", append(shown("new", "2", "2022-02-03 04:05 UTC", "2032-02-03 04:05 UTC"), "Head office", "oldKey")},
	{"P-4", "sip", "", append(shown("new", "2", "2022-02-03 04:05 UTC", "2032-02-03 04:05 UTC"), "SIP", "oldKey")},
	{"P-1", "tls", "", []string{"oldKey", "newKey", "A1:A1", "A2:A2"}},
}

// each runs f for every text in every language.
func each(t *testing.T, facts task.Facts, f func(t *testing.T, i int, lang, text string)) {
	t.Helper()
	for i, want := range all {
		for _, lang := range task.Languages() {
			t.Run(want.id+"/"+want.usage+"/"+want.kind+"/"+lang, func(t *testing.T) {
				t.Parallel()
				text, err := task.Text(want.id, want.usage, want.kind, lang, facts)
				if err != nil {
					t.Fatal(err)
				}
				f(t, i, lang, text)
			})
		}
	}
}

func TestEveryTextShowsItsFacts(t *testing.T) {
	t.Parallel()
	each(t, facts, func(t *testing.T, i int, lang, text string) {
		for _, fact := range append([]string{facts.Device, facts.URL, "CVE-2022-26320"}, all[i].shows...) {
			if (all[i].id == task.EnableNew || all[i].id == task.EnableNewSignature) && strings.HasPrefix(fact, "CVE") {
				continue // not about the weakness
			}
			if !strings.Contains(text, fact) {
				t.Errorf("lacks %q:\n%s", fact, text)
			}
		}
		han := strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
		kana := strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) })
		if han != (lang != "en") || kana != (lang == "ja") {
			t.Errorf("not %s:\n%s", lang, text)
		}
		checkForm(t, text)
	})
}

func TestTextsWithFewFacts(t *testing.T) {
	t.Parallel()
	for name, few := range map[string]task.Facts{
		"none":      {},
		"url":       {URL: "https://192.0.2.7/"},
		"device":    {Device: "iR2425"},
		"subject":   {Old: task.Cert{Subject: "CN=x"}, New: task.Cert{Subject: "CN=x"}},
		"not after": {Old: task.Cert{NotAfter: time.Unix(0, 0)}, New: task.Cert{NotAfter: time.Unix(0, 0)}},
		"not until": {Old: task.Cert{NotBefore: time.Unix(0, 0)}, New: task.Cert{NotBefore: time.Unix(0, 0)}},
		"spaces":    {Device: " \n", URL: "\t", Old: task.Cert{Issuer: " "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, few, func(t *testing.T, _ int, _, text string) { checkForm(t, text) })
		})
	}
}

// malformed is what an empty fact or a slip in a template leaves behind.
var malformed = regexp.MustCompile(`<nil>|<no value>|\{\{|\}\}|“”|「」|\(\)|（）|0001-01-01|[:：] *\n\n|: *$|\S  +\S|[ \t]\n|\n\n\n|, ,| [,.]`)

func checkForm(t *testing.T, text string) {
	t.Helper()
	if found := malformed.FindString(text); found != "" {
		t.Errorf("%q in:\n%s", found, text)
	}
	if strings.TrimSpace(text)+"\n" != text {
		t.Errorf("blank at its ends: %q", text)
	}
}

// A task written in one language is written in all, in the same order.
func TestLanguagesHaveTheSameTexts(t *testing.T) {
	t.Parallel()
	define := regexp.MustCompile(`\{\{define "([^"]+)"\}\}`)
	var first []string
	for _, lang := range task.Languages() {
		files, err := filepath.Glob(filepath.Join("text", lang, "*.tmpl"))
		if err != nil {
			t.Fatal(err)
		}
		var content []byte
		for _, file := range files {
			part, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			content = append(content, part...)
		}
		var names []string
		for _, m := range define.FindAllStringSubmatch(string(content), -1) {
			names = append(names, m[1])
			if id, _, isText := strings.Cut(m[1], "/"); isText && !slices.Contains(task.IDs(), id) {
				t.Errorf("%s: %s is not in IDs", lang, m[1])
			}
		}
		if first == nil {
			first = names
		}
		if !slices.Equal(names, first) {
			t.Errorf("%s has %q, %s has %q", lang, names, task.Languages()[0], first)
		}
	}
}

// Every language has a text of its own for every kind.
func TestTextsDiffer(t *testing.T) {
	t.Parallel()
	seen := make(map[string]string)
	for _, want := range all {
		if want.kind == task.SCEP {
			continue // the same as CSR
		}
		for _, lang := range task.Languages() {
			text, err := task.Text(want.id, want.usage, want.kind, lang, facts)
			if err != nil {
				t.Fatal(err)
			}
			name := want.id + " " + want.kind + " " + lang
			if seen[text] != "" {
				t.Errorf("%s reads like %s", name, seen[text])
			}
			seen[text] = name
		}
	}
}

// E-1: a CA's certificate is trusted already.
func TestE1_IssuedNeedsNothing(t *testing.T) {
	t.Parallel()
	for _, lang := range task.Languages() {
		for _, kind := range []string{task.CSR, task.SCEP} {
			if text, err := task.Text("E-1", "tls", kind, lang, facts); text != "" || err != nil {
				t.Errorf("%s %s: %q, %v", kind, lang, text, err)
			}
		}
	}
}

// V-1: a self-signed certificate is removed by those who trusted it, the CA's
// is revoked, by the CA that is named.
func TestV1_Kinds(t *testing.T) {
	t.Parallel()
	revoke := map[string]string{"zh-TW": "撤銷", "en": "revoke", "ja": "失効"}
	for lang, word := range revoke {
		self, err1 := task.Text("V-1", "tls", task.SelfSigned, lang, facts)
		issued, err2 := task.Text("V-1", "tls", task.CSR, lang, facts)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if strings.Contains(self, word) || strings.Contains(self, "CRL") {
			t.Errorf("nobody can revoke a self-signed certificate:\n%s", self)
		}
		for _, part := range []string{word, "CRL", "OCSP", "keyCompromise"} {
			if !strings.Contains(issued, part) {
				t.Errorf("lacks %q:\n%s", part, issued)
			}
		}
		if strings.Count(issued, facts.Old.Issuer) != 2 {
			t.Errorf("the CA is to be named in the sentence and in the list:\n%s", issued)
		}
	}
}

func TestUnknownIsAnError(t *testing.T) {
	t.Parallel()
	for _, c := range [][4]string{
		{"V-9", "tls", task.CSR, "en"}, {"", "", "", ""}, {"V-1", "fax", task.CSR, "en"}, {"E-1", "fax", task.CSR, "en"},
		{"V-1", "tls", "", "en"}, {"V-1", "tls", "issued", "en"}, {"V-1", "tls", task.CSR, "de"}, {"V-1", "tls", task.CSR, "EN"},
		{"machine", "", "", "en"}, {"P-1", "", "", "en"},
	} {
		if text, err := task.Text(c[0], c[1], c[2], c[3], facts); err == nil {
			t.Errorf("%q: %q", c, text)
		}
	}
}

func TestIDsHaveTexts(t *testing.T) {
	t.Parallel()
	for _, id := range task.IDs() {
		has := false
		for _, want := range all {
			has = has || want.id == id
		}
		if !has {
			t.Errorf("%s has no text", id)
		}
	}
}

func TestHostileFacts(t *testing.T) {
	t.Parallel()
	evil := "a\x1b[2J\u202eb\u2066c\x00d\r\n\ne\u2028f\u200bg\xffh{{.Device}}" + strings.Repeat("長", 5_000)
	c := task.Cert{Key: evil, Subject: evil, Issuer: evil, Serial: evil, SHA256: evil}
	each(t, task.Facts{Device: evil, URL: evil, Old: c, New: c}, func(t *testing.T, _ int, _, text string) {
		if !utf8.ValidString(text) || len(text) > 32<<10 {
			t.Errorf("%d bytes, or not UTF-8", len(text))
		}
		for _, r := range text {
			if r != '\n' && r != '\u3000' && !unicode.IsPrint(r) {
				t.Fatalf("%U is in the text", r)
			}
		}
		if strings.Contains(text, "\ne") || !strings.Contains(text, "{{.Device}}長") {
			t.Errorf("a fact broke a line or was executed: %.300q", text)
		}
	})
}

// What was asked of a CA is not asked of a person again. // V-1 to V-4
func TestRevocationTexts(t *testing.T) {
	t.Parallel()
	asked := facts
	asked.Asked = time.Date(2026, 11, 25, 12, 30, 0, 0, time.UTC)
	confirmed := asked
	confirmed.Confirmed = "CRL number 7"
	byHand := facts
	byHand.Reason, byHand.Commands = "superseded", []string{"certutil -revoke 5e1 4", "certutil\x1b -CRL"}
	for _, tc := range []struct {
		f           task.Facts
		want, never []string
	}{
		{asked, []string{"CVE-2022-26320", "2026-11-25 12:30 UTC", "CN=old-issuer"}, []string{"keyCompromise", "CRL number 7"}},
		{confirmed, []string{"2026-11-25 12:30 UTC", "CRL number 7"}, []string{"keyCompromise"}},
		{facts, []string{"keyCompromise", "CVE-2022-26320"}, []string{"2026-11-25"}},
		{byHand, []string{"superseded", "\n   certutil -revoke 5e1 4\n", "\n   certutil\ufffd -CRL\n"}, []string{"keyCompromise", "CVE-2022-26320"}}, // one reason
	} {
		for _, usage := range []string{"V-1/tls", "V-2/ieee8021x", "V-3/ipsec", "V-4/sip"} {
			id, u, _ := strings.Cut(usage, "/")
			for _, lang := range task.Languages() {
				text, err := task.Text(id, u, task.CSR, lang, tc.f)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range tc.want {
					if !strings.Contains(text, s) {
						t.Errorf("%s %s: no %q in\n%s", usage, lang, s, text)
					}
				}
				for _, s := range tc.never {
					if strings.Contains(text, s) {
						t.Errorf("%s %s: %q in\n%s", usage, lang, s, text)
					}
				}
			}
		}
	}
}
