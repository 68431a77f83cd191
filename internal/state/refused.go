package state

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey/remoteui"
)

const (
	refusedPrefix = "refused-"
	maxRefused    = 64 // per device: each costs a slow hash at every login

	// OWASP's figure for PBKDF2 with HMAC-SHA-256. A short PIN can be guessed
	// all the same, so the files stay as private as the password.
	hashIterations    = 600_000
	minHashIterations = 200_000
	maxHashIterations = 10_000_000 // a planted file must not stop us for hours
	saltBytes         = 16
)

var _ remoteui.CredentialMemory = (*Dir)(nil)

// refusal is one refused credential: a salted slow hash, nothing of it in a
// form that could be read back.
type refusal struct {
	Time       time.Time `json:"time"`
	KDF        string    `json:"kdf"`
	Iterations int       `json:"iterations"`
	Salt       []byte    `json:"salt"`
	Hash       []byte    `json:"hash"`
}

const kdfName = "PBKDF2-HMAC-SHA256" // RFC 8018

// Refused reports whether the device refused this credential before. It
// implements [remoteui.CredentialMemory].
func (d *Dir) Refused(host string, c remoteui.Credentials) (bool, error) {
	dev, err := d.device(host)
	if err != nil {
		return false, err
	}
	dev.mu.Lock()
	defer dev.mu.Unlock()
	stored, err := dev.storedRefusals()
	if err != nil {
		return false, err
	}
	for _, r := range slices.Concat(stored, dev.refusals) {
		same, err := r.of(dev.host, c)
		if same || err != nil {
			return same, err
		}
	}
	return false, nil
}

// Remember records that the device refused this credential. A directory opened
// for reading only, and one that cannot be written to, remembers it until
// Close; the latter returns the error too.
func (d *Dir) Remember(host string, c remoteui.Credentials) error {
	dev, err := d.device(host)
	if err != nil {
		return err
	}
	r, err := dev.newRefusal(c)
	if err != nil {
		return err
	}
	dev.mu.Lock()
	defer dev.mu.Unlock()
	if err := dev.storeRefusal(r); err != nil {
		dev.refusals = append(dev.refusals, r)
		if !errors.Is(err, ErrReadOnly) {
			return err
		}
	}
	return nil
}

// storeRefusal gives every record a file of its own: several processes may
// have one to write.
func (dev *device) storeRefusal(r refusal) error {
	if err := dev.writable(); err != nil {
		return err
	}
	return dev.writeJSON(dev.file(refusedPrefix+rand.Text()+".json"), r)
}

func (dev *device) storedRefusals() ([]refusal, error) {
	names, err := dev.names(dev.dir)
	if err != nil {
		return nil, err
	}
	var all []refusal
	for _, name := range names {
		if !strings.HasPrefix(name, refusedPrefix) {
			continue
		}
		if len(all) == maxRefused {
			return nil, dev.corrupt(dev.dir, fmt.Errorf("more than %d refused credentials", maxRefused))
		}
		var r refusal
		if err := dev.readJSON(dev.file(name), &r); err != nil {
			return nil, err
		}
		if err := r.check(); err != nil {
			return nil, dev.corrupt(dev.file(name), err)
		}
		all = append(all, r)
	}
	return all, nil
}

func (dev *device) newRefusal(c remoteui.Credentials) (refusal, error) {
	r := refusal{Time: time.Now().UTC(), KDF: kdfName, Iterations: dev.iterations, Salt: make([]byte, saltBytes)}
	rand.Read(r.Salt) // never fails
	var err error
	r.Hash, err = r.hash(dev.host, c)
	return r, err
}

func (r *refusal) check() error {
	switch {
	case r.KDF != kdfName:
		return fmt.Errorf("hash function %q: want %s", r.KDF, kdfName)
	case r.Iterations < minHashIterations || r.Iterations > maxHashIterations:
		return fmt.Errorf("%d iterations: want %d to %d", r.Iterations, minHashIterations, maxHashIterations)
	case len(r.Salt) < saltBytes || len(r.Hash) != sha256.Size:
		return errors.New("salt or hash is cut short")
	}
	return nil
}

// of reports whether the record is of this credential at this host.
func (r *refusal) of(host string, c remoteui.Credentials) (bool, error) {
	hash, err := r.hash(host, c)
	return subtle.ConstantTimeCompare(hash, r.Hash) == 1, err
}

// hash covers every part of the credential with its length, so that no two
// credentials read the same.
func (r *refusal) hash(host string, c remoteui.Credentials) ([]byte, error) {
	var input []byte
	for _, part := range []string{host, c.UserName, c.DepartmentID, c.Password.Reveal(), c.Destination} {
		input = binary.AppendUvarint(input, uint64(len(part)))
		input = append(input, part...)
	}
	hash, err := pbkdf2.Key(sha256.New, string(input), r.Salt, r.Iterations, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	return hash, nil
}
