package simdevice

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"slices"
	"testing"
	"time"
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

func TestLoginExtras(t *testing.T) {
	t.Parallel()
	t.Run("expired password", func(t *testing.T) {
		t.Parallel()
		d := newDevice(t, Config{ExpiredPassword: true})
		c := newClient(t, d)
		c.get("/")
		c.post(pathLogin, c.credentials(d.cfg.Password))
		c.get("/")
		if form := c.form("sdl"); len(form) != 1 || form[0].Name != "conf" {
			t.Errorf("form %v", form)
		}
		c.get(pathRPS + cgiEntry)
		if !c.has(wCannotOpen) {
			t.Error("the question can be passed by")
		}
		c.post(pathPassword, []Field{{"conf", "no"}})
		c.get("/")
		c.enter()
		c.logout()
	})
	t.Run("one-time code", func(t *testing.T) {
		t.Parallel()
		d := newDevice(t, Config{OneTimeCode: true, Tolerate: []Invariant{InvariantNoOpenSession}})
		c := newClient(t, d)
		c.get("/")
		c.post(pathLogin, c.credentials(d.cfg.Password))
		c.get("/")
		if !c.has(wCode) {
			t.Errorf("no code asked:\n%s", c.body)
		}
		c.post(pathLogin, []Field{{d.lay.name("field.code"), "123456"}})
		if !c.has(wLoginRefused) {
			t.Error("a code was accepted")
		}
	})
	t.Run("destinations", func(t *testing.T) {
		t.Parallel()
		for _, kind := range []LoginKind{LoginDepartmentID, LoginUserName, LoginRSAChallenge} {
			d := newDevice(t, Config{Login: kind, LoginDestinations: []string{"EXAMPLE"}})
			c := newClient(t, d)
			c.get("/")
			domain := (&exchange{d: d, l: d.lay}).domainField()
			c.post(pathLogin, append(c.credentials(d.cfg.Password), Field{domain, "OTHER"}))
			if !c.has(wLoginRefused) {
				t.Errorf("%s: an unknown destination was accepted", kind)
			}
			c.post(pathLogin, append(c.credentials(d.cfg.Password), Field{domain, "EXAMPLE"}))
			if c.resp.StatusCode != http.StatusFound {
				t.Errorf("%s: status %d", kind, c.resp.StatusCode)
			}
			c.logout()
		}
	})
	t.Run("lockout ends", func(t *testing.T) {
		t.Parallel()
		now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
		d := newDevice(t, Config{MaxFailures: 1, LockoutTime: time.Minute, Now: func() time.Time { return now }})
		c := newClient(t, d)
		c.get("/")
		c.post(pathLogin, c.credentials("wrong"))
		c.post(pathLogin, c.credentials(d.cfg.Password))
		if !c.has(wLoginLocked) {
			t.Error("not locked")
		}
		now = now.Add(time.Minute)
		c.login()
		c.logout()
	})
	t.Run("one session at a time", func(t *testing.T) {
		t.Parallel()
		d := newDevice(t, Config{MaxSessions: 1})
		first, second := newClient(t, d), newClient(t, d)
		first.get("/")
		first.login()
		second.get("/")
		second.post(pathLogin, second.credentials(d.cfg.Password))
		if !second.has(wTooManySessions) {
			t.Error("a second session was let in")
		}
		first.logout()
		second.get("/")
		second.login()
		second.logout()
	})
	t.Run("challenge is used once", func(t *testing.T) {
		t.Parallel()
		d := newDevice(t, Config{Login: LoginRSAChallenge})
		c := newClient(t, d)
		c.get("/")
		form := c.credentials(d.cfg.Password)
		c.get("/") // another challenge
		c.post(pathLogin, form)
		if !c.has(wLoginRefused) {
			t.Error("a stale challenge was accepted")
		}
	})
}
