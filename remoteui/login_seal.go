package remoteui

import (
	"crypto/fips140"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/keysize"
	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/internal/scrub"
	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// seal is what a login form has for encrypting the password in the browser.
type seal struct {
	key       string // the field with the public key
	challenge string // the field with the text of this page
	target    string // the field that takes the encrypted password; empty: cannot be told
}

var (
	keyName       = lazyregexp.New(`(?i)^(pk|pub|rsa|modulus|exponent)$|public_?key|rsa_?key`)
	challengeName = lazyregexp.New(`(?i)challenge|nonce|salt`)
	targetName    = lazyregexp.New(`(?i)pass|pwd|^pw|pin|cipher|crypt`)
	// sealWords are words of scripts that encrypt, or hash, a password.
	sealWords = lazyregexp.New(`(?i)encrypt|rsakey|modpow|setpublic|public_?key|cryptojs|md5|sha-?(1|256|512)\b|challenge`)
)

// maxLoginKey bounds the key that a login form asks to encrypt to, in bits.
const maxLoginKey = 16384

// seal returns how the form encrypts; nil: none of its fields says that it does.
func (l *loginForm) seal() *seal {
	var s seal
	box := ""
	if l.secret != nil {
		box = l.secret.Name()
	}
	var targets []string
	for _, in := range l.form.Inputs() {
		hidden := in.Type == "hidden" || in.Type == "textarea"
		switch {
		case !hidden || in.Name == "":
		case in.Value == "" && in.Name == "PASSWORD":
			targets = append([]string{in.Name}, targets...)
		case in.Value == "" && in.Name != box && targetName.MatchString(in.Name):
			targets = append(targets, in.Name)
		case in.Value != "" && s.key == "" && (keyName.MatchString(in.Name) || strings.Contains(in.Value, "PUBLIC KEY")):
			s.key = in.Name
		case in.Value != "" && s.challenge == "" && challengeName.MatchString(in.Name):
			s.challenge = in.Name
		}
	}
	if s.key == "" && s.challenge == "" {
		return nil
	}
	switch {
	case len(l.kind.marks) > 0:
		s.target = "PASSWORD" // published
	case len(targets) == 1 || len(targets) > 0 && targets[0] == "PASSWORD":
		s.target = targets[0]
	}
	return &s
}

// fill answers the challenge by the published scheme: the password and the
// challenge text, encrypted to the key in the form (RSAES-PKCS1-v1_5, RFC 8017
// section 7.2), in base64.
func (s *seal) fill(f *page.Form, password Secret) error {
	pk, _ := f.Field(s.key)
	challenge, ok := f.Field(s.challenge)
	if s.target == "" || !ok {
		return errors.New("login form: it encrypts the password by a scheme that is not known")
	}
	key, err := publicKey(pk.Value)
	if err != nil {
		return err
	}
	//lint:ignore SA1019 it is what the device's form takes, and it goes over TLS
	sealed, err := rsa.EncryptPKCS1v15(rand.Reader, key, []byte(password.Reveal()+challenge.Value))
	if err != nil {
		return fmt.Errorf("login form: its public key does not take the password: %w", err)
	}
	f.Set(s.target, base64.StdEncoding.EncodeToString(sealed))
	return nil
}

// allowed reports why this process must not log in so; nil: it may.
func (s *seal) allowed() error {
	if s != nil && fips140.Enforced() {
		return errors.New("the device's login form takes the password encrypted by a means that FIPS 140 does not allow: run without GODEBUG=fips140=only for this device")
	}
	return nil
}

// publicKey reads the PEM that stands in the attribute value, whose line
// breaks may have been changed on the way.
func publicKey(text string) (*rsa.PublicKey, error) {
	blocks := bundle.Blocks([]byte(text))
	if len(blocks) == 0 || blocks[0].DER == nil {
		return nil, errors.New("login form: its public key (PK) cannot be read")
	}
	der := blocks[0].DER
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		if pub, err := x509.ParsePKCS1PublicKey(der); err == nil {
			key = pub
		} else {
			return nil, errors.New("login form: its public key (PK) cannot be read")
		}
	}
	if err := keysize.Key(key); err != nil { // before anybody calculates with it
		return nil, fmt.Errorf("login form: its public key: %w", err)
	}
	pub, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("login form: its public key is %T, not RSA", key)
	}
	if pub.N.BitLen() > maxLoginKey {
		return nil, fmt.Errorf("login form: its public key has %d bits: not to be believed", pub.N.BitLen())
	}
	return pub, nil
}

// errInClear means that a request would carry the password unencrypted where the
// form has something to encrypt it with.
var errInClear = errors.New("the password would go out in clear, though the form has a key or a challenge")

// onPaper looks at the request that would go out: a script that failed without a
// word, or of which the engine lacks a part, must not spend the one attempt, nor
// send in clear what a browser encrypts. before is what the form held at first.
func (l *loginForm) onPaper(r *page.Request, before []page.Field, id string, password Secret, sealed bool) error {
	plain := password.Reveal()
	if plain == "" || l.secret == nil {
		return nil
	}
	long := len(plain) >= scrub.MinLength // a shorter one is found in every other number
	coded := []string{plain, base64.StdEncoding.EncodeToString([]byte(plain)), hex.EncodeToString([]byte(plain))}
	holds := func(f page.Field) bool {
		return f.Name == l.secret.Name() && f.Value == plain ||
			long && slices.ContainsFunc(coded, func(s string) bool { return strings.Contains(f.Value, s) })
	}
	if r.Method != http.MethodPost || long && strings.Contains(r.URL.RawQuery, url.QueryEscape(plain)) {
		return errAddress
	}
	clear, changed := false, false
	for _, f := range r.Fields {
		switch {
		case f.Value == "" || l.user != nil && f.Name == l.user.Name():
		case f.Name != l.secret.Name() && plain == id && f.Value == id: // the same text as the name, which is no secret
		case f.Name != l.secret.Name() && slices.Contains(before, f): // so it came
		case holds(f):
			clear = true
		case f.Value != id && len(f.Value) >= 16:
			changed = true // encrypted, or a hash of it
		}
	}
	switch {
	case sealed && clear:
		return errInClear
	case !changed && (sealed || !clear):
		return errors.New("the request would not carry the password")
	}
	return nil
}

// errAddress: addresses are kept in histories and logs, and go on as Referer.
var errAddress = errors.New("would send the password within an address: refused")

// typing is a login form being filled in: until the request that logs in has been
// looked at, the page's scripts may ask for something, and send nothing.
type typing struct {
	plain string
	held  bool // a script would have sent something
}

// maxAsked is the length from which on a value in an address may be the password,
// encrypted or hashed.
const maxAsked = 16

func (t *typing) allows(r *page.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	for _, values := range r.URL.Query() {
		for _, v := range values {
			if len(v) >= maxAsked || t.plain != "" && strings.Contains(v, t.plain) {
				return false
			}
		}
	}
	return t.plain == "" || !strings.Contains(r.URL.String(), url.QueryEscape(t.plain))
}
