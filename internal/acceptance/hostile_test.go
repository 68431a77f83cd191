package acceptance_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/internal/race"
)

// What docs/limits.md promises of one device: the memory of the whole process
// that assesses it, at its peak, and the time.
const (
	mostMemory = 256 << 20
	mostTime   = 2 * time.Minute
)

// childOutcome is what a child process reports of one device.
type childOutcome struct {
	Error   string
	Took    time.Duration
	Peak    int64 // bytes of resident memory; 0: the system does not tell
	Sys     int64 // bytes that the Go runtime has had of the system
	Notices []string
	Events  []string
}

// hostileCases are devices that misbehave once asked. want is what the error
// must speak of; empty: the device is assessed all the same.
func hostileCases() []hostileCase {
	return []hostileCase{
		{"endless body", "larger than", page("keys", endless("<p>x</p>"))},
		{"endless chunks of spaces", "larger than", page("portal", endless(" "))},
		{"slow drip", "no answer within", page("keys", drip)},
		{"silence", "no answer within", page("keys", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })},
		{"gzip bomb", "", page("keys", bomb)},
		{"deep nesting", "limit of depth", page("keys", hostile.Text(strings.Repeat("<div>", 1_000_000)))},
		{"a million forms", "limit of nodes", page("keys", hostile.Text(strings.Repeat("<form></form>", 600_000)))},
		{"a million inputs", "limit of nodes", page("keys", hostile.Text(strings.Repeat("<input>", 1_000_000)))},
		{"keys without end", "more than 100 keys", page("keys", hostile.Text(manyKeys(20_000)))},
		{"script that loops", "script time", page("keys", script(`for (;;) try { for (;;); } catch (e) {}`))},
		{"script that allocates", "script", page("keys", script(`var a = []; for (;;) a.push("x".repeat(1e5) + a.length)`))},
		{"script that recurses", "not found", page("keys", script(`(function f() { f() })()`))},
		{"script that throws", "not found", page("keys", script(`throw "\u202e\x1b[2J" + "x".repeat(1e6)`))},
		{"deaf built-in", "left behind", page("keys", script(`new Array(1e8).join("xxxx")`))},
		{"timers without end", "not found", page("keys", script(`function t() { setTimeout(t, 0) } t(); setInterval(t, 1)`))},
		{"script files without end", "not found", both(page("keys", hostile.Text(hostile.Frame("keys", manyScripts(30_000)))), "file", hostile.Text("1"))},
		{"slow script files", "loading one page", both(page("keys", hostile.Text(hostile.Frame("keys", manyScripts(90)))), "file", slowly(1900*time.Millisecond))},
		{"megabyte label", "not found", page("keys", hostile.Text(hostile.Frame("keys", "<table><tr><th>"+strings.Repeat("Key Name ", 100_000)+"<tr><td>x</table>")))},
		{"megabyte name", "more than", page("keys", hostile.Text(hostile.Frame("keys", "<table><tr><th>Key Name<th>Key Usage<tr><td>"+strings.Repeat("x", 4<<20)+"<td>TLS</table>")))},
		{"megabytes on every details page", "", details(20, strings.Repeat("x", 7<<20))},
		{"frames with much script memory", "", framed(8, `<script>var a = []; try { for (var i = 0; i < 500; i++) a.push("x".repeat(1e5) + i) } catch (e) {}</script>`)},
		{"frames of many inputs", "limit of nodes", framed(8, strings.Repeat("<input name=a>", 190_000))},
		{"frames of much text", "limit of bytes", framed(8, strings.Repeat("x ", 3_500_000))},
		{"frames of much of all", "", framed(8, strings.Repeat("<input name=a>", 17_000)+`<p title="`+strings.Repeat("y", 500_000)+`"><script>var a = []; try { for (var i = 0; i < 500; i++) a.push("x".repeat(1e5) + i) } catch (e) {}</script>`)},
		{"attributes of one tag", "limit of attributes", page("keys", hostile.Text(hostile.Frame("keys", "<p "+many(200_000, "a%d ")+">")))},
		{"radio buttons of one name", "not found", page("keys", hostile.Text(hostile.Frame("keys", "<form>"+many(20_000, "<input type=radio name=a value=%d>")+"</form>")))},
		{"usage cell of many words", "", page("keys", hostile.Text(hostile.Frame("keys", "<table><tr><th>Key Name<th>Key Usage<tr><td>Default Key<td>-<tr><td>EastWing<td>"+strings.Repeat("TLS ", 4000)+"</table>")))},
		{"huge key in the login form", "larger than", page("form", hostile.Text(keyForm(1_000_000)))},
		{"redirects in circles", "redirects do not end", page("keys", redirect("/p/keys?"))},
		{"refreshes in circles", "without end", page("keys", forward)},
		{"redirect to another host", "another host", page("keys", redirect("https://192.0.2.1/"))},
		{"redirect to plain HTTP", "plain HTTP", page("keys", redirect("http://127.0.0.1/"))},
		{"header flood", "header", page("keys", headers(20_000))},
		{"cookies without end", "180 cookies", cookies()},
		{"huge cookie", "", page("detail", hugeCookie)},
		{"continuations without end", "headers exceeded", page("keys", continues)},
		{"length that is a lie", "unexpected EOF", page("keys", raw("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 999999999999\r\n\r\n<p>"))},
		{"negative length", "Content-Length", page("keys", raw("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n<p>"))},
		{"chunks that are garbage", "chunk", page("keys", raw("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\x1b[2J"))},
		{"no HTTP", "malformed", page("keys", raw("SSH-2.0-\x1b[2J\r\n"))},
		{"no text", "not found", page("keys", hostile.Text(strings.Repeat("\xff\x00\xfe", 1<<20)))},
		{"certificate of many names", "", &hostile.Device{Certificate: manyNames(8_000)}},
		{"certificate of megabytes", "handshake", &hostile.Device{Certificate: manyNames(150_000)}},
		{"handshake without end", "no Remote UI", &hostile.Device{Listener: babble}},
		{"login form without end", "larger than", page("form", endless("<input>"))},
		{"login that leads on without end", "redirects do not end", page("login", redirect("/login?"))},
		{"password in the address", "address", page("form", hostile.Text(`<form action=/login method=get><input name=deptid><input name=password></form>`))},
	}
}

