package page_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// What a script makes and has saved is a file, as is what it sends of one that was
// chosen: no request has its bytes in an address.
func TestMadeFiles(t *testing.T) {
	t.Parallel()
	const save = `const a = document.createElement('a'); a.download = 'my.csr'; a.href = %; a.click()`
	for name, tc := range map[string]struct{ code, want, kind string }{
		"text":   {"URL.createObjectURL(new Blob(['ab', 'ü'], {type: 'Application/PKCS10'}))", "abü", "application/pkcs10"},
		"bytes":  {"URL.createObjectURL(new Blob([new Uint8Array([0, 128, 255]), new Blob(['x'])]))", "\x00\x80\xffx", ""},
		"slice":  {"URL.createObjectURL(new Blob(['abcd']).slice(1, 3))", "bc", ""},
		"file":   {"URL.createObjectURL(new File(['f'], 'own.txt'))", "f", ""},
		"data":   {"'data:text/plain,a%20b'", "a b", "text/plain"},
		"base64": {"'data:application/x-pem-file;base64,' + btoa('pem')", "pem", "application/x-pem-file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := loadMade(t, `<button type=button onclick="save()">Save</button><script>function save() { `+strings.Replace(save, "%", tc.code, 1)+` }</script>`, nil)
			out := clickMade(t, p, "Save")
			if out.Request != nil || out.File == nil || string(out.File.Data) != tc.want || out.File.Name != "my.csr" || out.File.ContentType != tc.kind {
				t.Errorf("%+v, file %+v", out, out.File)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		p := loadMade(t, `<a href="data:text/plain,x">Data</a> <a href="blob:https://device.example/9">Blob</a>
			<button type=button onclick="try { for (;;) new Blob(['x']) } catch (e) { document.title = e.message }">Many</button>`, nil)
		for _, text := range []string{"Data", "Blob", "Many"} {
			if out := clickMade(t, p, text); out.Request != nil || out.File != nil {
				t.Errorf("%s: %+v", text, out)
			}
		}
		if !strings.Contains(p.Title(), "too many files") {
			t.Error(p.Title())
		}
	})
}

// A file that was chosen is sent by a script as it was chosen, from a field without a
// name, or with its form; one that a script made, too.
func TestChosenFile(t *testing.T) {
	t.Parallel()
	var sent *page.Request
	p := loadMade(t, `<form name=f><input type=hidden name=token value=t><label>File <input type=file></label><label>Other <input type=file name=other></label></form>
		<button type=button onclick="const d = new FormData(document.f), [chosen] = document.querySelector('[type=file]').files;
			d.append('cert', chosen); d.append('made', new Blob(['m']), 'm.txt'); d.set('token', 't2'); chosen.text().then(text => { d.append('text', text + chosen.size); fetch('x.cgi', {method: 'POST', body: d}) })">Send</button>`,
		func(_ context.Context, r *page.Request) (*page.Response, error) {
			sent = r
			return &page.Response{Status: 200, URL: r.URL}, nil
		})
	for _, label := range []string{"File", "Other"} {
		c, err := p.Control([]string{label}, page.Scope{})
		if err == nil {
			err = c.SetFile(t.Context(), page.File{Name: label + ".cer", Data: []byte("\x30\x82\xff" + label)})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	clickMade(t, p, "Send")
	if sent == nil {
		t.Fatal(p.ScriptErrors())
	}
	var got []string
	for _, f := range sent.Fields {
		if got = append(got, f.Name+"="+f.Value); f.File != nil {
			got = append(got, f.File.Name+":"+string(f.File.Data))
		}
	}
	const want = "token=t2|other=Other.cer|Other.cer:\x30\x82\xffOther|cert=File.cer|File.cer:\x30\x82\xffFile|made=m.txt|m.txt:m|text=0\x82\ufffdFile7"
	if text := strings.Join(got, "|"); strings.ToValidUTF8(text, "\ufffd") != strings.ToValidUTF8(strings.Replace(want, "0\x82\ufffdFile7", "0\ufffdFile7", 1), "\ufffd") {
		t.Errorf("%q", text)
	}
	if sent.EncType != page.Multipart {
		t.Error(sent.EncType)
	}
}

func loadMade(t *testing.T, src string, exchange func(context.Context, *page.Request) (*page.Response, error)) *page.Page {
	t.Helper()
	if exchange == nil {
		exchange = func(context.Context, *page.Request) (*page.Response, error) {
			return nil, errors.New("nothing is sent")
		}
	}
	p, err := page.Load(t.Context(), src, page.Options{URL: &url.URL{Scheme: "https", Host: "device.example", Path: "/a"}, Exchange: exchange})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func clickMade(t *testing.T, p *page.Page, text string) *page.Outcome {
	t.Helper()
	a, err := p.Action([]string{text}, page.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := a.Click(t.Context(), page.ClickOptions{})
	if err != nil {
		t.Fatal(err, p.ScriptErrors())
	}
	return out
}
