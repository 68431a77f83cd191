package revocation

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/rekey-go/rekey/internal/durable"
	"github.com/rekey-go/rekey/internal/proof"
)

// ErrOthersWrite means that others than the directory's owner can write there:
// what stands in it may have been put there to have somebody's certificate
// revoked, or to have nothing revoked.
var ErrOthersWrite = errors.New("others can write there, and might put records of their own into it: let only its owner (chmod go-w)")

// borneOut reads a record, and holds what it says against what bears it out: its
// certificate, in it and beside it, and its own name. What follows from the
// certificate is read from it anew. A record is a file that others may have
// changed, and it names the certificate that is revoked.
func (s *Store) borneOut(name string) (Evidence, error) {
	e, err := s.read(name)
	if err != nil {
		return Evidence{}, err
	}
	if err := e.isNamed(name); err != nil {
		return Evidence{}, err
	}
	fresh, err := NewEvidence(e)
	if err != nil {
		return Evidence{}, err
	}
	if e.Certificate == nil {
		return fresh, nil
	}
	if err := e.agrees(fresh); err != nil {
		return Evidence{}, err
	}
	der, err := durable.ReadFile(s.root, strings.TrimSuffix(name, ".json")+".cer", maxCertificate)
	if err != nil {
		return Evidence{}, fmt.Errorf("its certificate beside it: %w", err)
	}
	if !bytes.Equal(der, e.Certificate.DER) {
		return Evidence{}, errors.New("the certificate beside it is another one")
	}
	return fresh, nil
}

// isNamed looks whether the record's name is the one that it was stored by, which
// has a hash of the device and one of all that the record says.
func (e Evidence) isNamed(name string) error {
	digest, err := e.digest()
	if err != nil {
		return err
	}
	dir, file := path.Split(strings.TrimSuffix(name, ".json"))
	beside, ok := strings.CutPrefix(file, slug(e.Key)+"-"+digest[:hashDigits])
	if !ok || strings.Trim(beside, "-0123456789") != "" || path.Clean(dir) != safeName(proof.DeviceOf(e.Device.URL)) {
		return errors.New("it says something else than when it was stored, as its name shows")
	}
	return nil
}

// agrees compares what decides about a revocation with what the certificate says.
func (e Evidence) agrees(fresh Evidence) error {
	c, f := e.Certificate, fresh.Certificate
	switch {
	case f == nil:
		return errors.New("it speaks of a certificate and has none")
	case c.SerialHex != f.SerialHex || c.SerialDec != f.SerialDec:
		return fmt.Errorf("it says that the serial number is %.64q, and its certificate has %s", c.SerialHex, f.SerialHex)
	case !bytes.Equal(c.RawIssuer, f.RawIssuer):
		return errors.New("it names another issuer than its certificate")
	case c.SHA1 != f.SHA1 || c.SHA256 != f.SHA256:
		return errors.New("it names other thumbprints than its certificate has")
	case (e.PublicKey == nil) != (fresh.PublicKey == nil) || e.PublicKey != nil && e.PublicKey.SPKI != fresh.PublicKey.SPKI:
		return errors.New("it names another public key than its certificate has")
	}
	return nil
}
