package dx8795

import (
	"crypto/x509/pkix"
	"testing"
	"testing/synctest"
	"time"
)

// Every algorithm that the form offers can be made, with every hash, as a key and as a
// request.
func TestGenerate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{})
		d.Mu.Lock()
		defer d.Mu.Unlock()
		now, asked := time.Now(), 0
		for _, a := range [][2]string{{"RSA", "1024"}, {"RSA", "2048"}, {"ECDSA", "P256"}, {"ECDSA", "P384"}, {"ECDSA", "P521"}} {
			for _, h := range []string{"SHA1", "SHA256", "SHA384", "SHA512"} {
				for _, csr := range []bool{false, true} {
					if a[1] == "2048" && h != "SHA256" {
						continue
					}
					d.generate(genRequest{name: a[1] + h, hash: h, alg: a[0], param: a[1], csr: csr, from: now, to: now.AddDate(1, 0, 0), subject: pkix.Name{CommonName: "x"}})
					asked++
				}
			}
		}
		for d.busy() {
			d.Mu.Unlock()
			time.Sleep(time.Second)
			d.Mu.Lock()
		}
		if len(d.jobs) != asked {
			t.Errorf("%d jobs, asked for %d", len(d.jobs), asked)
		}
		for _, j := range d.jobs {
			if j.err != "" {
				t.Error(j.err)
			}
		}
	})
}
