package page

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/rekey-go/rekey/remoteui/internal/dom"
)

// A script may make a file, and have it saved by a click on a link to it: what a
// person has then is a file as if the device had sent it. Such files, and those that
// a person has chosen, are kept here; scripts know them by number.

// maxMade bounds how many files the scripts of a page may have made.
const maxMade = 200

var madeOperations = map[string]operation{
	// Bytes, as characters up to 255, with type and name.
	"made": func(p *Page, a arguments) (any, error) {
		data, err := bytesOf(a.text(0))
		if err != nil {
			return nil, err
		}
		return p.keepFile(&File{Name: a.text(2), ContentType: a.text(1), Data: data})
	},
	// The file that was chosen in a field.
	"chosen": func(p *Page, a arguments) (any, error) {
		f := (*File)(nil)
		if n := a.node(0); n != nil {
			f = p.doc.FileOf(n)
		}
		if f == nil {
			return 0, nil
		}
		return p.keepFile(f)
	},
	"madeText": func(p *Page, a arguments) (any, error) {
		return strings.ToValidUTF8(string(p.madeFile(a.number(0)).Data), "\ufffd"), nil
	},
	"madeBytes": func(p *Page, a arguments) (any, error) {
		var b strings.Builder
		for _, c := range p.madeFile(a.number(0)).Data {
			b.WriteRune(rune(c))
		}
		return b.String(), nil
	},
	"madeSize": func(p *Page, a arguments) (any, error) { return len(p.madeFile(a.number(0)).Data), nil },
	"madeType": func(p *Page, a arguments) (any, error) { return p.madeFile(a.number(0)).ContentType, nil },
	"madeName": func(p *Page, a arguments) (any, error) { return p.madeFile(a.number(0)).Name, nil },
	"madeAddress": func(p *Page, a arguments) (any, error) {
		return fmt.Sprintf("blob:%s/%d", urlPart(p.address(), "origin"), a.number(0)), nil
	},
}

// keepFile numbers a file. It counts as what the page holds.
func (p *Page) keepFile(f *File) (any, error) {
	for i, known := range p.files {
		if known == f {
			return i + 1, nil
		}
	}
	if len(p.files) >= maxMade || p.madeBytes+len(f.Data) > p.limits.Bytes {
		return nil, errors.New("QuotaExceededError: too many files")
	}
	p.files, p.madeBytes = append(p.files, f), p.madeBytes+len(f.Data)
	return len(p.files), nil
}

// madeFile is the file of a number; an empty one for any other.
func (p *Page) madeFile(number int) *File {
	if number < 1 || number > len(p.files) {
		return &File{}
	}
	return p.files[number-1]
}

func bytesOf(text string) ([]byte, error) {
	data := make([]byte, 0, len(text))
	for _, c := range text {
		if c > 255 {
			return nil, errors.New("no byte")
		}
		data = append(data, byte(c))
	}
	return data, nil
}

// saves reports whether an address is that of what a script made, which is saved when
// a link leads there. Data in the address itself is, where the link says so.
func (p *Page) saves(u *url.URL, name string, download bool) (bool, error) {
	switch u.Scheme {
	case "blob":
		var number int
		if _, err := fmt.Sscanf(u.Opaque[strings.LastIndex(u.Opaque, "/")+1:], "%d", &number); err != nil {
			return true, nil
		}
		if f := *p.madeFile(number); f.Data != nil {
			f.Name = cmp.Or(name, f.Name)
			p.op.file = &f
		}
		return true, nil
	case "data":
		if !download {
			return true, nil // browsers do not go there
		}
		f, err := dataOf(u)
		if err != nil || len(f.Data) > p.limits.Bytes {
			return true, err
		}
		f.Name = name
		p.op.file = f
		return true, nil
	}
	return false, nil
}

// dataOf is the file in a data: address.
func dataOf(u *url.URL) (*dom.File, error) {
	head, body, _ := strings.Cut(strings.TrimPrefix(u.String(), "data:"), ",")
	if body, err := url.PathUnescape(body); err == nil {
		kind, encoded := strings.CutSuffix(head, ";base64")
		if !encoded {
			return &File{ContentType: kind, Data: []byte(body)}, nil
		}
		data, err := base64.StdEncoding.DecodeString(body)
		return &File{ContentType: kind, Data: data}, err
	}
	return nil, errors.New("data: address cannot be read")
}
