package advfleet

import (
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

func TestSessionExpires(t *testing.T) {
	t.Parallel()
	visit(t, "iradv-c255-frames", func(t *testing.T, d *Device, b *browser) {
		b.framesEnter(d)
		if d.OpenSessions() != 1 {
			t.Error("session not counted")
		}
		time.Sleep(21 * time.Minute)
		b.get("/rps/cnettop.cgi")
		b.has("session has expired")
		d.Close()
		if v := d.Violations(); len(v) != 0 {
			t.Errorf("%q", v)
		}
	})
}

func TestTwoWrites(t *testing.T) {
	t.Parallel()
	visit(t, "iradv-c255-frames", func(t *testing.T, d *Device, b *browser) {
		b.framesEnter(d)
		b.get("/rps/ckeygen.cgi?Flag=Init_Data&PageFlag=c_keynet.tpl")
		v := b.form()
		v.Set("KeyName", "k1")
		other := *b
		var wg sync.WaitGroup
		wg.Go(func() { b.post("/rps/ckeygen.cgi", v) })
		time.Sleep(d.model.genDelay / 2) // however long the second takes, the first is not over
		other.post("/rps/creboot.cgi", v)
		wg.Wait()
		if got := d.Violations(); len(got) == 0 || !strings.HasPrefix(got[0], "two writes at once") {
			t.Errorf("%q", got)
		}
	})
}

func TestGenerationRules(t *testing.T) {
	t.Parallel()
	visit(t, "iradv-c255-frames", testGenerationRules)
}

func testGenerationRules(t *testing.T, d *Device, _ *browser) {
	good := genReq{name: "n1", hash: "SHA256", alg: "RSA", size: "2048", from: "2026/01/02", to: "2026/01/02", country: "TW"}
	for want, change := range map[error]func(*genReq){
		errName: func(q *genReq) { q.name = "a b" }, errTaken: func(q *genReq) { q.name = "NetKey1" },
		errHash: func(q *genReq) { q.hash, q.size = "SHA384", "512" }, errDate: func(q *genReq) { q.to = "2026/01/01" },
		errCountry: func(q *genReq) { q.country = "Taiwan" }, errText: func(q *genReq) { q.city = "台北" },
	} {
		q := good
		change(&q)
		d.Mu.Lock()
		if err := d.check(&q); !errors.Is(err, want) {
			t.Errorf("%+v: %v, want %v", q, err, want)
		}
		d.Mu.Unlock()
	}
	for _, h := range []string{"SHA1", "SHA512"} {
		q := good
		q.hash = h
		if k, err := q.build(); err != nil {
			t.Errorf("%s: %v", h, err)
		} else if devicetest.Weak(k.priv) {
			t.Error("a new key is weak")
		}
	}
}

func TestCSRPages(t *testing.T) {
	t.Parallel()
	visit(t, "iradv-c255-frames", testFramesCSR)
	visit(t, "iradv-c3530iii", testScriptCSR)
}

func testFramesCSR(t *testing.T, d *Device, b *browser) {
	b.framesEnter(d)
	b.get("/rps/ckeygen.cgi?Flag=Init_Data&PageFlag=c_keycsr.tpl")
	v := b.form()
	v.Set("KeyName", "csr1")
	b.post("/rps/ckeygen.cgi", v)
	b.get(b.find(`href="(/rps/ckeygen.cgi\?Flag=Csr_Data&amp;KeyID=\d+)`))
	id := strings.TrimPrefix(b.at[strings.Index(b.at, "KeyID="):], "KeyID=")
	b.get("/rps/ckeygen.cgi?Flag=Csr_Data&KeyID=" + id)
	if p, _ := pem.Decode([]byte(b.body)); p == nil {
		t.Errorf("no request in %q", b.body)
	}
	b.get("/rps/ckeylist.cgi?Flag=Init_Data&PageFlag=c_keycert.tpl&KeyID=" + id)
	b.has("Register Certificate...")
	b.get("/rps/ckeylist.cgi?Flag=Init_Data&PageFlag=c_keycert.tpl&Reg=1&KeyID=" + id)
	b.has(`type="file"`)
	b.get("/rps/ctls.cgi?Flag=Init_Data&PageFlag=c_tls.tpl")
	v = b.form()
	v.Set("Flag", "Temp_Data")
	b.post("/rps/ctls.cgi", v)
	if strings.Contains(b.body, "csr1") {
		t.Error("a key without certificate is offered")
	}
}

func testScriptCSR(t *testing.T, d *Device, b *browser) {
	b.scriptEnter(d)
	b.get("/rps/cgenkey.cgi?Flag=Init_Data&PageFlag=c_gencsr.tpl")
	v := b.form()
	v.Set("KEY_NAME", "csr2")
	b.post("/rps/cgenkey.cgi", v)
	b.has("BEGIN CERTIFICATE REQUEST")
	b.get("/rps/ckeys.cgi?Flag=Init_Data&PageFlag=c_keycert.tpl&KeyID=" + b.find(`KeyID=(\d+)`))
	b.has("註冊憑證...")
	b.get("/rps/csigexp.cgi?Flag=Csv_Data")
	if len(b.body) < 500 {
		t.Error("no export")
	}
}
