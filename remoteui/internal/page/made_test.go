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
	// The text of the file is what the page read of it: U+FFFD for what is no character.
	const want = "token=t2|other=Other.cer|Other.cer:\x30\x82\xffOther|cert=File.cer|File.cer:\x30\x82\xffFile|made=m.txt|m.txt:m|text=0\ufffdFile7"
	if text := strings.Join(got, "|"); text != want {
		t.Errorf("%q", text)
	}
	if sent.EncType != page.Multipart {
		t.Error(sent.EncType)
	}
}

// A body of bytes is sent byte for byte, as a certificate in DER or a PKCS#12 file is;
// its type is what the file says, and else none.
func TestBytesAsBody(t *testing.T) {
	t.Parallel()
	const der = "\x30\x82\x01\xff\x00\xc3\xbc\x80"
	const list = `[0x30, 0x82, 1, 0xff, 0, 0xc3, 0xbc, 0x80]`
	for body, kind := range map[string]string{
		`document.querySelector('[type=file]').files[0]`:                                             "",
		`new Blob([document.querySelector('[type=file]').files[0]], {type: 'application/x-pkcs12'})`: "application/x-pkcs12",
		`new Uint8Array(` + list + `)`:                                                               "",
		`new Uint8Array(` + list + `).buffer`:                                                        "",
		`new Uint8Array([9].concat(` + list + `)).subarray(1)`:                                       "",
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			var sent []*page.Request
			p := loadMade(t, `<label>File <input type=file></label><button type=button onclick="const body = `+body+`; fetch('x.cgi', {method: 'POST', body});
				const x = new XMLHttpRequest(); x.open('POST', 'y.cgi'); x.send(body)">Send</button>`,
				func(_ context.Context, r *page.Request) (*page.Response, error) {
					sent = append(sent, r)
					return &page.Response{Status: 200, URL: r.URL}, nil
				})
			c, err := p.Control([]string{"File"}, page.Scope{})
			if err == nil {
				err = c.SetFile(t.Context(), page.File{Name: "a.p12", Data: []byte(der)})
			}
			if err != nil {
				t.Fatal(err)
			}
			clickMade(t, p, "Send")
			if len(sent) != 2 {
				t.Fatal(sent, p.ScriptErrors())
			}
			for _, r := range sent {
				if got, contentType, err := r.Body(); err != nil || string(got) != der || contentType != kind {
					t.Errorf("%q as %q, %v", got, contentType, err)
				}
			}
		})
	}
}

// One file that is sent very often costs no more than a page may.
func TestManyTimesOneFile(t *testing.T) {
	t.Parallel()
	asked := 0
	p := loadMade(t, `<button type=button onclick="const b = new Blob(['x'.repeat(1 << 20)]), d = new FormData(); for (let i = 0; i < 1000; i++) d.append('f', b);
		fetch('x.cgi', {method: 'POST', body: d}).catch(e => { document.title = e.message })">Many</button>`,
		func(context.Context, *page.Request) (*page.Response, error) {
			asked++
			return nil, errors.New("nothing is sent")
		})
	if clickMade(t, p, "Many"); asked != 0 || !strings.Contains(p.Title(), "files of a request are too large") {
		t.Error(asked, p.Title(), p.ScriptErrors())
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
