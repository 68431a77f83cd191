package otherdevice

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// keyForm is what the [網路通訊] form asks for, freed from each style's field
// names and spellings (G-1).
type keyForm struct {
	name, hash           string // hash: SHA256, SHA384, SHA512
	kind                 string // RSA or ECDSA
	size                 string // RSA: bits; ECDSA: P256, P384, P521
	start, end           time.Time
	country, state, city string
	org, unit, cn        string
}

var (
	keyName   = regexp.MustCompile(`^[0-9A-Za-z]{1,24}$`)
	nameText  = regexp.MustCompile(`^[ -~]{0,64}$`)
	isoAlpha2 = regexp.MustCompile(`^([A-Z]{2})?$`)
	// Certificates name the curve; Canon's lists say P256.
	curves = map[string]elliptic.Curve{"P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521()}
)

// check is what the device refuses before it starts to generate (G-2).
func (d *Device) check(f keyForm) refusal {
	switch {
	case !keyName.MatchString(f.name):
		return badName
	case d.findName(f.name) != nil:
		return nameTaken
	case f.hash != "SHA256" && f.hash != "SHA384" && f.hash != "SHA512":
		return badHash
	case f.kind == "RSA" && f.size == "512" && f.hash != "SHA256":
		return badHash
	case f.start.IsZero() || f.end.IsZero() || f.end.Before(f.start):
		return badDates
	case !isoAlpha2.MatchString(f.country):
		return badSubject
	case len(d.keys) >= maxKeys:
		return storeFull
	}
	for _, text := range []string{f.state, f.city, f.org, f.unit, f.cn} {
		if !nameText.MatchString(text) {
			return badSubject
		}
	}
	return ""
}

// generate makes the key and registers it; the list shows it a little later,
// as a real machine takes its time (G-1).
func (d *Device) generate(f keyForm) refusal {
	if why := d.check(f); why != "" {
		return why
	}
	signer, err := newSigner(f)
	if err != nil {
		return badKind
	}
	cert, err := selfSign(signer, f)
	if err != nil {
		return badKind
	}
	d.addKey(storedKey{name: f.name, signer: signer, cert: cert, readyAt: d.now().Add(d.style.slow)})
	return ""
}

// generating tells whether a key is still being made.
func (d *Device) generating() bool { return len(d.listed()) < len(d.keys) }

func newSigner(f keyForm) (crypto.Signer, error) {
	if c, ok := curves[f.size]; ok && f.kind == "ECDSA" {
		return ecdsa.GenerateKey(c, rand.Reader)
	}
	bits, err := strconv.Atoi(f.size)
	if err != nil {
		return nil, err
	}
	return devicetest.GenerateKey(min(bits, 4096))
}

func selfSign(signer crypto.Signer, f keyForm) (*x509.Certificate, error) {
	subject := pkix.Name{CommonName: f.cn}
	for _, part := range []struct {
		to   *[]string
		text string
	}{
		{&subject.Country, f.country}, {&subject.Province, f.state}, {&subject.Locality, f.city},
		{&subject.Organization, f.org}, {&subject.OrganizationalUnit, f.unit},
	} {
		if part.text != "" {
			*part.to = []string{part.text}
		}
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: subject, NotBefore: f.start,
		NotAfter:           f.end.Add(24*time.Hour - time.Second),
		SignatureAlgorithm: signatureAlgorithm(signer, f.hash),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func signatureAlgorithm(signer crypto.Signer, hash string) x509.SignatureAlgorithm {
	_, ec := signer.Public().(*ecdsa.PublicKey)
	switch {
	case hash == "SHA384" && ec:
		return x509.ECDSAWithSHA384
	case hash == "SHA512" && ec:
		return x509.ECDSAWithSHA512
	case ec:
		return x509.ECDSAWithSHA256
	case hash == "SHA384":
		return x509.SHA384WithRSA
	case hash == "SHA512":
		return x509.SHA512WithRSA
	}
	return x509.SHA256WithRSA
}

// dateOf joins the parts of a date field, however many it has.
func dateOf(parts ...string) time.Time {
	t, _ := time.Parse("2006/1/2", strings.Join(parts, "/"))
	return t
}
