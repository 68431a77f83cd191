package acceptance_test

import (
	"archive/zip"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/rekey-go/rekey/internal/simdevice"
)

// Nothing that somebody entered, or that tells which device it is, is in any
// file of a bundle, whatever it is, wherever it stood, however it is spelled;
// and the bundle is the device's all the same.
func TestBundleHoldsNoSecret(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for i, c := range []struct {
		family   simdevice.Family
		login    simdevice.LoginKind
		language string
	}{
		{simdevice.FamilyAdvance, simdevice.LoginUserName, "en"},
		{simdevice.FamilyAdvance, simdevice.LoginRSAChallenge, "ja"},
		{simdevice.FamilySmall, simdevice.LoginManager, "zh-TW"},
	} {
		t.Run(string(c.family)+"/"+string(c.login), func(t *testing.T) {
			t.Parallel()
			cfg, secrets := plant(c.login, uint64(i))
			cfg.Family, cfg.Language, cfg.Serial = c.family, c.language, "Zq4Prn"
			secrets = append(secrets, cfg.Serial)
			dev := simulated(t, cfg)
			for _, k := range dev.Keys() {
				if k.Certificate != nil {
					secrets = append(secrets, serialSpellings(k.Certificate.SerialNumber)...)
				}
			}
			markup, everything := plantEverything()
			markup += "<table><tr><th>" + cfg.Serial + "</th><td>2</td></tr></table>" // where labels stand, which are kept
			for _, s := range secrets {
				everything = append(everything, planted{"the device's " + s, []string{s}})
			}
			f := plantInto(t, dev, markup)
			d := plantedAccess(dev, cfg)
			d.URL, d.DialContext = f.server.URL+"/", nil
			want, bundle := recorded(t, dev, d)
			if f.planted == 0 {
				t.Fatal("nothing was planted")
			}
			searchBundle(t, bundle, append(everything, f.seen...))
			testReplayed(t, cfg, d, want, bundle)
		})
	}
}

// front stands before a device, plants into one of its pages, and keeps what
// went by that is secret: challenges, keys, cookies, tokens.
type front struct {
	server  *httptest.Server
	planted int
	mu      sync.Mutex
	seen    []planted
}

func plantInto(t *testing.T, dev *simdevice.Device, markup string) *front {
	t.Helper()
	f := &front{}
	to, err := url.Parse(dev.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Transport: &http.Transport{DialContext: dev.DialContext, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, // the device is in this process
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host // the device names the front in its redirects
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: func(r *http.Response) error { return f.plant(r, markup) },
	}
	f.server = httptest.NewTLSServer(proxy)
	t.Cleanup(f.server.Close)
	return f
}

var (
	secretFields = regexp.MustCompile(`(?is)name="(?:CHALLENGE|PK|Token|iToken)" value="([^"]+)"`)
	tokenInURL   = regexp.MustCompile(`Token=([0-9]{5,})`)
)

func (f *front) plant(r *http.Response, markup string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range r.Cookies() {
		f.saw("cookie "+c.Name, c.Value)
	}
	body, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		return err
	}
	text := string(body)
	for _, m := range append(secretFields.FindAllStringSubmatch(text, -1), tokenInURL.FindAllStringSubmatch(text, -1)...) {
		for line := range strings.Lines(html.UnescapeString(m[1])) {
			if !strings.HasPrefix(line, "-----") {
				f.saw("field", strings.TrimSpace(line))
			}
		}
	}
	if at := strings.LastIndex(text, "</body>"); at >= 0 && deviceInformation.MatchString(text) {
		f.planted++
		text = text[:at] + markup + text[at:]
		http.SetCookie(header(r.Header), &http.Cookie{Name: "xq", Value: "plantedcookie42", Path: "/"})
		r.Header.Set("X-Xq", "plantedheader42")
		f.seen = append(f.seen, planted{"header", []string{"plantedcookie42", "plantedheader42"}})
	}
	r.Body = io.NopCloser(strings.NewReader(text))
	r.Header.Set("Content-Length", strconv.Itoa(len(text)))
	r.ContentLength = int64(len(text))
	return nil
}

// deviceInformation is the page that things are planted into: nothing on it is
// gone to.
var deviceInformation = regexp.MustCompile(`<h2>(?:裝置資訊|Device Information|デバイス情報)</h2>`)

func (f *front) saw(what, text string) {
	if len(text) >= 8 { // a short one may be anything
		f.seen = append(f.seen, planted{what, []string{text}})
	}
}

// header lets http.SetCookie write into an answer.
type header http.Header

func (h header) Header() http.Header       { return http.Header(h) }
func (header) Write(b []byte) (int, error) { return len(b), nil }
func (header) WriteHeader(int)             {}

// searchBundle looks for texts in every file of a bundle, its name, and the
// bundle as it is: as they are, and as they may be written.
func searchBundle(t *testing.T, bundle []byte, secrets []planted) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{"the zip file": string(bundle)}
	for _, f := range z.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		texts[f.Name] = f.Name + f.Comment + string(f.Extra) + "\n" + string(data)
	}
	var marks []string
	for i, s := range secrets {
		for _, text := range s.search {
			for _, spelling := range spellings(text) {
				marks = append(marks, spelling, fmt.Sprintf("\x01leak%d\x01", i))
			}
		}
	}
	finder, found, failed := strings.NewReplacer(marks...), regexp.MustCompile("\x01leak([0-9]+)\x01"), map[string]bool{}
	for name, text := range texts {
		for how, view := range views(text) {
			for _, m := range found.FindAllStringSubmatch(finder.Replace(strings.ToLower(view)), -1) {
				i, _ := strconv.Atoi(m[1])
				if what := secrets[i].what; !failed[what] {
					failed[what] = true
					t.Errorf("%s, read %s, holds %s: %q", name, how, what, secrets[i].search)
				}
			}
		}
	}
}

// spellings are those of a text that cannot be undone, in small letters.
func spellings(s string) []string {
	var wide []byte
	for _, u := range utf16.Encode([]rune(s)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	all := []string{s, hex.EncodeToString([]byte(s)), string(wide)}
	for shift := range 3 { // of the bytes before it
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := e.EncodeToString(append(make([]byte, shift), s...))
			all = append(all, text[(shift*8+5)/6:len(text)-1])
		}
	}
	for i := range all {
		all[i] = strings.ToLower(all[i])
	}
	return all
}

var (
	percents  = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+`)
	jsEscapes = regexp.MustCompile(`\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|.)`)
)

// views are a text and what it says to those who undo its escapes.
func views(s string) map[string]string {
	all := map[string]string{"as it is": s, "as HTML": html.UnescapeString(s)}
	all["as JSON"] = jsEscapes.ReplaceAllStringFunc(s, func(e string) string {
		if n, err := strconv.ParseUint(e[2:], 16, 32); err == nil && len(e) > 2 {
			return string(rune(n))
		}
		return e[1:]
	})
	all["as JSON of HTML"] = html.UnescapeString(all["as JSON"])
	for how, text := range map[string]string{"as an address": all["as HTML"], "as an address in JSON": all["as JSON of HTML"]} {
		all[how] = percents.ReplaceAllStringFunc(strings.ReplaceAll(text, "+", " "), func(p string) string {
			out, err := url.PathUnescape(p)
			if err != nil {
				return p
			}
			return out
		})
	}
	return all
}
