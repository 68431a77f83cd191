// Package devicetest is what the stand-ins for devices below internal/strangers
// have in common: how tests see them, their port and its restarts, and their weak
// keys. What a device shows, and in which order it is asked, is its own.
package devicetest

import (
	"cmp"
	"context"
	"crypto/rsa"
	"math/big"
	"net"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/weaktest"
)

// Device is a stand-in as tests see it.
type Device interface {
	Start() error
	Close()
	URL() string
	// InMemory keeps it off the network, before it is started; DialContext reaches it then.
	InMemory()
	DialContext(ctx context.Context, network, addr string) (net.Conn, error)
	// Credentials are what an administrator types at the login page.
	Credentials() Credentials
	// Keys are those of the key store, with what they are in effect for.
	Keys() []KeyState
	// OpenSessions counts who is logged in.
	OpenSessions() int
	// Violations are what no person with a browser would have done, or what harms.
	Violations() []string
}

// Config is what tests choose of most stand-ins.
type Config struct {
	Now         func() time.Time // the device's clock; nil: time.Now
	RestartTime time.Duration    // how long a restart takes; zero: 700 ms
}

// OrDefault puts in what the zero values stand for.
func (c Config) OrDefault() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	c.RestartTime = cmp.Or(c.RestartTime, 700*time.Millisecond)
	return c
}

// Credentials are a user name or a department ID, and the password.
type Credentials struct{ UserName, DepartmentID, Password string }

// KeyState is one key as the device itself knows it.
type KeyState struct {
	Name, Algorithm string
	Weak            bool
	Uses            []string
	HasCertificate  bool
	Certificate     []byte // DER
	SPKI            string // hex SHA-256; empty: see Certificate
}

// WeakKeys hands out keys as the flawed library made them, the second prime the
// next after the first: another one each time. They are made once in a process,
// for all devices: looking for primes is slow. The zero value is ready.
type WeakKeys struct{ given int }

// Next returns a key of 2,048 bits. It has no primes: crypto/rsa refuses to use a
// pair that is so close.
func (w *WeakKeys) Next() *rsa.PrivateKey {
	w.given++
	return weakKey(w.given - 1)
}

var weak struct {
	sync.Mutex
	keys []*rsa.PrivateKey
}

func weakKey(i int) *rsa.PrivateKey {
	weak.Lock()
	defer weak.Unlock()
	for n := uint64(len(weak.keys)); len(weak.keys) <= i; n += 1000 {
		pair := weaktest.Consecutive(weaktest.Rand(n), 2048)
		one, e := big.NewInt(1), big.NewInt(65537)
		phi := new(big.Int).Mul(new(big.Int).Sub(pair.P, one), new(big.Int).Sub(pair.Q, one))
		if d := new(big.Int).ModInverse(e, phi); d != nil && pair.N().BitLen() == 2048 {
			weak.keys = append(weak.keys, &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: pair.N(), E: 65537}, D: d})
		}
	}
	return weak.keys[i]
}
