package advfleet

import (
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/weaktest"
)

// listen serves with the key that is effective at this moment. Caller holds Mu.
func (d *Device) listen() error {
	k := d.key(d.live.tls)
	return d.Listen(http.HandlerFunc(d.handle), &tls.Config{
		Certificates: []tls.Certificate{{Certificate: k.chain(), PrivateKey: weaktest.Signer(k.priv)}},
		MinVersion:   tls.VersionTLS12,
		MaxVersion:   d.model.maxTLS,
		NextProtos:   []string{"http/1.1"}, // no HTTP/2 on these machines
	})
}

// restart answers the current request first, then drops everything. Caller holds Mu.
func (d *Device) restart() {
	d.Restart(devicetest.Restart{
		Answer: 40 * time.Millisecond, Down: d.cfg.Down,
		Gone: func() {
			d.sessions = map[string]*session{}
			d.challenge = map[string]bool{}
			d.live = d.set.clone()
			d.changed = false
		},
		Listen: d.listen,
	})
}

// redirect is the plain port of a device that has TLS on for its pages.
func (d *Device) redirect(w http.ResponseWriter, r *http.Request) { d.model.plain(w, r) }

func (d *Device) handle(w http.ResponseWriter, r *http.Request) {
	write := r.Method == http.MethodPost && r.URL.Path != "/login"
	overlap := write && d.writes.Add(1) > 1
	if write {
		defer d.writes.Add(-1)
	}
	if err := parse(r); err != nil {
		http.Error(w, "Bad Request", http.StatusBadRequest)
		return
	}
	d.Mu.Lock()
	defer d.Mu.Unlock()
	if write && (overlap || d.generating) {
		d.Violate("two writes at once: %s", r.URL.Path)
	}
	c := &ctx{d: d, w: w, r: r}
	h := w.Header()
	h.Set("Server", d.model.server)
	h.Set("Cache-Control", "no-cache,no-store,max-age=0")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "Thu, 01 Jan 1970 00:00:00 GMT")
	h.Set("Connection", "Keep-Alive")
	h.Set("Keep-Alive", "timeout=30")
	h.Set("Content-Type", "text/html;charset=UTF-8")
	c.s = d.session(r)
	if strings.HasSuffix(r.URL.Path, ".gif") {
		h.Set("Content-Type", "image/gif")
		_, _ = w.Write(dot)
		return
	}
	if r.URL.Path == "/favicon.ico" {
		http.NotFound(w, r)
		return
	}
	d.model.serve(c)
}

func parse(r *http.Request) error {
	if err := r.ParseMultipartForm(1 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return err
	}
	return r.ParseForm()
}

// dot is a transparent picture, for icons that only their alt text tells apart.
var dot = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
