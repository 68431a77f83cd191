package replay_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/internal/walk"
	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/remoteui/remoteuitest/replay"
)

func bundle(t *testing.T, pages map[string]string, exchanges ...walk.Exchange) []byte {
	t.Helper()
	k := &walk.Walk{Format: walk.Format, Host: "masked1", Files: pages, Exchanges: exchanges}
	var b bytes.Buffer
	if err := k.Write(&b, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func shown(path, file string) walk.Exchange {
	return walk.Exchange{State: walk.Outside, Method: "GET", Path: path, Status: 200, ContentType: "text/html", File: file}
}

func sent(path, to string) walk.Exchange {
	return walk.Exchange{State: walk.Outside, Method: "GET", Path: path, Status: 302, Location: to}
}

// A bundle whose pages lead in circles, or out of it, ends the session that is
// led by them, and soon.
func TestHostileWalk(t *testing.T) {
	t.Parallel()
	const file = "pages/0001.html"
	for name, c := range map[string]struct {
		page      string
		exchanges []walk.Exchange
		want      string
	}{
		"redirects in a circle": {"", []walk.Exchange{sent("/", "/a"), sent("/a", "/b"), sent("/b", "/a")}, "redirects do not end"},
		"pages in a circle":     {`<meta http-equiv="refresh" content="0;url=/">`, []walk.Exchange{shown("/", file)}, ""},
		"to another host":       {"", []walk.Exchange{sent("/", "https://elsewhere.example/")}, "elsewhere.example"},
		"to another scheme":     {"", []walk.Exchange{sent("/", "http://127.0.0.1/")}, ""},
		"header in a header":    {"<p>x</p>", []walk.Exchange{sent("/", "/a\r\nX-Evil: 1"), shown("/a", file)}, ""},
		"script without end":    {"<script>for(;;){}</script>", []walk.Exchange{shown("/", file)}, ""},
		"no page at all":        {"", []walk.Exchange{shown("/else", "")}, ""},
		"a file on the way":     {"<p>x</p>", []walk.Exchange{{State: walk.Outside, Method: "GET", Path: "/", Status: 200, ContentType: "application/x-evil", File: file}}, "x-evil"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pages := map[string]string{file: c.page}
			dev, err := replay.New(bundle(t, pages, c.exchanges...))
			if err != nil {
				t.Fatal(err)
			}
			defer dev.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
			defer cancel()
			s, err := remoteui.Dial(ctx, remoteui.Config{URL: dev.URL(), Identity: remoteui.Identity{TrustOnFirstUse: true}, ReadOnly: true, WaitTimeout: time.Second})
			if err == nil { // nothing asks for a login
				defer s.Close(ctx)
				_, err = s.Walk(ctx, labels.Settings)
			}
			if err == nil {
				t.Fatal("a menu was found")
			}
			if ctx.Err() != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want something of %q", err, c.want)
			}
		})
	}
}

func TestOpenNamesTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	large := filepath.Join(dir, "large.zip")
	f, err := os.Create(large)
	if err == nil {
		err = f.Truncate(walk.MaxBytes + 10)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	none := filepath.Join(dir, "none.zip")
	if err := os.WriteFile(none, []byte("<html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{large, none, filepath.Join(dir, "missing.zip"), dir} {
		if _, err := replay.Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
