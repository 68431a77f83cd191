package revocation

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
)

// maxNames bounds each list of names or URLs taken from a certificate.
const maxNames = 256

// readExtensions reads the extensions evidence needs, critical or not, out of
// the [3] of a TBSCertificate. Unreadable ones are passed over.
func (c *Certificate) readExtensions(e element) {
	outer := cursor(e.content)
	list, err := outer.want(tagSequence)
	if err != nil {
		return
	}
	list.all(func(extension element) {
		x := cursor(extension.content)
		id, err := x.want(tagOID)
		if err != nil {
			return
		}
		x.optional(tagBoolean) // critical
		octets, err := x.want(tagOctetString)
		if err != nil {
			return
		}
		inner := cursor(octets.content)
		if value, err := inner.next(); err == nil {
			c.readExtension(id.oid(), value)
		}
	})
}

func (c *Certificate) readExtension(oid string, value element) {
	switch oid {
	case "2.5.29.14": // subject key identifier
		if value.id == tagOctetString {
			c.SubjectKeyID = value.content
		}
	case "2.5.29.35": // authority key identifier
		inner := cursor(value.content)
		if keyID, ok := inner.optional(tagContext0); ok {
			c.AuthorityKeyID = keyID.content
		}
	case "2.5.29.17": // subject alternative name
		value.all(c.readAlternativeName)
	case "2.5.29.31": // CRL distribution points
		value.all(func(point element) {
			point.all(func(name element) { c.CRLURLs = appendFullNames(c.CRLURLs, name) })
		})
	case "1.3.6.1.5.5.7.1.1": // authority information access
		value.all(c.readAccess)
	}
}

const (
	generalDNS = 0x82 // GeneralName [2] IA5String
	generalURI = 0x86 // GeneralName [6] IA5String
	generalIP  = 0x87 // GeneralName [7] OCTET STRING
)

func (c *Certificate) readAlternativeName(name element) {
	switch name.id {
	case generalDNS:
		c.DNSNames = appendName(c.DNSNames, name.content)
	case generalIP:
		if ip, ok := netip.AddrFromSlice(name.content); ok && len(c.IPAddresses) < maxNames {
			c.IPAddresses = append(c.IPAddresses, ip)
		}
	}
}

// appendFullNames adds the URLs of a distributionPoint [0] { fullName [0] }.
func appendFullNames(urls []string, point element) []string {
	if point.id != tagExplicit0 {
		return urls
	}
	inner := cursor(point.content)
	fullName, _ := inner.optional(tagExplicit0)
	fullName.all(func(name element) {
		if name.id == generalURI {
			urls = appendURL(urls, name.content)
		}
	})
	return urls
}

func (c *Certificate) readAccess(description element) {
	d := cursor(description.content)
	method, err1 := d.want(tagOID)
	location, err2 := d.want(generalURI)
	if err1 != nil || err2 != nil {
		return
	}
	switch method.oid() {
	case "1.3.6.1.5.5.7.48.1":
		c.OCSPURLs = appendURL(c.OCSPURLs, location.content)
	case "1.3.6.1.5.5.7.48.2":
		c.IssuerURLs = appendURL(c.IssuerURLs, location.content)
	}
}

// appendURL adds a URL. CAs leave blanks in it, and letters beyond ASCII: these are
// encoded, as browsers do it (RFC 3986, 2.1).
func appendURL(urls []string, url []byte) []string {
	var b []byte
	for _, o := range bytes.TrimSpace(url) {
		if o == ' ' || o >= 0x80 {
			b = fmt.Appendf(b, "%%%02X", o)
		} else {
			b = append(b, o)
		}
	}
	return appendName(urls, b)
}

// appendName adds a name that is visible ASCII; nothing else is a host name
// or a URL, and nothing else may reach a terminal or a request.
func appendName(names []string, name []byte) []string {
	const maxLen = 2048
	hidden := func(b byte) bool { return b <= ' ' || b >= 0x7f }
	if len(name) == 0 || len(name) > maxLen || len(names) == maxNames || slices.ContainsFunc(name, hidden) {
		return names
	}
	return append(names, string(name))
}
