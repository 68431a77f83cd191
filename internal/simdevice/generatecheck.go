package simdevice

import (
	"crypto"
	"crypto/x509/pkix"
	"strings"
	"time"
)

// request is a form that was found right.
type request struct {
	name     string
	hash     crypto.Hash
	bits     int
	curve    string
	from, to time.Time
	subject  pkix.Name
}

// check finds what is wrong with a form: a negative word if nothing.
func (x *exchange) check(f keyForm) (request, word) {
	l, cfg := x.l, x.d.cfg
	var req request
	req.name = f.name
	if wrong := x.checkName(f.name); wrong >= 0 {
		return req, wrong
	}
	hash, algorithm := chosen(l.hashOptions(), f.hash), chosen(l.algorithmOptions(), f.algorithm)
	length, curve := chosen(l.lengthOptions(), f.length), chosen(l.curveOptions(), f.curve)
	switch {
	case hash < 0, algorithm < 0, algorithm == 0 && length < 0, algorithm == 1 && curve < 0:
		return req, wErrValue
	case algorithm == 0:
		req.bits = rsaLengths[length]
	default:
		req.curve = curves[curve]
	}
	req.hash = hashValues[hash]
	if req.bits == 512 && req.hash != crypto.SHA256 {
		if cfg.enforces(RuleHashNeedsLength) {
			return req, wErrHash
		}
		req.hash = crypto.SHA256 // no longer hash fits into the signature
	}
	if x.kind == PageCSR { // its CA sets the validity
		return req, x.checkSubject(f, RuleCSRFormValues, &req.subject)
	}
	var err1, err2 error
	req.from, err1 = time.Parse("2006/1/2", f.start)
	req.to, err2 = time.Parse("2006/1/2", f.end)
	if err1 != nil || err2 != nil || cfg.enforces(RuleDateOrder) && req.to.Before(req.from) {
		return req, wErrDates
	}
	req.to = req.to.Add(24*time.Hour - time.Second) // the whole last day
	return req, x.checkSubject(f, RuleFormValues, &req.subject)
}

// checkName finds what is wrong with the name of a new key: a negative word if
// nothing.
func (x *exchange) checkName(name string) word {
	d := x.d
	taken := d.store.byName(name) != nil || d.enrol != nil && d.enrol.key.name == name
	switch {
	case d.cfg.enforces(RuleNameAlphanumeric) && (!alphanumeric(name) || len(name) > 24) || name == "":
		return wErrName
	case d.cfg.enforces(RuleNameUnique) && taken:
		return wErrTaken
	}
	return -1
}

// full tells whether there is no room for another key.
func (d *Device) full() bool {
	n := len(d.store.keys)
	if d.enrol != nil && !d.enrol.listed {
		n++
	}
	return n >= d.store.slots && d.cfg.enforces(RuleKeySlots)
}

// checkSubject fills in the certificate's subject, as the rule has it.
func (x *exchange) checkSubject(f keyForm, rule Rule, subject *pkix.Name) word {
	country := f.country
	if f.countryMode == "1" {
		country = f.countryCode
	}
	if country != "" && (len(country) != 2 || !alphanumeric(country)) {
		return wErrValue
	}
	for _, text := range []string{f.state, f.city, f.organization, f.unit, f.commonName} {
		if !plainText(text) {
			return wErrValue
		}
	}
	if !x.d.cfg.enforces(rule) {
		subject.CommonName = x.d.cfg.Hostname
		return -1
	}
	subject.CommonName = f.commonName
	addNames(subject, country, f.state, f.city, f.organization, f.unit)
	return -1
}

// plainText tells whether a text may stand in a subject.
func plainText(s string) bool {
	return len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func alphanumeric(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}
