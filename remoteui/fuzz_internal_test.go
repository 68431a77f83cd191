package remoteui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// FuzzClassify classes any page: login form, lost session, lock, language; and
// looks at what of it would be shown in an error.
func FuzzClassify(f *testing.F) {
	files, err := filepath.Glob("internal/page/testdata/corpus/*.html")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add(`<title>Remote UI : Cannot open this page.</title>`)
	f.Add(`<p>The account is locked out until 12:00 <form><input name=CHALLENGE value=0123456789abcdef><textarea name=PK>-----BEGIN PUBLIC KEY-----</textarea><input name=PASSWORD></form>`)
	f.Add(`<form name=sdl><input name=conf></form><form><input name=deptid><input name=password type=password value=secret>`)
	limits := page.Limits{Nodes: 5000, Bytes: 1 << 18, Splices: 200, ScriptMemory: 16 << 20, Timers: 50, ScriptTime: 100e6}
	f.Fuzz(func(t *testing.T, src string) {
		p, err := page.Load(t.Context(), src, page.Options{Limits: limits})
		if err != nil {
			return
		}
		defer p.Close()
		s := &Session{lang: "en", t: &transport{}, words: ownWords()}
		if l := findLogin(p, s.words, nil); l != nil {
			s.form = l.kind
			if reason := s.lostReason(p); reason == "" {
				t.Error("a login form is no sign of a lost session")
			}
			// Filling may be refused; it must not change what is not asked for.
			before := len(l.form.Fields())
			to, err := l.destination("", s.words)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.byHand(credential{"u", NewSecret("planted-secret")}, to, l.seal(), s.words); err == nil && len(l.form.Fields()) < before {
				t.Error("fields are gone")
			}
		}
		if text := lockText(p.Text()); utf8.RuneCountInString(text) > 201 || strings.ContainsAny(text, "\r\n") {
			t.Errorf("lock text %q", text)
		}
		shown := &Page{s: s, p: p}
		detectLanguage(shown, ownWords())
		_ = unknownLogin(shown)
		snap := shown.snapshot()
		if manyDigits.MatchString(snap) || utf8.RuneCountInString(snap) > maxSnapshot+1 || strings.Contains(snap, "planted-secret") {
			t.Errorf("snapshot %q", snap)
		}
	})
}

// FuzzPublicKey reads the key of a login form.
func FuzzPublicKey(f *testing.F) {
	f.Add("-----BEGIN PUBLIC KEY-----\r\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK\r\n-----END PUBLIC KEY-----")
	f.Add("-----BEGIN PUBLIC KEY----- MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL8= -----END PUBLIC KEY-----")
	f.Add("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE")
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := publicKey(text); err == nil && (key == nil || key.N == nil || key.N.Sign() <= 0) {
			t.Errorf("%+v", key)
		}
	})
}

// FuzzParsePin reads pins: what is read is written alike.
func FuzzParsePin(f *testing.F) {
	f.Add("sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=")
	f.Add(" sha256//\n")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParsePin(text)
		if err != nil {
			return
		}
		if again, err := ParsePin(h.String()); err != nil || again != h {
			t.Errorf("%q: %v, then %v, %v", text, h, again, err)
		}
	})
}
