package devicetest_test

import (
	"crypto/x509"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// Keys, certificates and requests are of the algorithm and hash that were asked for.
func TestCertificates(t *testing.T) {
	t.Parallel()
	subject := devicetest.Subject("TW", "", "Taipei", "Example", "", "printer.example")
	now := time.Now()
	for _, c := range []struct {
		algorithm, is, hash string
		signature           x509.SignatureAlgorithm
	}{
		{"RSA 2048", "RSA 2048", "SHA256", x509.SHA256WithRSA}, {"1024", "RSA 1024", "SHA512", x509.SHA512WithRSA},
		{"RSA 2048", "RSA 2048", "SHA1", x509.SHA1WithRSA}, {"2048", "RSA 2048", "SHA384", x509.SHA384WithRSA},
		{"ECDSA P256", "ECDSA P256", "SHA256", x509.ECDSAWithSHA256}, {"P384", "ECDSA P384", "SHA384", x509.ECDSAWithSHA384},
		{"P521", "ECDSA P521", "SHA512", x509.ECDSAWithSHA512}, {"P521", "ECDSA P521", "", x509.ECDSAWithSHA256},
	} {
		k, err := devicetest.NewKey(c.algorithm)
		if err != nil {
			t.Fatal(err)
		}
		if devicetest.Algorithm(k) != c.is || devicetest.Weak(k) {
			t.Errorf("%s made %s, weak: %v", c.algorithm, devicetest.Algorithm(k), devicetest.Weak(k))
		}
		cert, err := devicetest.ReadCertificate(devicetest.Must(devicetest.SelfSigned(k, c.hash, devicetest.Usual(subject, now, now.AddDate(1, 0, 0)))))
		if err != nil {
			t.Fatal(err)
		}
		if cert.SignatureAlgorithm != c.signature || cert.Subject.String() != "CN=printer.example,O=Example,L=Taipei,C=TW" || cert.Issuer.String() != cert.Subject.String() || cert.SerialNumber.Sign() <= 0 || !devicetest.SamePublic(k, cert) {
			t.Errorf("%s with %s: %v of %v, no. %v", c.algorithm, c.hash, cert.SignatureAlgorithm, cert.Subject, cert.SerialNumber)
		}
		request, err := x509.ParseCertificateRequest(devicetest.Must(devicetest.Request(k, c.hash, subject)))
		if err != nil || request.SignatureAlgorithm != c.signature || request.Subject.String() != cert.Subject.String() {
			t.Errorf("%s with %s: %+v, %v", c.algorithm, c.hash, request, err)
		}
	}
	// Every algorithm that a form offers goes with every hash.
	for _, algorithm := range []string{"RSA 1024", "RSA 2048", "ECDSA P256", "ECDSA P384", "ECDSA P521"} {
		k := devicetest.Must(devicetest.NewKey(algorithm))
		for _, hash := range []string{"SHA1", "SHA256", "SHA384", "SHA512"} {
			if _, err := devicetest.SelfSigned(k, hash, devicetest.Usual(subject, now, now.AddDate(1, 0, 0))); err != nil {
				t.Errorf("a certificate of %s with %s: %v", algorithm, hash, err)
			}
			if _, err := devicetest.Request(k, hash, subject); err != nil {
				t.Errorf("a request of %s with %s: %v", algorithm, hash, err)
			}
		}
	}
	for _, no := range []string{"", "P192", "RSA"} {
		if _, err := devicetest.NewKey(no); err == nil {
			t.Errorf("%q makes a key", no)
		}
	}

	var flawed devicetest.WeakKeys
	weak, ca := flawed.Next(), devicetest.Strong(2048)
	der := devicetest.Must(devicetest.Issued(weak, "SHA256", devicetest.Usual(subject, now, now), devicetest.Usual(devicetest.Subject("", "", "", "", "", "CA"), now, now), ca))
	cert := devicetest.Must(x509.ParseCertificate(der))
	if !devicetest.Weak(weak) || devicetest.SamePublic(ca, cert) || !devicetest.SamePublic(weak, cert) || cert.Issuer.CommonName != "CA" {
		t.Errorf("issued by %v, weak: %v", cert.Issuer, devicetest.Weak(weak))
	}
}

// Work is done without the lock, and what follows with it, when the time is over.
func TestInBackground(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b devicetest.Base
		began, order := time.Now(), []string(nil)
		for _, c := range []struct{ least, work, want time.Duration }{{time.Second, time.Millisecond, time.Second}, {time.Second, time.Minute, time.Minute}} {
			unlock := b.Lock()
			b.InBackground(c.least, func() {
				time.Sleep(c.work)
				defer b.Lock()()
				order = append(order, "work")
			}, func() {
				if b.Mu.TryLock() {
					t.Error("the lock is not held")
				}
				order = append(order, "then")
				if took := time.Since(began); took != c.want {
					t.Errorf("it took %v, want %v", took, c.want)
				}
			})
			unlock()
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			began = time.Now()
		}
		if !slices.Equal(order, []string{"work", "then", "work", "then"}) {
			t.Errorf("%v", order)
		}
	})
}
