package smallfleet

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"mime/multipart"
	"strings"
	"testing"
	"time"
)

// issue is a CA for one CSR.
func issue(t *testing.T, csr string) []byte {
	t.Helper()
	p, _ := pem.Decode([]byte(csr))
	if p == nil {
		t.Fatalf("no CSR: %s", csr)
	}
	r, err := x509.ParseCertificateRequest(p.Bytes)
	if err != nil || r.CheckSignature() != nil {
		t.Fatal("bad CSR", err)
	}
	ca, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	now := time.Now()
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true,
		NotBefore: now, NotAfter: now.AddDate(1, 0, 0), BasicConstraintsValid: true}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(77), Subject: r.Subject, NotBefore: now, NotAfter: now.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, r.PublicKey, ca)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (b *browser) upload(action, field string, data []byte) {
	b.t.Helper()
	var buf bytes.Buffer
	m := multipart.NewWriter(&buf)
	for k, vs := range b.form(action) {
		for _, v := range vs {
			_ = m.WriteField(k, v)
		}
	}
	w, _ := m.CreateFormFile(field, "new.cer")
	_, _ = w.Write(data)
	_ = m.Close()
	time.Sleep(b.wait)
	b.take(b.c.Post(strings.TrimSuffix(b.d.URL(), "/")+action, m.FormDataContentType(), &buf))
}

func TestCSR(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*browser) []string{
		"ir2425-en": func(b *browser) []string {
			b.send("/checkLogin.cgi", "i0014", "7654321", "i0016", "2425731")
			b.get("/m_device_keygen_csr_edit.html")
			b.send("/cgi/m_device_keygen_csr_edit.cgi", "i2601", "signed", "i2619", "mfp.example.com")
			b.want("BEGIN CERTIFICATE REQUEST")
			return []string{"/m_device_keycert_csr.cgi?no=4", "/m_device_keycert_reg_edit.html?no=4", "/cgi/m_device_keycert_reg_edit.cgi",
				"i2702", "/m_device_keycert_info.html?no=4"}
		},
		"irc3226-tw": func(b *browser) []string {
			b.send("/checkLogin.cgi", "i2101", "3226901")
			b.get("/k_gencsr_edit.html")
			b.send("/cgi/k_gencsr_edit.cgi", "i3401", "signed", "i3415", "mfp.example.com", "i3403", "2", "i3405", "P256")
			for strings.HasPrefix(b.path, "/k_wait") {
				time.Sleep(500 * time.Millisecond)
				b.get("/k_wait.html")
			}
			b.want("BEGIN CERTIFICATE REQUEST")
			return []string{"/k_csr.cgi?no=5", "/k_certreg_edit.html?no=5", "/cgi/k_certreg_edit.cgi", "i3802", "/k_info.html?no=5"}
		},
		"ir2630-ja": func(b *browser) []string {
			v := b.filled("/checkLogin.cgi", "i0012", "1", "i0014", "1000263", "i0016", "4630815")
			v.Del("i0017")
			b.post("/checkLogin.cgi", v)
			b.get("/c_keygen1_edit.html?type=1")
			b.send("/cgi/c_keygen1_edit.cgi", "i6501", "signed", "i6502", "3")
			b.send("/cgi/c_keygen2_edit.cgi", "i6527", "mfp.example.com")
			b.want("BEGIN CERTIFICATE REQUEST")
			return []string{"/c_csr.cgi?no=5", "/c_certreg_edit.html?no=5", "/cgi/c_certreg_edit.cgi", "i6602", "/c_keyinfo.html?no=5"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			visit(t, name, func(t *testing.T, b *browser) {
				p := do(b)
				der := issue(t, b.get(p[0]))
				b.get(p[1])
				b.upload(p[2], p[3], der)
				b.get(p[4])
				b.want("CN=Test CA")
				b.shut()
			})
		})
	}
}

// TestRefused tries what a generate page must refuse.
func TestRefused(t *testing.T) {
	t.Parallel()
	visit(t, "ir2425-en", testRefused)
}

func testRefused(t *testing.T, b *browser) {
	b.send("/checkLogin.cgi", "i0014", "7654321", "i0016", "2425731")
	ok := []string{"i2601", "k1", "i2606", "2026", "i2607", "1", "i2608", "2", "i2609", "2030", "i2610", "1", "i2611", "1"}
	for text, set := range map[string][]string{
		"alphanumeric": {"i2601", "a b"}, "already used": {"i2601", "mfpkey"}, "validity date": {"i2609", "2025"},
		"512 bit": {"i2604", "0", "i2602", "3"}, "Could not": {"i2604", "0"},
	} {
		b.get("/m_device_keygen_net_edit.html")
		b.send("/cgi/m_device_keygen_net_edit.cgi", append(append([]string{}, ok...), set...)...)
		b.want(text)
	}
	for _, n := range []string{"k1", "k2", "k3"} {
		b.get("/m_device_keygen_net_edit.html")
		b.send("/cgi/m_device_keygen_net_edit.cgi", append(append([]string{}, ok...), "i2601", n, "i2603", "1")...)
	}
	b.want("No more keys")
	b.shut()
}