type hostileCase struct {
	name, want string
	dev        *hostile.Device
}

// timeout bounds each request, and with it the loading of a page. Where a
// script's work has to end that first, a busy machine is given the time for it.
func (c hostileCase) timeout() time.Duration {
	if strings.Contains(c.want, "script") || c.want == "left behind" {
		return 25 * time.Second // for a page four times that: 5 s of a processor that twenty share
	}
	return 2 * time.Second
}

// Every hostile device is assessed in a process of its own: what it takes is
// bounded, and the error says what is wrong.
func TestHostileDevices(t *testing.T) {
	if race.Enabled || testing.Short() {
		t.Skip("what is measured here says nothing under the race detector, and takes minutes")
	}
	t.Parallel() // half of them wait, and the measures are those of their processes
	for _, c := range hostileCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			if keys := c.dev.Pages["keys"]; keys != nil {
				c.dev.Pages["keys"] = func(w http.ResponseWriter, r *http.Request) {
					asked.Add(1)
					keys(w, r)
				}
			}
			c.dev.Start()
			defer c.dev.Close()
			out := assessInChild(t, c.dev, c.timeout())
			t.Logf("| %s | %.1f s | %d MiB | %s |", c.name, out.Took.Seconds(), out.Peak>>20, cmp.Or(strings.ReplaceAll(out.Error, "|", `\|`), "-"))
			switch {
			case c.want == "" && out.Error != "":
				t.Errorf("failed: %s", out.Error)
			case c.want != "" && !strings.Contains(out.Error, c.want):
				t.Errorf("error %q: want %q", out.Error, c.want)
			}
			for _, text := range append(append(out.Notices, out.Events...), out.Error) {
				if r, bad := hostile.Unsafe(text); bad || len(text) > 4000 {
					t.Errorf("%U in a text of %d bytes: %.300q", r, len(text), text)
				}
			}
			if out.Took > mostTime || out.Peak > mostMemory {
				t.Errorf("took %v and %d MiB", out.Took, out.Peak>>20)
			}
			// Once more, twice at most, where the device may have forgotten the session.
			if n := c.dev.Passwords.Load(); n > 3 {
				t.Errorf("the password was sent %d times", n)
			}
			if n := asked.Load(); n > 1 && strings.Contains(out.Error, "limit of") {
				t.Errorf("a page that takes too much was asked for %d times", n)
			}
			if n := c.dev.Writes.Load(); n > 0 {
				t.Errorf("%d requests to change something", n)
			}
			if n := c.dev.Sessions.Load(); n > 0 {
				t.Errorf("%d sessions left open", n)
			}
			if left := strings.Contains(strings.Join(out.Notices, "\n"), "left behind"); left != strings.Contains(c.want, "left behind") {
				t.Errorf("left behind: %t; notices %q, events %q", left, out.Notices, out.Events)
			}
		})
	}
}

