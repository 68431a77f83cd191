package walk

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

const fine = `{"format": 1, "host": "masked1", "exchanges": [{"state": "outside", "method": "GET", "path": "/", "status": 200, "file": "pages/0001.html"}]}`

// file of a zip; its content is repeated.
type file struct {
	name, content string
	times         int
}

func pack(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		for range max(f.times, 1) {
			if _, err := io.WriteString(w, f.content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(data []byte) (*Walk, error) { return Read(bytes.NewReader(data), int64(len(data))) }

func TestWriteAndRead(t *testing.T) {
	t.Parallel()
	k := &Walk{Format: Format, Host: "h", Files: map[string]string{FileName(1, "html"): "<p>"}, Exchanges: []Exchange{{State: Inside, Method: "GET", Path: "/", Status: 200, File: FileName(1, "html")}}}
	var b bytes.Buffer
	if err := k.Write(&b, map[string]string{"README.txt": "for people"}); err != nil {
		t.Fatal(err)
	}
	got, err := read(b.Bytes())
	if err != nil || fmt.Sprint(got.Exchanges) != fmt.Sprint(k.Exchanges) || len(got.Files) != 1 || got.Files[FileName(1, "html")] != "<p>" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A bundle may come from anywhere: what is wrong with it is said, by the name of
// the file, and costs little.
func TestHostileBundles(t *testing.T) {
	t.Parallel()
	page := file{name: "pages/0001.html", content: "<p>"}
	index := file{name: "walk.json", content: fine}
	with := func(old, new string) file {
		return file{name: "walk.json", content: strings.Replace(fine, old, new, 1)}
	}
	megabyte := strings.Repeat("<p>x</p>", 1<<17)
	many := []file{index, page}
	for i := range MaxFiles {
		many = append(many, file{name: fmt.Sprintf("%d.txt", i)})
	}
	bomb := []file{index, page}
	for i := range 12 {
		bomb = append(bomb, file{FileName(100+i, "html"), megabyte, 7})
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":            {nil, "zip"},
		"no zip":             {[]byte("<html>"), "zip"},
		"cut off":            {pack(t, index, page)[:200], "zip"},
		"no index":           {pack(t, page), "walk.json"},
		"index within":       {pack(t, page, file{name: "x/walk.json", content: fine}), "walk.json"},
		"index is none":      {pack(t, page, file{name: "walk.json", content: "{"}), "walk.json"},
		"index twice":        {pack(t, index, page, index), "walk.json stands twice"},
		"page twice":         {pack(t, index, page, page), "pages/0001.html stands twice"},
		"page missing":       {pack(t, index), "pages/0001.html"},
		"path trick":         {pack(t, with("pages/0001.html", "../../etc/passwd"), page, file{name: "../../etc/passwd", content: "x"}), "../../etc/passwd"},
		"absolute path":      {pack(t, with("pages/0001.html", "/etc/passwd"), page), "/etc/passwd"},
		"other format":       {pack(t, with(`"format": 1`, `"format": 2`), page), "format 2"},
		"no exchange":        {pack(t, file{name: "walk.json", content: `{"format": 1}`}), "0 exchanges"},
		"too many":           {pack(t, file{name: "walk.json", content: `{"format": 1, "exchanges": [` + strings.Repeat("{},", MaxExchanges) + `{}]}`}), "2001 exchanges"},
		"status":             {pack(t, with("200", "99"), page), "status 99"},
		"state":              {pack(t, with(`"outside"`, `"beside"`), page), "beside"},
		"too many files":     {pack(t, many...), "files"},
		"large page":         {pack(t, index, file{"pages/0001.html", megabyte, 9}), "pages/0001.html: is larger"},
		"large index":        {pack(t, file{"walk.json", megabyte, 9}, page), "walk.json: is larger"},
		"many large":         {pack(t, bomb...), "the files up to this one"},
		"deep index":         {pack(t, file{name: "walk.json", content: strings.Repeat("[", 1<<20)}, page), "walk.json"},
		"a number too large": {pack(t, with("200", "1e99"), page), "walk.json"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(c.data)
			if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 400 {
				t.Errorf("%v, want something of %q", err, c.want)
			}
		})
	}
	var before, after runtime.MemStats
	data := pack(t, bomb...)
	runtime.ReadMemStats(&before)
	_, _ = read(data)
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 8*MaxBytes {
		t.Errorf("a bomb of %d bytes took %d", len(data), after.TotalAlloc-before.TotalAlloc)
	}
}

// Damage within the zip file is an error, not another page.
func TestDamagedBundle(t *testing.T) {
	t.Parallel()
	whole := pack(t, file{name: "walk.json", content: fine}, file{"pages/0001.html", "<p>some text</p>", 40})
	for at := range whole {
		data := bytes.Clone(whole)
		data[at] ^= 0x55
		k, err := read(data)
		if err == nil && k.Files["pages/0001.html"] != strings.Repeat("<p>some text</p>", 40) {
			t.Errorf("byte %d changed: another page was read", at)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(pack(f, file{name: "walk.json", content: fine}, file{name: "pages/0001.html", content: "<p>"}))
	f.Add(pack(f, file{name: "walk.json", content: fine}, file{name: "walk.json", content: fine}))
	f.Add(pack(f, file{name: "walk.json", content: `{"format":1,"exchanges":[{"state":"login","status":302,"location":"//x/","cookies":["a b"]}]}`}))
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := read(data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := k.Write(&b, nil); err != nil {
			t.Fatal(err)
		}
		again, err := read(b.Bytes())
		if err != nil || len(again.Exchanges) != len(k.Exchanges) || len(again.Files) != len(k.Files) {
			t.Errorf("what was read and written cannot be read: %v", err)
		}
	})
}
