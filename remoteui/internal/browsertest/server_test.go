package browsertest

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color/palette"
	"image/gif"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// site serves one page and writes down every other request, which it answers
// with "no content": then a browser stays on the page.
type site struct {
	*httptest.Server
	mu   sync.Mutex
	sent []string
	more chan struct{}
	// frames are the names of those of the window, if the page is to be in the one
	// called frame.
	frame  string
	frames []string
	// races: the page starts several things at once, of which one counts. What the
	// browser gives up is told from it by that alone: they may arrive in any order.
	races atomic.Bool
}

// setPath is where the set of frames is, blankPath what is in the others.
const (
	setPath   = "/rps/set.html"
	blankPath = "/rps/blank.html"
)

const pagePath = "/rps/page.cgi?Flag=Init_Data"

// picture is what every image of a page is: large enough to be clicked.
var picture = func() []byte {
	var b bytes.Buffer
	if err := gif.Encode(&b, image.NewPaletted(image.Rect(0, 0, 40, 20), palette.Plan9), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

func newSite(t *testing.T, src []byte, contentType string) *site {
	s := &site{more: make(chan struct{}, 100)}
	if m := frameStep.FindSubmatch(src); m != nil {
		s.frame, s.frames = string(m[1]), strings.Fields(string(m[2]))
	}
	fetched := false
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch base := filepath.Base(r.URL.Path); {
		case r.Method == "GET" && r.RequestURI == pagePath && !fetched:
			fetched = r.Header.Get("Engine") == ""
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write(src)
		case strings.HasSuffix(base, ".js"), strings.HasSuffix(base, ".mjs"):
			script, err := os.ReadFile(filepath.Join(corpusDir, "files", base))
			if err != nil {
				w.WriteHeader(http.StatusNotFound)
			}
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write(script)
		case strings.HasSuffix(base, ".gif"):
			w.Header().Set("Content-Type", "image/gif")
			_, _ = w.Write(picture)
		case base == "favicon.ico":
		case r.RequestURI == setPath:
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, s.set())
		case r.RequestURI == blankPath:
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html><body></body></html>")
		default:
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			if answer, err := os.ReadFile(filepath.Join(corpusDir, "files", base)); err == nil { // for scripts and style sheets
				if strings.HasSuffix(base, ".txt") && r.Header.Get("Engine") == "" {
					s.record(describe(r.Method, r.RequestURI, r.Header.Get("Content-Type"), body))
				}
				w.Header().Set("Content-Type", mime.TypeByExtension(filepath.Ext(base)))
				_, _ = w.Write(answer)
				return
			}
			text := describe(r.Method, r.RequestURI, r.Header.Get("Content-Type"), body)
			if s.frames != nil {
				text += "\nfor a " + r.Header.Get("Sec-Fetch-Dest")
			}
			if s.races.Load() {
				select {
				case <-r.Context().Done(): // another one counts
					return
				case <-time.After(time.Second):
				}
			}
			s.record(text)
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// set is the document with the frames.
func (s *site) set() string {
	text := `<html><frameset cols="*` + strings.Repeat(",*", len(s.frames)-1) + `">`
	for _, name := range s.frames {
		src := blankPath
		if name == s.frame {
			src = pagePath
		}
		text += fmt.Sprintf(`<frame name="%s" src="%s">`, name, src)
	}
	return text + "</frameset></html>"
}

// first is the address to open.
func (s *site) first() string {
	if s.frames != nil {
		return s.URL + setPath
	}
	return s.URL + pagePath
}

func (s *site) record(text string) {
	s.mu.Lock()
	s.sent = append(s.sent, text)
	s.mu.Unlock()
	s.more <- struct{}{}
}

// taken returns and forgets what was sent: it waits for want requests, and a
// while longer for those that should not come.
func (s *site) taken(want int, grace time.Duration) []string {
	deadline := time.After(12 * time.Second)
	for range want {
		select {
		case <-s.more:
		case <-deadline:
			grace = 0
		}
	}
	after := time.After(grace)
	for waiting := true; waiting; {
		select {
		case <-s.more:
		case <-after:
			waiting = false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := s.sent
	s.sent = nil
	return sent
}

// systemTypes are content types of files that Chromium takes from the system,
// if that has a table, where its own has others.
var systemTypes = map[string]string{
	"application/pkix-cert": "application/x-x509-ca-cert",
	"application/pkcs12":    "application/x-pkcs12",
}

// describe is a request as one text, in which requests that ask for the same
// are equal. The boundary of parts is drawn by lot and masked.
func describe(method, uri, contentType string, body []byte) string {
	if media, params, err := mime.ParseMediaType(contentType); err == nil && media == page.Multipart {
		contentType = media
		body = bytes.ReplaceAll(body, []byte(params["boundary"]), []byte("BOUNDARY"))
		for system, builtIn := range systemTypes {
			body = bytes.ReplaceAll(body, []byte("Content-Type: "+system), []byte("Content-Type: "+builtIn))
		}
	}
	return strings.Join([]string{method + " " + uri, contentType, string(body)}, "\n")
}

// request describes what the engine would send.
func (s *site) request(t *testing.T, r *page.Request) string {
	t.Helper()
	body, contentType, err := r.Body()
	if err != nil {
		t.Fatal(err)
	}
	wire, err := http.NewRequestWithContext(t.Context(), r.Method, r.URL.String(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if got := wire.URL.Scheme + "://" + wire.URL.Host; got != s.URL {
		t.Fatalf("request to %s", got)
	}
	text := describe(r.Method, wire.URL.RequestURI(), contentType, body)
	switch {
	case s.frames == nil:
	case r.Target == "" || slices.Contains(s.frames, r.Target):
		text += "\nfor a frame"
	default:
		text += "\nfor a document"
	}
	return text
}

// exchange makes a request of a script for the engine, and describes it.
func (s *site) exchange(ctx context.Context, r *page.Request) (described string, _ *page.Response, _ error) {
	body, contentType, err := r.Body()
	if err != nil {
		return "", nil, err
	}
	q, err := http.NewRequestWithContext(ctx, r.Method, r.URL.String(), bytes.NewReader(body))
	if err != nil {
		return "", nil, err
	}
	described = describe(r.Method, q.URL.RequestURI(), contentType, body)
	q.Header.Set("Engine", "1")
	res, err := s.Client().Do(q)
	if err != nil {
		return "", nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return described, &page.Response{Status: res.StatusCode, URL: r.URL, Header: res.Header, Text: string(text)}, err
}

// fetch loads a script file or style sheet for the engine.
func (s *site) fetch(ctx context.Context, u *url.URL) (string, error) {
	b, err := s.get(ctx, u.String())
	return string(b), err
}

func (s *site) get(ctx context.Context, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Engine", "1")
	res, err := s.Client().Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}