const (
	childURL     = "REKEY_TEST_HOSTILE_URL"
	childTimeout = "REKEY_TEST_HOSTILE_TIMEOUT" // of a request
)

func assessInChild(t *testing.T, dev *hostile.Device, timeout time.Duration) (out childOutcome) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestHostileChild$", "-test.v")
	cmd.Env = append(os.Environ(), childURL+"="+dev.URL(), childTimeout+"="+timeout.String(), "GOGC=100")
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("child: %v\n%.2000s", err, b)
	}
	for line := range bytes.Lines(b) {
		if rest, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("outcome ")); ok {
			if err := json.Unmarshal(rest, &out); err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
	t.Fatalf("child said nothing:\n%.2000s", b)
	return out
}

// TestHostileChild is what the children run.
func TestHostileChild(t *testing.T) {
	url := os.Getenv(childURL)
	if url == "" {
		t.Skip("it is for TestHostileDevices, which sets " + childURL)
	}
	timeout, err := time.ParseDuration(os.Getenv(childTimeout))
	if err != nil {
		t.Fatal(err)
	}
	var out childOutcome
	d := rekey.Device{
		URL: url, DepartmentID: hostile.DepartmentID, Password: rekey.NewSecret(hostile.Password), TrustOnFirstUse: true, TLSPorts: []int{},
	}
	o := &rekey.Options{Timeouts: rekey.Timeouts{Request: timeout}, OnEvent: func(e rekey.Event) { out.Events = append(out.Events, e.Text) }}
	begun := time.Now()
	a, err := rekey.Assess(context.Background(), d, o)
	out.Took = time.Since(begun)
	if err != nil {
		out.Error = err.Error()
	}
	if a != nil {
		out.Notices = a.Notices
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	out.Sys, out.Peak = int64(m.Sys), peak()
	b, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\noutcome %s\n", b)
}

// peak is the most memory that this process ever had, as Linux tells it.
func peak() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10
		}
	}
	return 0
}

// framed is a device whose portal is a set of frames, all of them the same.
func framed(n int, body string) *hostile.Device {
	return &hostile.Device{Pages: map[string]http.HandlerFunc{
		"portal": hostile.Text(`<html><head><title>Remote UI</title></head><frameset cols="10%,*">` + many(n, `<frame name="f%d" src="/fr%d">`) + `</frameset></html>`),
		"file":   hostile.Text(hostile.Frame("portal", body)),
	}}
}

// many is a pattern n times, %d in it the number.
func many(n int, pattern string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(pattern, "%d", strconv.Itoa(i)))
	}
	return b.String()
}

// keyForm is a login form with an RSA key of so many bits, to encrypt the
// password to.
func keyForm(bits int) string {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537})
	if err != nil {
		panic(err)
	}
	return `<html><body><form name=l action=/login method=post><input name=CHALLENGE type=hidden value=abc><input type=hidden name=PK value="` +
		base64.StdEncoding.EncodeToString(der) + `"><input name=USERNAME><input name=PASSWORD_T type=password><input type=hidden name=PASSWORD></form></body></html>`
}

func page(name string, h http.HandlerFunc) *hostile.Device {
	return &hostile.Device{Pages: map[string]http.HandlerFunc{name: h}}
}

func both(d *hostile.Device, name string, h http.HandlerFunc) *hostile.Device {
	d.Pages[name] = h
	return d
}

func script(code string) http.HandlerFunc {
	return hostile.Text(hostile.Frame("keys", "<script>"+code+"</script>"))
}

