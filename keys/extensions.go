package keys

import (
	"cmp"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/rekey-go/rekey/internal/bundle"
)

// OIDs of RFC 5280, RFC 2985 and RFC 2986.
var (
	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidSAN              = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidExtKeyUsage      = asn1.ObjectIdentifier{2, 5, 29, 37}

	oidChallengePassword = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 7}
	oidExtensionRequest  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 14}
)

// AsksFor says what a request asks for beyond its subject that was not ordered:
// names (SAN), extensions and attributes. See [Order.Check], which looks at all.
// The attributes are read here and not taken from crypto/x509, which passes over
// what it does not know: the CA may know it.
func (o Order) AsksFor(csr *x509.CertificateRequest) (wrong []string) {
	attributes, err := attributesOf(csr.RawTBSCertificateRequest)
	if err != nil {
		return []string{"attributes: " + err.Error()}
	}
	seen := make(map[string]bool)
	for _, a := range attributes {
		id := a.Type.String()
		switch {
		case seen[id]: // one reader takes the first, another the last
			wrong = append(wrong, "attribute "+id+" is there twice")
		case a.Type.Equal(oidChallengePassword):
		case a.Type.Equal(oidExtensionRequest) && len(a.Values) == 1:
			var extensions []pkix.Extension
			if rest, err := asn1.Unmarshal(a.Values[0].FullBytes, &extensions); err != nil || len(rest) > 0 {
				wrong = append(wrong, "the extensions asked for cannot be read")
			}
			wrong = append(wrong, o.mayAskFor(extensions)...)
		default:
			wrong = append(wrong, "attribute "+id+" was not ordered")
		}
		seen[id] = true
	}
	return wrong
}

type csrAttribute struct {
	Type   asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

// attributesOf reads the attributes of a CertificationRequestInfo (RFC 2986,
// 4.1); devices leave the element out where there are none.
func attributesOf(info []byte) ([]csrAttribute, error) {
	damaged := errors.New("damaged")
	input := cryptobyte.String(info)
	var body, version, subject, key, set cryptobyte.String
	var present bool
	if !input.ReadASN1(&body, tags.SEQUENCE) || !input.Empty() ||
		!body.ReadASN1(&version, tags.INTEGER) ||
		!body.ReadASN1(&subject, tags.SEQUENCE) ||
		!body.ReadASN1(&key, tags.SEQUENCE) ||
		!body.ReadOptionalASN1(&set, &present, tags.Tag(0).ContextSpecific().Constructed()) || !body.Empty() {
		return nil, damaged
	}
	var all []csrAttribute
	for !set.Empty() {
		var element cryptobyte.String
		var a csrAttribute
		if !set.ReadASN1Element(&element, tags.SEQUENCE) {
			return nil, damaged
		}
		if rest, err := asn1.Unmarshal(element, &a); err != nil || len(rest) > 0 {
			return nil, damaged
		}
		all = append(all, a)
	}
	return all, nil
}

// mayAskFor says which extensions were not ordered.
func (o Order) mayAskFor(extensions []pkix.Extension) (wrong []string) {
	seen := make(map[string]bool)
	for _, e := range extensions {
		id := e.Id.String()
		ok := false
		switch {
		case seen[id]:
			wrong = append(wrong, "extension "+id+" is asked for twice")
			continue
		case e.Id.Equal(oidSAN):
			wrong = append(wrong, foreignNames(e.Value, o.mayName())...)
			ok = true
		case e.Id.Equal(oidBasicConstraints):
			var b struct {
				IsCA bool `asn1:"optional"`
			}
			rest, err := asn1.Unmarshal(e.Value, &b)
			ok = err == nil && len(rest) == 0 && !b.IsCA
		case e.Id.Equal(oidKeyUsage):
			var bits asn1.BitString
			rest, err := asn1.Unmarshal(e.Value, &bits)
			ok = err == nil && len(rest) == 0
			for i := range bits.BitLength {
				// digitalSignature, keyEncipherment, keyAgreement
				ok = ok && (bits.At(i) == 0 || i == 0 || i == 2 || i == 4)
			}
		case e.Id.Equal(oidExtKeyUsage):
			var usages []asn1.ObjectIdentifier
			rest, err := asn1.Unmarshal(e.Value, &usages)
			ok = err == nil && len(rest) == 0 && !slices.ContainsFunc(usages, func(u asn1.ObjectIdentifier) bool {
				return u.String() != x509.ExtKeyUsageServerAuth.OID().String() && u.String() != x509.ExtKeyUsageClientAuth.OID().String()
			})
		}
		if !ok {
			wrong = append(wrong, fmt.Sprintf("extension %s was not ordered (%.40x)", id, e.Value))
		}
		seen[id] = true
	}
	return wrong
}

// Kinds of GeneralName (RFC 5280, 4.2.1.6).
var generalNames = map[byte]string{0: "another name", 1: "e-mail address", 2: "host name", 3: "X.400 address", 4: "directory name", 5: "EDI name", 6: "URI", 7: "IP address", 8: "registered ID"}

// foreignNames says which names of a SAN extension are none of those allowed.
func foreignNames(san []byte, allowed []string) (wrong []string) {
	names, others, err := readSAN(san)
	if err != nil {
		return []string{err.Error()}
	}
	for _, n := range names {
		if !slices.ContainsFunc(allowed, func(a string) bool { return SameName(a, n) }) {
			wrong = append(wrong, "name (SAN) that was not ordered: "+bundle.Clean(n, 100))
		}
	}
	for _, o := range others {
		wrong = append(wrong, "name (SAN) that was not ordered: "+o)
	}
	return wrong
}

var errSAN = errors.New("the names (SAN) cannot be read")

// readSAN reads the names of a SAN extension, all of them: crypto/x509 passes
// over kinds that it does not know, such as the login name that Windows takes.
// others are those that an order cannot have, in words.
func readSAN(san []byte) (names, others []string, err error) {
	input := cryptobyte.String(san)
	var list cryptobyte.String
	if !input.ReadASN1(&list, tags.SEQUENCE) || !input.Empty() {
		return nil, nil, errSAN
	}
	for !list.Empty() {
		var value cryptobyte.String
		var tag tags.Tag
		if !list.ReadAnyASN1(&value, &tag) {
			return nil, nil, errSAN
		}
		kind, text := byte(tag)&0x1f, string(value)
		switch a, isIP := netip.AddrFromSlice(value); {
		case kind == 7 && isIP:
			names = append(names, a.String())
		// A text has to have the form of its kind: a host name in the place of an
		// address would name all mailboxes of the host.
		case kind == 1 && strings.Contains(text, "@"), kind == 2 && !strings.ContainsAny(text, "@:/"), kind == 6 && strings.Contains(text, ":"):
			names = append(names, text)
		default:
			others = append(others, fmt.Sprintf("%s %q", cmp.Or(generalNames[kind], "unknown kind"), bundle.Clean(text, 60)))
		}
	}
	return names, others, nil
}

// SameName compares two names of a certificate, as [Order.Names] has them: host
// names without regard to case and to a dot at the end, addresses by value.
func SameName(a, b string) bool {
	x, errX := netip.ParseAddr(a)
	y, errY := netip.ParseAddr(b)
	if errX == nil || errY == nil {
		return errX == nil && errY == nil && x.Unmap() == y.Unmap()
	}
	return foldText(strings.TrimSuffix(a, ".")) == foldText(strings.TrimSuffix(b, "."))
}
