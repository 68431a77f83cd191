package remoteui

import (
	"context"
	"fmt"
	"mime"
	"strings"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// File is something that the device gave for saving.
type File struct {
	Name        string // as the device named it; empty if it did not
	ContentType string
	Data        []byte
}

// maxFile bounds a download, in bytes: certificates take a few thousand.
const maxFile = 1 << 20

// maxDownloadHops bounds the pages that a download leads over.
const maxDownloadHops = 4

// Download clicks something that leads to a file. Nothing on the device
// changes by it, so it works in a read-only session; the page stays where it
// is, as in a browser. A page in the place of the file is a [*RefusedError]
// with the page's words.
func (p *Page) Download(ctx context.Context, l Label, w ...Where) (*File, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if err := p.usable(); err != nil {
		return nil, err
	}
	var target *page.Action
	if err := p.wait(ctx, func() (err error) { target, err = p.action(l, one(w)); return err }); err != nil {
		return nil, err
	}
	out, err := target.Click(ctx, page.ClickOptions{Confirm: true})
	if err != nil {
		return nil, fmt.Errorf("page %q: clicking %q: %w", p.name(), l, p.s.scrubError(err))
	}
	if f := out.File; f != nil {
		if len(f.Data) > maxFile {
			return nil, fmt.Errorf("%s: file of %d bytes: larger than any certificate", p.name(), len(f.Data))
		}
		return &File{Name: f.Name, ContentType: f.ContentType, Data: f.Data}, nil
	}
	if out.Request == nil {
		return nil, &RefusedError{Page: p.name(), Text: strings.Join(p.s.alerts(out.Alerts), " ")}
	}
	return p.s.download(ctx, out.Request, p)
}

// download makes a request for a file; a page in between may lead to it by
// itself.
func (s *Session) download(ctx context.Context, r *page.Request, from *Page) (*File, error) {
	referer := from.p.URL()
	for range maxDownloadHops {
		res, err := s.exchange(ctx, r, referer, read)
		if err != nil {
			return nil, err
		}
		if !res.isHTML() {
			return s.t.fileOf(res)
		}
		answer, err := s.load(ctx, res, from.path)
		if err != nil {
			return nil, err
		}
		next := answer.p.Next()
		if next == nil || next.Request == nil {
			if _, err := answer.expected(); err != nil {
				return nil, err
			}
			return nil, &RefusedError{Page: answer.name(), Text: s.say(answer.p.Text(), 300)}
		}
		if err := sleep(ctx, next.Delay); err != nil {
			return nil, err
		}
		r, referer = next.Request, answer.p.URL()
	}
	return nil, fmt.Errorf("page %q: the download leads from page to page without end", from.name())
}

func (t *transport) fileOf(res *response) (*File, error) {
	if len(res.body) > maxFile {
		return nil, fmt.Errorf("%s: file of %d bytes: larger than any certificate", t.where(res.url), len(res.body))
	}
	f := &File{ContentType: res.header.Get("Content-Type"), Data: res.body}
	if _, params, err := mime.ParseMediaType(res.header.Get("Content-Disposition")); err == nil {
		f.Name = params["filename"]
	}
	return f, nil
}

// FileField returns the one field of the page that takes a file. The word on
// its button is the browser's own, so it is found by its role.
func (p *Page) FileField(ctx context.Context) (*Control, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var found []*page.Control
	for _, c := range p.p.AllControls() {
		if c.Kind() == page.FileUpload {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return nil, p.fail(fileField, Where{}, &page.NotFoundError{Role: "field", Texts: []string{"a field that takes a file"}})
	}
	if len(found) != 1 {
		return nil, p.fail(fileField, Where{}, fmt.Errorf("%d fields take a file, want one", len(found)))
	}
	return &Control{p: p, c: found[0]}, nil
}

// fileField stands for a field that has no label of its own.
const fileField Label = "file"

// FileField is the field of an [Intent] for a file, whatever it is called.
func FileField(name string, data []byte) Field {
	return Field{Label: fileField, Set: func(ctx context.Context, p *Page) error {
		c, err := p.FileField(ctx)
		if err != nil {
			return err
		}
		return c.setFile(ctx, name, data)
	}}
}

// setFile chooses a file for a field that takes one.
func (c *Control) setFile(ctx context.Context, name string, data []byte) error {
	return c.act(ctx, func(ctx context.Context) error { return c.c.SetFile(ctx, page.File{Name: name, Data: data}) })
}
