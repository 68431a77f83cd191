package advfleet

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"html"
	"math/big"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
)

func (b *browser) wizardEnter(d *Device) {
	b.t.Helper()
	b.get("/")
	v := b.form()
	p, _ := pem.Decode([]byte(v.Get("PK")))
	pub, err := x509.ParsePKIXPublicKey(p.Bytes)
	if err != nil {
		b.t.Fatal(err)
	}
	//lint:ignore SA1019 it is what the login page uses
	c, _ := rsa.EncryptPKCS1v15(rand.Reader, pub.(*rsa.PublicKey), []byte(d.Credentials().Password+v.Get("CHALLENGE")))
	v.Set("USERNAME", d.Credentials().UserName)
	v.Set("PASSWORD", base64.StdEncoding.EncodeToString(c))
	b.post("/login", v)
	b.has("設定/登録")
	b.get("/usermode/")
	b.has("デバイス管理")
}

func (b *browser) wizardGenerate(kind, name string) {
	b.t.Helper()
	b.get("/rps/sec_genkey.cgi?Flag=Init_Data&PageFlag=c_gen1" + kind + ".tpl")
	v := b.form()
	v.Set("key_name", name)
	v.Set("key_alg", "RSA")
	b.post("/rps/sec_genkey.cgi", v)
	b.has("2/2")
	b.post("/rps/sec_genkey.cgi", b.form())
	for strings.Contains(b.body, `http-equiv="refresh"`) {
		time.Sleep(300 * time.Millisecond)
		b.get("/rps/sec_genkey.cgi?Flag=Init_Data&PageFlag=c_genwait.tpl")
	}
}

func TestWizard(t *testing.T) {
	t.Parallel()
	visit(t, "iradv-dx-c5840", testWizard)
}

func testWizard(t *testing.T, d *Device, b *browser) {
	old := served(t, d)
	b.wizardEnter(d)
	b.get("/rps/dinfo.cgi?CorePGTAG=13")
	b.has("<dt>コントローラー</dt><dd>18.05</dd>")
	b.wizardGenerate("net", "shin1")
	b.get("/rps/sec_key.cgi?Flag=Init_Data&PageFlag=c_keylist.tpl")
	id := b.find(`KeyID=(\d+)[^>]*>shin1`)
	for _, p := range []string{"nw_tls.cgi?PageFlag=c_tls.tpl", "nw_8021x.cgi?PageFlag=c_8021x.tpl", "nw_ipsec.cgi?PageFlag=c_ike.tpl&No=1", "nw_sip.cgi?PageFlag=c_sip.tpl"} {
		cgi, _, _ := strings.Cut(p, "?")
		b.get("/rps/" + p)
		v := b.form()
		v.Set("act", "key")
		b.post("/rps/"+cgi, v)
		row := b.find(`(?s)<tr><td>shin1</td>(.*?)</tr>`)
		b.body = row
		v = b.form()
		v.Set("act", "use")
		if v.Get("key_id") != id {
			t.Fatalf("key_id %q", v.Get("key_id"))
		}
		b.post("/rps/"+cgi, v)
		b.has("<dd>shin1</dd>")
		v = b.form()
		v.Set("act", "ok")
		b.post("/rps/"+cgi, v)
		b.has("設定の反映")
	}
	if served(t, d) != old {
		t.Error("TLS key changed before the restart")
	}
	b.get("/rps/restart.cgi?PageFlag=c_restart.tpl")
	b.post("/rps/restart.cgi", b.form())
	waitRestart(t, d, 1)
	if served(t, d) != state(t, d, "shin1").SPKI {
		t.Error("new key is not served")
	}
	wantUses(t, d, "shin1", "TLS", "IEEE 802.1X", "IPSec Kyoten-A", "SIP")
	b.wizardEnter(d)
	for _, k := range []string{"WebKey", "SipKey", "IpsecKey"} {
		b.get("/rps/sec_key.cgi?Flag=Init_Data&PageFlag=c_keylist.tpl")
		v := b.form()
		v.Set("KeyID", b.find(`KeyID=(\d+)[^>]*>`+k))
		b.post("/rps/sec_key.cgi", v)
		b.has("よろしいですか")
		b.post("/rps/sec_key.cgi", b.form())
	}
	finish(t, d, b, "WebKey", "SipKey", "IpsecKey")
}

func TestWizardCSR(t *testing.T) {
	t.Parallel()
	visit(t, "iradv-dx-c5840", testWizardCSR)
}

func testWizardCSR(t *testing.T, d *Device, b *browser) {
	b.wizardEnter(d)
	b.wizardGenerate("csr", "csr1")
	p, _ := pem.Decode([]byte(html.UnescapeString(b.find(`(?s)<textarea[^>]*>(.*?)</textarea>`))))
	req, err := x509.ParseCertificateRequest(p.Bytes)
	if err != nil || req.CheckSignature() != nil {
		t.Fatal(err)
	}
	ca := officeCA("Test CA", time.Now())
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(7), Subject: req.Subject, NotBefore: time.Now(), NotAfter: time.Now().AddDate(1, 0, 0)}, ca.cert, req.PublicKey, ca.priv)
	if err != nil {
		t.Fatal(err)
	}
	b.get("/rps/sec_key.cgi?Flag=Init_Data&PageFlag=c_keylist.tpl")
	b.has("鍵の証明書が存在しません。")
	id := b.find(`csr1 <img(?s:.*?)KeyID=(\d+)`)
	b.get("/rps/sec_cert.cgi?Flag=Init_Data&PageFlag=c_certreg.tpl&KeyID=" + id)
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for k, vs := range b.form() {
		_ = w.WriteField(k, vs[0])
	}
	f, _ := w.CreateFormFile("certfile", "c.cer")
	_, _ = f.Write(der)
	_ = w.Close()
	r, _ := http.NewRequest("POST", strings.TrimSuffix(d.URL(), "/")+"/rps/sec_cert.cgi", &buf)
	r.Header.Set("Content-Type", w.FormDataContentType())
	b.do(r)
	b.find(`KeyID=(\d+)[^>]*>csr1`)
	finish(t, d, b)
}

func TestPlainPortRedirects(t *testing.T) {
	t.Parallel()
	d := New("iradv-dx-c5840", Config{})
	run(t, d, nil) // a port of its own
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Get(d.PlainURL())
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Get("Location"); got != d.URL() {
		t.Errorf("Location %q", got)
	}
}
