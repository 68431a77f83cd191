package devicetest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// A device comes back at the same port, once, with what its restart put in effect,
// and not at all once it is switched off.
func TestBase(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	conf := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	var b devicetest.Base
	says := "old"
	listen := func() error {
		now := says
		return b.Listen(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, now) }), conf)
	}
	gone := 0
	restart := devicetest.Restart{Down: 50 * time.Millisecond, Gone: func() { gone++ }, Back: func() { says += " new" }, Listen: listen}
	unlock := b.Lock()
	err = listen()
	unlock()
	if err != nil {
		t.Fatal(err)
	}
	url := b.URL()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	get := func() string {
		r, err := client.Get(url)
		if err != nil {
			return ""
		}
		defer r.Body.Close()
		text, _ := io.ReadAll(r.Body)
		return string(text)
	}
	if got := get(); got != "old" {
		t.Fatalf("%q", got)
	}
	unlock = b.Lock()
	b.Restart(restart)
	b.Restart(restart) // it is away already
	unlock()
	for end := time.Now().Add(time.Minute); b.Restarts() == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if got := get(); got != "old new" || b.URL() != url || b.Restarts() != 1 || gone != 1 {
		t.Errorf("%q at %s, %d restarts, gone %d times", got, b.URL(), b.Restarts(), gone)
	}
	b.Close()
	unlock = b.Lock()
	err = listen()
	unlock()
	if err == nil || get() != "" {
		t.Errorf("switched off, it listens: %v", err)
	}
}
