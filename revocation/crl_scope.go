package revocation

import (
	"bytes"
	"slices"
)

const generalDirectory = 0xa4 // GeneralName [4] EXPLICIT Name

// point is a DistributionPoint of a certificate (RFC 5280, 4.2.1.13).
type point struct {
	names    [][]byte // fullName: GeneralNames, DER
	relative []byte   // nameRelativeToCRLIssuer, DER
	urls     []string
	reasons  bool     // the CRL there is for some reasons only
	issuers  [][]byte // cRLIssuer: Names, DER
}

func readPoints(der []byte) ([]point, error) {
	list, err := only(der, tagSequence)
	if err != nil {
		return nil, err
	}
	all, err := list.children()
	if err != nil || len(all) > maxNames {
		return nil, errDER
	}
	var out []point
	for _, e := range all {
		parts, err := e.children()
		if err != nil {
			return nil, err
		}
		var p point
		for _, part := range parts {
			switch part.id {
			case tagExplicit0:
				if p.names, p.relative, err = readPointName(part); err != nil {
					return nil, err
				}
				p.urls = appendFullNames(nil, part)
			case 0x81:
				p.reasons = true
			case tagExplicit2:
				names, err := part.children()
				if err != nil {
					return nil, err
				}
				for _, n := range names {
					if n.id == generalDirectory {
						p.issuers = append(p.issuers, n.content)
					}
				}
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// readPointName reads a DistributionPointName within its [0].
func readPointName(e element) (names [][]byte, relative []byte, err error) {
	c := cursor(e.content)
	name, err := c.next()
	if err != nil || len(c) > 0 {
		return nil, nil, errDER
	}
	switch name.id {
	case tagExplicit0:
		all, err := name.children()
		if err != nil {
			return nil, nil, err
		}
		for _, n := range all {
			names = append(names, n.full)
		}
		return names, nil, nil
	case tagExplicit1:
		return nil, name.content, nil
	}
	return nil, nil, errDER
}

// scope is an IssuingDistributionPoint (RFC 5280, 5.2.5): which certificates a
// CRL is about.
type scope struct {
	named                                                bool
	names                                                [][]byte
	relative                                             []byte
	onlyUsers, onlyAuthorities, onlyAttributes, indirect bool
	someReasons                                          bool
}

func readScope(der []byte) (*scope, error) {
	e, err := only(der, tagSequence)
	if err != nil {
		return nil, err
	}
	parts, err := e.children()
	if err != nil {
		return nil, err
	}
	s := &scope{}
	for _, part := range parts {
		switch part.id {
		case tagExplicit0:
			s.named = true
			if s.names, s.relative, err = readPointName(part); err != nil {
				return nil, err
			}
		case 0x81:
			s.onlyUsers = part.isTrue()
		case 0x82:
			s.onlyAuthorities = part.isTrue()
		case 0x83:
			s.someReasons = true
		case 0x84:
			s.indirect = part.isTrue()
		case 0x85:
			s.onlyAttributes = part.isTrue()
		default:
			return nil, errDER
		}
	}
	return s, nil
}

// doubts says why a certificate may be revoked though a CRL of this scope does
// not list it (RFC 5280, 6.3.3 (b)). given is the URL that the caller vouches
// for, or "".
func (s *scope) doubts(t *target, given string) []string {
	var out []string
	if s == nil {
		return nil
	}
	if s.named && !s.matches(t, given) {
		out = append(out, "it is the part of another distribution point than the certificate names")
	}
	if s.onlyUsers && t.authority {
		out = append(out, "it is not about CA certificates")
	}
	if s.onlyAuthorities && !t.authority {
		out = append(out, "it is about CA certificates only")
	}
	if s.onlyAttributes {
		out = append(out, "it is about attribute certificates only")
	}
	if s.someReasons {
		out = append(out, "it is about some reasons only")
	}
	if s.indirect {
		out = append(out, "it is an indirect CRL")
	}
	return out
}

// matches compares the distribution point with those of the certificate, name
// by name as octets.
func (s *scope) matches(t *target, given string) bool {
	has := func(names [][]byte) bool {
		return slices.ContainsFunc(names, func(n []byte) bool {
			return slices.ContainsFunc(s.names, func(m []byte) bool { return bytes.Equal(m, n) })
		})
	}
	for _, p := range t.points {
		if has(p.names) || s.relative != nil && bytes.Equal(s.relative, p.relative) {
			return true
		}
		if len(p.names) == 0 && p.relative == nil && has(wrapped(p.issuers)) {
			return true
		}
	}
	return given != "" && has([][]byte{encodeDER(generalURI, []byte(given))})
}

// wrapped are names as GeneralNames.
func wrapped(names [][]byte) [][]byte {
	var out [][]byte
	for _, n := range names {
		out = append(out, encodeDER(generalDirectory, n))
	}
	return out
}

// someReasons reports whether the certificate says that what is at url is for
// some reasons only. Without a URL every point must say so.
func (t *target) someReasons(url string) bool {
	all, some := true, false
	for _, p := range t.points {
		if url == "" || slices.Contains(p.urls, url) {
			all, some = all && p.reasons, true
		}
	}
	return some && all
}
