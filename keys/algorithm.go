package keys

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"
	"strconv"
	"strings"
)

// Algorithm is a kind of key that the device can make. The zero value means
// "choose". // G-1
type Algorithm struct {
	RSABits int    // 512, 1024, 2048 or 4096; 0 for ECDSA
	Curve   string // "P256", "P384" or "P521"; empty for RSA
}

// ParseAlgorithm reads "rsa2048" or "ecdsa-p256".
func ParseAlgorithm(s string) (Algorithm, error) {
	low := strings.ToLower(strings.TrimSpace(s))
	if bits, ok := strings.CutPrefix(low, "rsa"); ok {
		n, err := strconv.Atoi(strings.TrimPrefix(bits, "-"))
		if err == nil {
			a := Algorithm{RSABits: n}
			return a, a.Validate()
		}
	}
	if curve, ok := strings.CutPrefix(low, "ecdsa-"); ok {
		a := Algorithm{Curve: strings.ToUpper(strings.ReplaceAll(curve, "-", ""))}
		return a, a.Validate()
	}
	return Algorithm{}, fmt.Errorf("key algorithm %.20q: want rsa512, rsa1024, rsa2048, rsa4096, ecdsa-p256, ecdsa-p384 or ecdsa-p521", s)
}

// IsZero reports whether nothing is chosen.
func (a Algorithm) IsZero() bool { return a == Algorithm{} }

// String returns what [ParseAlgorithm] reads.
func (a Algorithm) String() string {
	switch {
	case a.IsZero():
		return ""
	case a.Curve != "":
		return "ecdsa-" + strings.ToLower(a.Curve)
	}
	return "rsa" + strconv.Itoa(a.RSABits)
}

// MarshalText returns what String returns.
func (a Algorithm) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (a *Algorithm) UnmarshalText(text []byte) (err error) {
	*a = Algorithm{}
	if len(text) > 0 {
		*a, err = ParseAlgorithm(string(text))
	}
	return err
}

// Validate checks that the device's form offers such a key. The zero value is
// valid.
func (a Algorithm) Validate() error {
	if a.Curve != "" {
		switch {
		case a.RSABits != 0:
			return fmt.Errorf("both RSA and ECDSA")
		case a.Curve != "P256" && a.Curve != "P384" && a.Curve != "P521":
			return fmt.Errorf("curve %.10q: want P256, P384 or P521", a.Curve)
		}
		return nil
	}
	switch a.RSABits {
	case 0, 512, 1024, 2048, 4096:
		return nil
	}
	return fmt.Errorf("RSA of %d bits: want 512, 1024, 2048 or 4096", a.RSABits)
}

// Fits reports whether a public key is of this kind; any is of the zero value.
func (a Algorithm) Fits(public any) bool {
	got := algorithmOf(public)
	return a.IsZero() || a.Curve == got.Curve && octets(a.RSABits) == octets(got.RSABits)
}

// algorithmOf is the kind of a public key; zero if the device's form offers none
// such.
func algorithmOf(public any) Algorithm {
	switch k := public.(type) {
	case *rsa.PublicKey:
		return Algorithm{RSABits: k.N.BitLen()}
	case *ecdsa.PublicKey:
		return Algorithm{Curve: strings.ReplaceAll(k.Params().Name, "-", "")}
	}
	return Algorithm{}
}
