package issuer

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/rekey-go/rekey/internal/bundle"
)

// maxFile is more than any file of certificates or keys has, in bytes.
const maxFile = 1 << 20

// LoadLocalCA makes a [LocalCA] of files (PEM or DER): the CA's certificate with
// those it chains by, in any order, and its private key (PKCS#8, PKCS#1 or SEC 1),
// which may be in the same file. An encrypted key is refused: decrypt it, or give
// [NewLocalCA] a [crypto.Signer]. opts may be nil.
func LoadLocalCA(certFile, keyFile string, opts *LocalCAOptions) (*LocalCA, error) {
	signer, err := loadKey(keyFile)
	if err != nil {
		return nil, err
	}
	certs, err := LoadCertificates(certFile)
	if err != nil {
		return nil, err
	}
	for _, c := range certs {
		if sameKey(signer.Public(), c.PublicKey) {
			ca, err := NewLocalCA(c, signer, certs, opts)
			if err != nil {
				return nil, err
			}
			if info, err := os.Stat(keyFile); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
				ca.loose = fmt.Sprintf("others than its owner can read or write the CA's key (%s, mode %v)", keyFile, info.Mode().Perm())
			}
			return ca, nil
		}
	}
	return nil, fmt.Errorf("issuer: none of the %d certificates in %s belongs to the key in %s", len(certs), certFile, keyFile)
}

// LoadCAs reads the certificates of CAs from a file in any of the usual forms
// (DER, PEM, PKCS#7), for [DropBoxOptions]. That one cannot be read or is no
// CA's is an error.
func LoadCAs(file string) ([]*x509.Certificate, error) {
	certs, err := LoadCertificates(file)
	if err != nil {
		return nil, err
	}
	for _, c := range certs {
		if !c.BasicConstraintsValid || !c.IsCA {
			return nil, fmt.Errorf("issuer: %s: the certificate of %s is not a CA's (basic constraints)", file, quote(c.Subject.String()))
		}
	}
	return certs, nil
}

// LoadCertificates is [LoadCAs] for certificates of any kind, such as that of a
// registration authority.
func LoadCertificates(file string) ([]*x509.Certificate, error) {
	data, err := loadFile(file)
	if err != nil {
		return nil, err
	}
	found, err := bundle.Parse(data)
	switch {
	case err != nil:
	case len(found.Broken) > 0:
		err = found.Broken[0].Err
	case len(found.Certs) == 0:
		err = errors.New("no certificate in it")
	}
	if err != nil {
		return nil, fmt.Errorf("issuer: %s: %w", file, err)
	}
	return found.Certs, nil
}

func loadKey(file string) (crypto.Signer, error) {
	data, err := loadFile(file)
	if err != nil {
		return nil, err
	}
	key, err := bundle.PrivateKey(data)
	switch {
	case errors.Is(err, bundle.ErrNoKey):
		return nil, fmt.Errorf("issuer: no private key in %s", file)
	case err != nil:
		return nil, fmt.Errorf("issuer: the private key in %s: %w", file, err)
	}
	return key, nil
}

func loadFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("issuer: %s has more than %d bytes: not a certificate or key", file, maxFile)
	}
	return data, nil
}
