package page_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html/charset"
)

// TestCorpus loads the pages of testdata/corpus and does with each what the
// comment at its top says, one step a line. Label alternatives are divided by
// "|". The steps are the methods of corpus below.
func TestCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/corpus/*.html")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d pages, %v; want at least 60", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".html"), func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			contentType := "text/html"
			if m := charsetStep.FindSubmatch(src); m != nil {
				contentType += "; charset=" + string(m[1])
			}
			encoding, charset, _ := charset.DetermineEncoding(src, contentType)
			if src, err = encoding.NewDecoder().Bytes(src); err != nil {
				t.Fatal(err)
			}
			steps, ok := strings.CutPrefix(string(src), "<!--")
			steps, _, closed := strings.Cut(steps, "-->")
			if !ok || !closed {
				t.Fatal("page does not begin with a comment that says what to do")
			}
			c := &corpus{t: t, src: string(src), charset: charset}
			for line := range strings.Lines(steps) {
				if line = strings.TrimSpace(line); line != "" {
					c.step(line)
				}
			}
			c.finish()
		})
	}
}

// charsetStep is the charset that the page is sent with, if any.
var charsetStep = regexp.MustCompile(`(?m)^charset (\S+)$`)

// frameStep says that the page is in a frame, and the names of all frames.
var frameStep = regexp.MustCompile(`(?m)^in (\S+) of (.+)$`)

const corpusURL = "https://device.example:8443/rps/page.cgi?Flag=Init_Data"

// fetchTestdata serves script files from testdata/corpus/files by base name.
func fetchTestdata(_ context.Context, u *url.URL) (string, error) {
	b, err := os.ReadFile(filepath.Join("testdata/corpus/files", filepath.Base(u.Path)))
	return string(b), err
}
