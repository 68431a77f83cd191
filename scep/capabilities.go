package scep

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"encoding/asn1"
	"slices"
	"strings"

	"github.com/smallstep/pkcs7"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// Capabilities are the keywords with which a server says what it can do
// (RFC 8894, 3.5.2), as it wrote them. None means that it said nothing.
type Capabilities []string

// Has reports whether a keyword is there, whatever its case and with or without
// hyphens ("SHA256").
func (c Capabilities) Has(keyword string) bool {
	bare := func(s string) string { return strings.ReplaceAll(s, "-", "") }
	return slices.ContainsFunc(c, func(has string) bool { return strings.EqualFold(bare(has), bare(keyword)) })
}

// standard is what SCEPStandard stands for, RFC 8894's set.
func (c Capabilities) standard(keyword string) bool { return c.Has("SCEPStandard") || c.Has(keyword) }

// Capabilities asks the server what it can do. Old servers know no such
// question and answer with anything, or close the connection: that is none and
// no error (RFC 8894, 3.5.2). The only error is ctx's.
func (c *Client) Capabilities(ctx context.Context) (Capabilities, error) {
	body, err := c.do(ctx, call{operation: "GetCACaps", message: c.opts.CA})
	if ctx.Err() != nil {
		return nil, err
	}
	if err != nil {
		return nil, nil
	}
	return parseCapabilities(body), nil
}

// keyword is one of those of RFC 8894, 3.5.2, and of its drafts.
var keyword = lazyregexp.New(`(?i)AES|DES3|GetNextCACert|POSTPKIOperation|Renewal|SHA-?1|SHA-?256|SHA-?512|SCEPStandard|Update`)

// parseCapabilities reads one keyword a line, in any encoding and with any line
// ends. A line that consists of several, with blanks or commas between them or
// nothing, is these.
func parseCapabilities(body []byte) (caps Capabilities) {
	const maxLines, maxKeyword = 100, 40
	body = body[:min(len(body), 8<<10)]
	for _, line := range strings.FieldsFunc(string(bundle.Text(body)), func(r rune) bool { return r == '\n' || r == '\r' || r == 0 }) {
		words := []string{strings.TrimSpace(line)}
		if rest := keyword.ReplaceAllString(strings.ReplaceAll(line, `\n`, ","), ""); strings.Trim(rest, " \t,;|") == "" {
			words = keyword.FindAllString(strings.ReplaceAll(line, `\n`, ","), -1)
		}
		for _, word := range words {
			if word != "" && len(word) <= maxKeyword && len(caps) < maxLines {
				caps = append(caps, word)
			}
		}
	}
	return caps
}

// contentCipher encrypts messages.
type contentCipher struct {
	name string
	oid  asn1.ObjectIdentifier
	key  int // octets
	make func(key []byte) (cipher.Block, error)
}

var (
	aes128 = contentCipher{"AES-128", pkcs7.OIDEncryptionAlgorithmAES128CBC, 16, aes.NewCipher}
	des3   = contentCipher{"3DES", pkcs7.OIDEncryptionAlgorithmDESEDE3CBC, 24, des.NewTripleDESCipher}
)

// opened are the ciphers that replies may use. What they hold is a
// certificate, no secret, and believed for its signature: DES, in which some
// servers answer whatever they were asked in, is as good here as AES.
var opened = []contentCipher{
	aes128, des3,
	{"AES-192", asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 22}, 24, aes.NewCipher},
	{"AES-256", pkcs7.OIDEncryptionAlgorithmAES256CBC, 32, aes.NewCipher},
	{"DES", pkcs7.OIDEncryptionAlgorithmDESCBC, 8, des.NewCipher},
}

// algorithms are what our messages are made with.
type algorithms struct {
	cipher     contentCipher
	digest     asn1.ObjectIdentifier
	digestName string
}

func (a algorithms) String() string { return a.cipher.name + " with " + a.digestName }

func (a algorithms) legacy() bool {
	return a.cipher.name == des3.name || a.digest.Equal(pkcs7.OIDDigestAlgorithmSHA1)
}

// choose takes the best of what the server can do that all servers do well:
// not AES-256, which has no keyword, and never GCM, which is not for this
// message, nor DES.
func choose(caps Capabilities, allowLegacy bool) (algorithms, error) {
	a := algorithms{des3, pkcs7.OIDDigestAlgorithmSHA1, "SHA-1"}
	if caps.standard("AES") {
		a.cipher = aes128
	}
	switch {
	case caps.standard("SHA-256"):
		a.digest, a.digestName = pkcs7.OIDDigestAlgorithmSHA256, "SHA-256"
	case caps.Has("SHA-512"):
		a.digest, a.digestName = pkcs7.OIDDigestAlgorithmSHA512, "SHA-512"
	}
	if a.legacy() && !allowLegacy {
		return a, &LegacyError{caps, a.String()}
	}
	return a, nil
}
