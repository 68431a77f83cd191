// Package refusal remembers credentials that were refused, by salted slow
// hashes: nothing of one in a form that could be read back.
package refusal

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// Iterations is OWASP's figure for PBKDF2 with HMAC-SHA-256. A short PIN can be
	// guessed all the same, so records stay as private as the password.
	Iterations = 600_000
	// MinIterations is what a record must have, MaxIterations what it may: a planted
	// one must not stop us for hours.
	MinIterations, MaxIterations = 200_000, 10_000_000

	saltBytes = 16
	kdfName   = "PBKDF2-HMAC-SHA256" // RFC 8018
)

// Record is one refused credential.
type Record struct {
	Time       time.Time `json:"time"`
	KDF        string    `json:"kdf"`
	Iterations int       `json:"iterations"`
	Salt       []byte    `json:"salt"`
	Hash       []byte    `json:"hash"`
	// Device is what refused it; a record without is of the host in whose folder
	// it lies.
	Device
}

// Device is what tells devices apart. Fields that are not known are empty.
type Device struct {
	Host string `json:"host,omitempty"` // as it was called
	Port string `json:"port,omitempty"`
	Addr string `json:"addr,omitempty"` // what was connected to: an IP address
	SPKI string `json:"spki,omitempty"` // of its certificate, hex SHA-256
}

// Same reports whether two may be the same device: it may be called by another
// name, or have another key by now. A key alone says little, for many devices
// may have been given one certificate.
func (d Device) Same(o Device) bool {
	if !agree(d.Port, o.Port) {
		return false
	}
	return d.Host == o.Host || d.SPKI != "" && d.SPKI == o.SPKI && agree(d.Addr, o.Addr)
}

func agree(a, b string) bool { return a == "" || b == "" || a == b }

// New seals a credential, whose parts are told apart.
func New(d Device, iterations int, parts ...string) (Record, error) {
	r := Record{Time: time.Now().UTC(), KDF: kdfName, Iterations: iterations, Salt: make([]byte, saltBytes), Device: d}
	rand.Read(r.Salt) // never fails
	var err error
	r.Hash, err = r.hash(parts)
	return r, err
}

// Check reports what is wrong with a record that was read.
func (r *Record) Check() error {
	switch {
	case r.KDF != kdfName:
		return fmt.Errorf("hash function %q: want %s", r.KDF, kdfName)
	case r.Iterations < MinIterations || r.Iterations > MaxIterations:
		return fmt.Errorf("%d iterations: want %d to %d", r.Iterations, MinIterations, MaxIterations)
	case len(r.Salt) < saltBytes || len(r.Hash) != sha256.Size:
		return errors.New("salt or hash is cut short")
	}
	return nil
}

// Of reports whether the record is of this credential.
func (r *Record) Of(parts ...string) (bool, error) {
	hash, err := r.hash(parts)
	return subtle.ConstantTimeCompare(hash, r.Hash) == 1, err
}

// hash covers every part with its length, so that no two credentials read the
// same, and the host that the record names.
func (r *Record) hash(parts []string) ([]byte, error) {
	var input []byte
	for _, part := range append([]string{r.Host}, parts...) {
		input = binary.AppendUvarint(input, uint64(len(part)))
		input = append(input, part...)
	}
	return known.of(input, r.Salt, r.Iterations)
}

// known are the hashes that this process has made: a run logs in several times
// with the same credential, and each hash takes a good part of a second. They are
// found by a hash with a key that nobody else has and that ends with the process,
// which has the credentials themselves all that time.
var known hashes

type hashes struct {
	mu   sync.Mutex
	key  []byte
	done map[string][]byte
}

func (h *hashes) of(input, salt []byte, iterations int) ([]byte, error) {
	const most = 1000
	h.mu.Lock()
	if h.done == nil || len(h.done) >= most {
		h.key, h.done = make([]byte, sha256.Size), make(map[string][]byte)
		rand.Read(h.key) // never fails
	}
	mac := hmac.New(sha256.New, h.key)
	_ = binary.Write(mac, binary.BigEndian, [2]uint64{uint64(iterations), uint64(len(salt))}) // a hash takes all
	mac.Write(salt)
	mac.Write(input)
	at := string(mac.Sum(nil))
	hash := h.done[at]
	h.mu.Unlock()
	if hash != nil {
		return slices.Clone(hash), nil
	}
	hash, err := pbkdf2.Key(sha256.New, string(input), salt, iterations, sha256.Size)
	if err == nil {
		h.mu.Lock()
		h.done[at] = slices.Clone(hash)
		h.mu.Unlock()
	}
	return hash, err
}

// List is what a process remembers. The zero value is empty.
type List struct {
	mu  sync.Mutex
	all []entry
}

type entry struct {
	Record
	there func() bool // whether the record is still to count; nil: always
}

// Add remembers one, as long as there reports that it counts; nil: for good.
func (l *List) Add(r Record, there func() bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, entry{r, there})
}

// Of returns what is remembered of a device, by its key: within a process, what
// has another key at the same address is another device.
func (l *List) Of(d Device) (all []Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.all[:0]
	for _, e := range l.all {
		if e.there != nil && !e.there() {
			continue
		}
		kept = append(kept, e)
		if e.Same(d) && agree(e.SPKI, d.SPKI) {
			all = append(all, e.Record)
		}
	}
	l.all = kept
	return all
}

// Process is what this process remembers, whatever is kept on disk.
var Process List
