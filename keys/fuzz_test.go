package keys_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

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
