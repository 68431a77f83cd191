package revocation

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/dn"
)

// KnownCertificates gives the certificates that a CA issued, or any others that
// the caller has: one after the other, each as DER or in any other form that CAs
// give certificates in. An error is about one of them, and the rest go on. It
// may be called several times. [KnownDir] makes one from a directory.
type KnownCertificates func(ctx context.Context) iter.Seq2[[]byte, error]

const (
	// maxKnown bounds an index. A certificate takes about 2 KiB.
	maxKnown = 1_000_000
	// maxProblems bounds the problems that are kept; they are all counted.
	maxProblems = 100
)

// KnownIndex finds certificates among known ones by what a device's pages say of
// them. It is safe for concurrent use. The zero value knows none.
type KnownIndex struct {
	ders    [][]byte
	prints  map[string]int   // SHA-1 and SHA-256 in hex
	serials map[string][]int // in the spellings of serialSpellings
	keys    map[string][]int // SHA-256 of the public key in hex
	subject map[string][]int // by [dn.Key]

	problems []error
	unread   int
}

// IndexKnown reads all known certificates, once. One that cannot be read does
// not spoil it: see [KnownIndex.Problems]. The errors are ctx's, and one for
// more than a million certificates. A nil known gives an empty index.
func IndexKnown(ctx context.Context, known KnownCertificates) (*KnownIndex, error) {
	x := &KnownIndex{prints: map[string]int{}, serials: map[string][]int{}, keys: map[string][]int{}, subject: map[string][]int{}}
	if known == nil {
		return x, nil
	}
	for data, err := range known(ctx) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			x.problem(err)
			continue
		}
		x.addAll(data)
		if len(x.ders) > maxKnown {
			return nil, fmt.Errorf("revocation: more than %d known certificates: give those of the CA that issued the devices'", maxKnown)
		}
	}
	if ctx.Err() != nil { // the sequence may have ended for it
		return nil, context.Cause(ctx)
	}
	return x, nil
}

// addAll adds what is in data: most often one certificate in DER, which is not
// looked at by anything stricter than needed.
func (x *KnownIndex) addAll(data []byte) {
	if c, _, _, err := readCertificate(data); err == nil && len(c.Raw) == len(data) {
		x.add(c)
		return
	}
	ders, damaged, err := bundle.ParseRaw(data)
	for _, err := range damaged {
		x.problem(err)
	}
	if err != nil {
		x.problem(fmt.Errorf("revocation: known certificates: %w", err))
	}
	for _, der := range ders {
		if c, _, _, err := readCertificate(der); err != nil {
			x.problem(err)
		} else {
			x.add(c)
		}
	}
}

func (x *KnownIndex) add(c *Certificate) {
	if _, ok := x.prints[c.SHA256]; ok {
		return
	}
	n := len(x.ders)
	x.ders = append(x.ders, c.Raw)
	x.prints[c.SHA256], x.prints[c.SHA1] = n, n
	for _, s := range serialSpellings(c) {
		x.serials[s] = append(x.serials[s], n)
	}
	x.keys[c.PublicKey.SHA256] = append(x.keys[c.PublicKey.SHA256], n)
	x.subject[dn.Key(c.Subject.Raw)] = append(x.subject[dn.Key(c.Subject.Raw)], n)
}

func (x *KnownIndex) problem(err error) {
	x.unread++
	if len(x.problems) < maxProblems {
		x.problems = append(x.problems, err)
	}
}

// Len is how many certificates are known.
func (x *KnownIndex) Len() int { return len(x.ders) }

// Problems are what could not be read, the first hundred of them and, if there
// are more, how many. The certificate looked for may be among them.
func (x *KnownIndex) Problems() []error {
	if more := x.unread - len(x.problems); more > 0 {
		return append(x.problems[:len(x.problems):len(x.problems)], fmt.Errorf("revocation: and %d more that cannot be read", more))
	}
	return x.problems
}

// get gives the certificates of some places.
func (x *KnownIndex) get(places []int) (all []*Certificate) {
	for _, n := range places {
		if c, err := ParseCertificate(x.ders[n]); err == nil {
			all = append(all, c)
		}
	}
	return all
}

// ByThumbprint gives the certificate of a SHA-1 or SHA-256, in hex with or
// without colons, spaces and hyphens; nil if it is not known.
func (x *KnownIndex) ByThumbprint(hex string) *Certificate {
	n, ok := x.prints[compact(hex)]
	if !ok {
		return nil
	}
	return x.get([]int{n})[0]
}

// byPublicKey gives the certificates for a public key (hex SHA-256 of its SPKI).
func (x *KnownIndex) byPublicKey(spki string) []*Certificate {
	return x.get(x.keys[strings.ToLower(spki)])
}

// Chain gives the certificates, DER each, that c was issued by, as far as they
// are known: its issuer first.
func (x *KnownIndex) Chain(c *Certificate) (chain [][]byte) {
	for len(chain) < maxChain && c.SelfSigned != Yes {
		issuer := x.issuer(c)
		if issuer == nil {
			break
		}
		chain, c = append(chain, issuer.Raw), issuer
	}
	return chain
}

func (x *KnownIndex) issuer(c *Certificate) *Certificate {
	for _, candidate := range x.get(x.subject[dn.Key(c.Issuer.Raw)]) {
		if c.IssuedBy(candidate) == Yes {
			return candidate
		}
	}
	return nil
}

// Conditions of looking for a certificate.
var (
	// ErrNotKnown: it is not among the known ones, or nothing that is known of
	// it tells it apart.
	ErrNotKnown = errors.New("revocation: the certificate is not among the known ones")
	// ErrAmbiguous: several known ones would do, so none does.
	ErrAmbiguous = errors.New("revocation: several known certificates fit")
)