func endless(piece string) http.HandlerFunc {
	block := []byte(strings.Repeat(piece, 10_000))
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		for r.Context().Err() == nil {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
}

func drip(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
			if _, err := w.Write([]byte("x")); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
		}
	}
}

// slowly answers a script file, in time but late.
func slowly(delay time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(delay):
			fmt.Fprint(w, "1")
		case <-r.Context().Done():
		}
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	b.WriteString("<table><tr><th>Key Name<th>Key Usage")
	for i := range n {
		fmt.Fprintf(&b, "<tr><td><a href=/p/detail>k%d</a><td>TLS", i)
	}
	return hostile.Frame("keys", b.String()+"</table>")
}

func manyScripts(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<script src=/s%d.js></script>", i)
	}
	return b.String()
}

// details is a device of many keys with the same large page for each.
func details(n int, value string) *hostile.Device {
	d := page("detail", hostile.Text(hostile.Frame("detail", "<table><tr><th>Public Key<td>RSA 2048 bit<tr><th>Issuer<td>"+value+"</table>")))
	for i := range n {
		d.Keys = append(d.Keys, fmt.Sprintf("key%d", i))
	}
	return d
}

// circling tells addresses apart that lead in circles.
var circling atomic.Int64

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		target := to
		if strings.HasSuffix(to, "?") {
			target += strconv.FormatInt(circling.Add(1), 10)
		}
		http.Redirect(w, r, target, http.StatusFound)
	}
}

func forward(w http.ResponseWriter, r *http.Request) {
	hostile.Text(fmt.Sprintf(`<script>location.replace("/p/keys?%d")</script>`, circling.Add(1)))(w, r)
}

func headers(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := range n {
			w.Header().Add("X-Flood", strconv.Itoa(i))
		}
		fmt.Fprint(w, "x")
	}
}

// cookies sets hundreds with every answer once the password was accepted.
func cookies() *hostile.Device {
	d := &hostile.Device{}
	n := 0
	d.Any = func(w http.ResponseWriter, r *http.Request) bool {
		if _, err := r.Cookie("session"); err != nil {
			return false
		}
		for range 300 {
			n++
			http.SetCookie(w, &http.Cookie{Name: fmt.Sprint("c", n), Value: strings.Repeat("x", 100)})
		}
		if size := len(r.Header.Get("Cookie")); size > 1<<20 {
			http.Error(w, "too many cookies came back", http.StatusBadRequest)
			return true
		}
		return false
	}
	return d
}

func hugeCookie(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Set-Cookie", "huge="+strings.Repeat("x", 40<<10)+"; Path=/")
	if c, err := r.Cookie("huge"); err == nil {
		http.Error(w, fmt.Sprintf("a cookie of %d bytes came back", len(c.Value)), http.StatusBadRequest)
		return
	}
	hostile.Text(hostile.Frame("detail", "<table><tr><th>Public Key<td>RSA 2048 bit</table>"))(w, r)
}

func continues(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		w.WriteHeader(http.StatusEarlyHints)
	}
}

// raw answers by hand and hangs up.
func raw(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer c.Close()
		_, _ = c.Write([]byte(text))
	}
}

// bomb is a megabyte that says it is a gigabyte, packed; nobody asked for that.
func bomb(w http.ResponseWriter, r *http.Request) {
	if enc := r.Header.Get("Accept-Encoding"); strings.Contains(enc, "gzip") {
		http.Error(w, "gzip was offered", http.StatusBadRequest)
		return
	}
	hostile.Text(manyKeys(1))(w, r)
}

func manyNames(n int) *tls.Certificate {
	tmpl := &x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}}
	for i := range n {
		tmpl.DNSNames = append(tmpl.DNSNames, fmt.Sprintf("host-%d.example", i))
	}
	c := hostile.Certificate(tmpl)
	return &c
}

// babbler answers a handshake with records without end.
type babbler struct{ net.Listener }

func babble(l net.Listener) net.Listener { return babbler{l} }

func (b babbler) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		go func() {
			defer c.Close()
			// Handshake records with an empty HelloRequest each (RFC 5246, 7.4.1.1).
			records := bytes.Repeat([]byte{22, 3, 3, 0, 4, 0, 0, 0, 0}, 1000)
			for {
				if _, err := c.Write(records); err != nil {
					return
				}
			}
		}()
	}
}
