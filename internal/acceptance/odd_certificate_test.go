package acceptance_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

// A device whose certificate Go refuses is assessed by a pin of its key, and by that
// alone; its certificate is what it is, to the octet.
func TestOddCertificate(t *testing.T) {
	t.Parallel()
	cfg := simdevice.Config{Seed: 3}
	dev := start(t, cfg)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	underscore := []byte{0x30, 16, 0x31, 14, 0x30, 12, 6, 3, 0x55, 4, 3, 0x13, 5, 'm', 'f', 'p', '_', '7'} // a PrintableString may have none
	template := &x509.Certificate{SerialNumber: big.NewInt(7), RawSubject: underscore, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	front := newImpostor(t, dev, key)
	front.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, nil
	}
	d := access(dev, cfg)
	d.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, front.Listener.Addr().String())
	}
	o := options(t)
	var mu sync.Mutex
	said := ""
	o.OnEvent = func(e rekey.Event) {
		mu.Lock()
		defer mu.Unlock()
		said += e.Text + "\n"
	}

	d.TrustOnFirstUse, d.Pins = true, nil
	_, err = rekey.Assess(bounded(t), d, o)
	pin := remoteui.SPKIHash(sha256.Sum256(spki))
	if refused, ok := errors.AsType[*remoteui.IdentityError](err); !ok || refused.Got != pin || !strings.Contains(err.Error(), "only a pin can vouch for it") {
		t.Errorf("at first use: %v", err)
	}
	if front.passwords.Load() > 0 {
		t.Error("it got the password")
	}

	d.TrustOnFirstUse, d.Pins = false, []remoteui.SPKIHash{pin}
	a, err := rekey.Assess(bounded(t), d, o)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Served, der) || len(a.Keys) == 0 {
		t.Errorf("served %d octets, %d keys", len(a.Served), len(a.Keys))
	}
	if !strings.Contains(said, "known by its public key alone") {
		t.Errorf("not said: %s", said)
	}
}
