package pki_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/simdevice/internal/pki"
)

// That crypto/rsa works with close primes as long as it does not see them is
// not documented. The simulated device depends on it, so it is held here.
func TestWeakKeySigns(t *testing.T) {
	t.Parallel()
	digest := sha256.Sum256([]byte("rekey"))
	for _, bits := range []int{1024, 2048, 4096} {
		key := mustRSA(t, pki.NewPool(1), bits, true)
		sig, err := key.Sign(nil, digest[:], crypto.SHA256)
		if err != nil {
			t.Fatalf("%d bits, PKCS #1 v1.5: %v", bits, err)
		}
		if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], sig); err != nil {
			t.Errorf("%d bits, PKCS #1 v1.5: %v", bits, err)
		}
		opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		sig, err = key.Sign(bytes.NewReader(make([]byte, 32)), digest[:], opts)
		if err != nil {
			t.Fatalf("%d bits, PSS: %v", bits, err)
		}
		if err := rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest[:], sig, opts); err != nil {
			t.Errorf("%d bits, PSS: %v", bits, err)
		}
	}
}

func TestWeakKeyServesTLS(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, bits := range []int{1024, 2048} {
			t.Run(fmt.Sprintf("%s/%d", tls.VersionName(version), bits), func(t *testing.T) {
				t.Parallel()
				key := mustRSA(t, pki.NewPool(2), bits, true)
				cert := selfSigned(t, key)
				served := handshake(t, cert, key, version)
				if !key.PublicKey.Equal(served.PublicKey) {
					t.Error("the client saw another key")
				}
			})
		}
	}
}

// Close primes in the key are what crypto/rsa refuses. Were that to change,
// the special shape of weak keys would have lost its reason.
func TestWeakKeyWithPrimesIsRefused(t *testing.T) {
	t.Parallel()
	p, q, err := pki.ClosePrimes(rand.New(rand.NewPCG(1, 1)), 1024)
	if err != nil {
		t.Fatal(err)
	}
	key, err := pki.WeakRSA(rand.New(rand.NewPCG(1, 1)), 1024)
	if err != nil {
		t.Fatal(err)
	}
	key.Primes = []*big.Int{p, q}
	digest := sha256.Sum256(nil)
	if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err == nil {
		t.Error("crypto/rsa signs with close primes: keep them in the key")
	}
}

// 512 bits, which the device's form offers, are made but not usable by
// crypto/rsa without GODEBUG=rsa1024min=0.
func TestKeysOf512BitsDoNotSign(t *testing.T) {
	t.Parallel()
	digest := sha256.Sum256(nil)
	for _, weak := range []bool{true, false} {
		key := mustRSA(t, pki.NewPool(1), 512, weak)
		_, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		if err == nil || !strings.Contains(err.Error(), "512-bit keys are insecure") {
			t.Errorf("weak=%t: got %v, want the refusal of crypto/rsa", weak, err)
		}
	}
}

func selfSigned(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "192.0.2.7"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(time.Hour),
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// handshake runs TLS in memory and returns the certificate that the client saw.
func handshake(t *testing.T, der []byte, key crypto.Signer, version uint16) *x509.Certificate {
	t.Helper()
	clientEnd, serverEnd := net.Pipe()
	defer clientEnd.Close()
	server := tls.Server(serverEnd, &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		MinVersion:   version,
		MaxVersion:   version,
	})
	done := make(chan error, 1)
	go func() {
		defer server.Close()
		_, err := io.WriteString(server, "hello")
		done <- err
	}()
	client := tls.Client(clientEnd, &tls.Config{InsecureSkipVerify: true})
	if _, err := io.ReadFull(client, make([]byte, len("hello"))); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return client.ConnectionState().PeerCertificates[0]
}
