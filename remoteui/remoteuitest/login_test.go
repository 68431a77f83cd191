package remoteuitest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"testing"
)

// challengeAnswer fills in the RSA challenge form.
func (c *client) challengeAnswer(form []Field, password string) []Field {
	c.t.Helper()
	value := func(name string) string {
		i := slices.IndexFunc(form, func(f Field) bool { return f.Name == name })
		if i < 0 {
			c.t.Fatalf("no field %s in the login form", name)
		}
		return form[i].Value
	}
	block, _ := pem.Decode([]byte(value("PK")))
	if block == nil {
		c.t.Fatal("PK is not PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		c.t.Fatal(err)
	}
	//lint:ignore SA1019 it is what the login page uses
	cipher, err := rsa.EncryptPKCS1v15(rand.Reader, key.(*rsa.PublicKey), []byte(password+value("CHALLENGE")))
	if err != nil {
		c.t.Fatal(err)
	}
	form = with(form, Field{"PASSWORD", base64.StdEncoding.EncodeToString(cipher)})
	return append(form, Field{"USERNAME", c.d.cfg.ID}, Field{"PASSWORD_T", ""})
}

// A device that knows itself by another name sends clients there.
func TestRedirectHost(t *testing.T) {
	t.Parallel()
	d := newDevice(t, Config{RedirectHost: "null"})
	c := newClient(t, d)
	c.get("/")
	c.post(pathLogin, c.credentials(d.cfg.Password))
	if got := c.resp.Header.Get("Location"); got != "https://null:8443/" {
		t.Errorf("after the login to %q", got)
	}
	c.get("/")
	c.enter()
	c.logout()
}

func TestLoginKinds(t *testing.T) {
	t.Parallel()
	for _, kind := range []LoginKind{LoginDepartmentID, LoginUserName, LoginRSAChallenge, LoginNotNecessary} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			underSeeds(t, func(t *testing.T, seed uint64) {
				d := newDevice(t, Config{Seed: seed, Login: kind})
				c := newClient(t, d)
				c.login()
				c.toKeyList()
				c.logout()
			})
		})
	}
}
