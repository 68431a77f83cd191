package dx8795

//lint:file-ignore SA1019 The login of this family encrypts by PKCS #1 v1.5, as published.

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Every algorithm that the form offers can be made, with every hash.
func TestGenerate(t *testing.T) {
	d := New(Config{})
	d.Mu.Lock()
	now := time.Now()
	for _, a := range [][2]string{{"RSA", "1024"}, {"RSA", "2048"}, {"ECDSA", "P256"}, {"ECDSA", "P384"}, {"ECDSA", "P521"}} {
		for _, h := range []string{"SHA1", "SHA256", "SHA384", "SHA512"} {
			for _, csr := range []bool{false, true} {
				if a[1] == "2048" && h != "SHA256" {
					continue
				}
				d.generate(genRequest{name: a[1] + h, hash: h, alg: a[0], param: a[1], csr: csr, from: now, to: now.AddDate(1, 0, 0), subject: pkix.Name{CommonName: "x"}})
			}
		}
	}
	for d.busy() {
		d.Mu.Unlock()
		time.Sleep(50 * time.Millisecond)
		d.Mu.Lock()
	}
	for _, j := range d.jobs {
		if j.err != "" {
			t.Error(j.err)
		}
	}
	d.Mu.Unlock()
}

func TestViolations(t *testing.T) {
	d := New(Config{})
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	cl := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	get := func(p string) string {
		r, err := cl.Get(strings.TrimSuffix(d.URL(), "/") + p)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, _ := io.ReadAll(r.Body)
		return string(b)
	}
	if s := get("/"); !strings.Contains(s, "-----BEGIN PUBLIC KEY-----") || len(d.Violations()) != 0 {
		t.Error(d.Violations())
	}
	get("/rps/ckeylist.cgi?Flag=Init_Data")
	get("/login?USERNAME=a&PASSWORD=" + adminPassword)
	for _, v := range d.Violations() {
		t.Log(v)
	}
	if len(d.Violations()) != 3 {
		t.Error("violations not seen")
	}
}

func TestLogin(t *testing.T) {
	now := time.Now()
	d := New(Config{Now: func() time.Time { return now }})
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	cl := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	try := func(pw string) (int, string) {
		r, err := cl.Get(d.URL())
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(r.Body)
		r.Body.Close()
		v := url.Values{"USERNAME": {adminName}, "PASSWORD_T": {""}, "domainname": {"localhost"}}
		for _, m := range regexp.MustCompile(`(?s)type="hidden" name="(\w+)" id="\w+" value="([^"]*)"`).FindAllStringSubmatch(string(b), -1) {
			v.Set(m[1], m[2])
		}
		p, _ := pem.Decode([]byte(v.Get("PK")))
		pub, _ := x509.ParsePKIXPublicKey(p.Bytes)
		box, _ := rsa.EncryptPKCS1v15(rand.Reader, pub.(*rsa.PublicKey), []byte(pw+v.Get("CHALLENGE")))
		v.Set("PASSWORD", base64.StdEncoding.EncodeToString(box))
		r, err = cl.PostForm(d.URL()+"login", v)
		if err != nil {
			t.Fatal(err)
		}
		b, _ = io.ReadAll(r.Body)
		r.Body.Close()
		return r.StatusCode, string(b)
	}
	if code, s := try(adminPassword); code != 302 || d.OpenSessions() != 1 {
		t.Fatal(code, s)
	}
	now = now.Add(16 * time.Minute)
	if d.OpenSessions() != 0 || len(d.Violations()) != 0 {
		t.Error("session kept", d.Violations())
	}
	for i := range 3 {
		if code, s := try("wrong"); code != 200 || strings.Contains(s, "locked") != (i == 2) {
			t.Error(i, code)
		}
	}
	if code, _ := try(adminPassword); code != 200 {
		t.Error("not locked")
	}
	if n := len(d.Violations()); n != 3 {
		t.Error(d.Violations())
	}
	now = now.Add(11 * time.Minute)
	if code, _ := try(adminPassword); code != 302 {
		t.Error("still locked")
	}
}
