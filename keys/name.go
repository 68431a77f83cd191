package keys

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// attributeType is one of those that the device's form has a field for.
type attributeType struct{ oid, what string }

var attributeTypes = []attributeType{
	{"2.5.4.3", "common name"}, {"2.5.4.10", "organization"}, {"2.5.4.11", "organizational unit"},
	{"2.5.4.8", "state"}, {"2.5.4.7", "city"}, {oidCountry, "country"},
}

const (
	oidCountry    = "2.5.4.6"
	oidCommonName = "2.5.4.3"
)

// name is a distinguished name: the values of each type, by its OID. The order
// of the types is not kept: how a device orders them is printed nowhere.
type name map[string][]string

// anyCountry stands in a wanted name for what the form has preselected.
const anyCountry = "\x00any"

// attributes are those of the subject that the form is filled with.
func (s *Spec) attributes() name {
	n := make(name)
	for i, value := range []string{s.CommonName, s.Organization, s.OrganizationalUnit, s.State, s.City, s.Country} {
		if value != "" {
			n[attributeTypes[i].oid] = []string{value}
		}
	}
	if s.Country == "" {
		n[oidCountry] = []string{anyCountry}
	}
	return n
}

// parseName reads a distinguished name. Attributes without value say nothing
// and are left out.
func parseName(raw []byte) (name, error) {
	var rdns pkix.RDNSequence
	if rest, err := asn1.Unmarshal(raw, &rdns); err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	} else if len(rest) > 0 {
		return nil, errors.New("something follows it")
	}
	n := make(name)
	for _, rdn := range rdns {
		if len(rdn) > 1 {
			// No form makes such names, and readers differ about what they say.
			return nil, errors.New("several attributes are one (multi-valued RDN)")
		}
		for _, a := range rdn {
			value, isText := a.Value.(string)
			if !isText {
				return nil, fmt.Errorf("attribute %s is no text", a.Type)
			}
			if value != "" {
				n[a.Type.String()] = append(n[a.Type.String()], value)
			}
		}
	}
	return n, nil
}

// comparison says how names are held to each other.
type comparison int

const (
	whole comparison = iota // nothing is left out or added
	part                    // what is there must be wanted: CAs leave out what they do not vouch for
)

// differences says in what the name is not the wanted one.
func (n name) differences(want name, how comparison) (wrong []string) {
	for _, t := range attributeTypes {
		got, wanted := n[t.oid], want[t.oid]
		switch {
		case len(wanted) == 1 && wanted[0] == anyCountry && (len(got) == 0 || len(got) == 1 && len(got[0]) == 2):
		case how == part && len(got) == 0:
		case sameTexts(got, wanted):
		case len(wanted) == 0 || wanted[0] == anyCountry:
			wrong = append(wrong, fmt.Sprintf("%s: nothing was ordered, got %q", t.what, got))
		default:
			wrong = append(wrong, fmt.Sprintf("%s: want %q, got %q", t.what, strings.Join(wanted, ", "), got))
		}
	}
	for oid, got := range n {
		isField := slices.ContainsFunc(attributeTypes, func(t attributeType) bool { return t.oid == oid })
		if !isField && !sameTexts(got, want[oid]) {
			wrong = append(wrong, fmt.Sprintf("subject: attribute %s was not ordered, got %q", oid, got))
		}
	}
	for oid, wanted := range want {
		isField := slices.ContainsFunc(attributeTypes, func(t attributeType) bool { return t.oid == oid })
		if !isField && how == whole && len(n[oid]) == 0 {
			wrong = append(wrong, fmt.Sprintf("subject: attribute %s: want %q, got none", oid, wanted))
		}
	}
	slices.Sort(wrong)
	return wrong
}

func sameTexts(a, b []string) bool {
	fold := func(texts []string) []string {
		var folded []string
		for _, s := range texts {
			folded = append(folded, foldText(s))
		}
		slices.Sort(folded)
		return folded
	}
	return slices.Equal(fold(a), fold(b))
}

// foldText makes texts comparable (RFC 5280, 7.1; RFC 4518): case and runs of
// spaces do not count. It goes beyond ASCII for no letter: what looks or folds
// alike there is another text to who reads it next.
func foldText(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, strings.Join(strings.Fields(s), " "))
}
