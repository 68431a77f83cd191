package keys_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/rekey-go/rekey/internal/corpus"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// FuzzReadAllDetails reads key lists and details pages of any source, as a
// device sends them.
func FuzzReadAllDetails(f *testing.F) {
	dev := &hostile.Device{Pages: map[string]http.HandlerFunc{}}
	dev.Start()
	f.Cleanup(dev.Close)
	list, detail := dev.Body("keys"), dev.Body("detail")
	f.Add(list, detail)
	f.Add(strings.ReplaceAll(list, "EastWing", "a\u202eb\x1b[2J"), "<dl><dt>Public Key<dd>ECDSA (P256)</dl>")
	f.Add(`<table><tr><th>鍵值名稱<th>x<tr><td><a href="/p/detail">Default Key</a><td>TLS, IPSec<tr><td><a onclick="location='/p/detail'">k2</a><td>?</table>`, detail)
	f.Add(`<script>document.write("<table><tr><th>Key Name<th>Use<tr><td>"); document.write("<a href=/p/detail>A</a><td>TLS</table>")</script>`, "")
	f.Add(list+list, detail+detail)
	f.Fuzz(func(t *testing.T, list, detail string) {
		dev.Pages["keys"] = hostile.Text(hostile.Frame("keys", list))
		dev.Pages["detail"] = hostile.Text(hostile.Frame("detail", detail))
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		s, err := remoteui.Dial(ctx, remoteui.Config{
			URL: dev.URL(), Credentials: remoteui.Credentials{DepartmentID: hostile.DepartmentID, Password: remoteui.NewSecret(hostile.Password)},
			Identity: remoteui.Identity{TrustOnFirstUse: true}, ReadOnly: true, Language: "en",
		})
		if err != nil {
			t.Fatal(err) // the pages in question come later
		}
		defer s.Close(ctx)
		l, details, err := keys.ReadAllDetails(ctx, s)
		if took := time.Since(begun); took > 40*time.Second {
			t.Errorf("took %v", took)
		}
		if err != nil {
			if r, bad := hostile.Unsafe(err.Error()); bad {
				t.Errorf("the error has %U: %q", r, err)
			}
			return
		}
		if len(l.Entries) == 0 || len(details) != len(l.Entries) {
			t.Errorf("%d keys, %d details", len(l.Entries), len(details))
		}
		for _, e := range l.Entries {
			if e.Name == "" || details[e.Name] == nil {
				t.Errorf("key %q: %+v", e.Name, details[e.Name])
			}
			if got, ok := l.Find(e.Name); !ok || got.Name != e.Name {
				t.Errorf("key %q is found as %+v", e.Name, got)
			}
		}
		if dev.Writes.Load() > 0 {
			t.Fatal("a read-only session wrote")
		}
	})
}

// FuzzParseClock reads dates in any text: what is read is in the text, and no
// other moment.
func FuzzParseClock(f *testing.F) {
	for _, seed := range []string{
		"2022/03/09 0:17:53", "2026 04/13 10:09:36", "20/04 2026 16:42:19", "Last Updated: 2022/03/09 24:00:00", "31/12/2026 23:59", "9999/12/31 23:59:59",
		"2022/02/30 1:00", "02/03/2026 10:99:99", "0000/01/01 00:00", strings.Repeat("1/", 1000) + "2026 1:00",
	} {
		f.Add(seed)
	}
	for _, c := range corpus.Read(f, "testdata/corpus/dates.tsv") {
		f.Add(string(c.Data))
	}
	near := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		plain := strings.NewReplacer("時", ":", "时", ":", "시", ":").Replace(norm.NFKC.String(text)) // full-width digits are digits
		for _, d := range keys.ParseDays(text) {
			if !strings.Contains(plain, d.Format("2006")) {
				t.Errorf("%q: read as the day %v", text, d)
			}
		}
		c, ok := keys.ParseClock(text, near)
		if !ok {
			if !c.IsZero() {
				t.Errorf("%q: %v, false", text, c)
			}
			return
		}
		// Hours are written with one digit or two, minutes always with two.
		if !strings.Contains(plain, c.Format("2006")) || !strings.Contains(plain, c.Format(":04")) {
			t.Errorf("%q: read as %v", text, c)
		}
		if again, ok := keys.ParseClock(c.Format("2006/01/02 15:04:05"), near); !ok || !again.Equal(c) {
			t.Errorf("%q: %v, then %v", text, c, again)
		}
	})
}
