package revocation

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// State is what is known of a certificate: good, revoked, unknown, or that
// there is nothing to revoke. It is never a bool, because "not revoked" and
// "could not be told" must not look alike. The zero value is StateUnknown.
type State uint8

// The states.
const (
	// StateUnknown: no source said anything that could be relied on.
	StateUnknown State = iota
	// StateGood: an authorised source says that it is not revoked.
	StateGood
	// StateRevoked: an authorised source says that it is revoked, for good and now:
	// what is on hold (certificateHold), or will be revoked, is StateUnknown.
	StateRevoked
	// StateNothing: the certificate is self-signed, so that no authority can
	// revoke it; whoever trusts it must stop doing so (V-1 to V-5).
	StateNothing
)

var stateNames = [...]string{"unknown", "good", "revoked", "nothing-to-revoke"}

// String is "unknown", "good", "revoked" or "nothing-to-revoke".
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return stateNames[StateUnknown]
}

// MarshalText writes the state as [State.String] does.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what [State.MarshalText] writes; anything else is
// StateUnknown.
func (s *State) UnmarshalText(text []byte) error {
	*s = StateUnknown
	for i, name := range stateNames {
		if name == string(text) {
			*s = State(i)
		}
	}
	return nil
}

// known reports whether s was said by a source.
func (s State) known() bool { return s == StateGood || s == StateRevoked }

// Protocol is the kind of source that was asked.
type Protocol string

// The protocols.
const (
	OCSP Protocol = "ocsp" // RFC 6960
	CRL  Protocol = "crl"  // RFC 5280, section 5
)

// Check is what one source said of a certificate, and how far it was believed.
// Times and texts are what the source says of itself as soon as it could be
// read, also where its answer was not accepted: Answer alone is the outcome.
type Check struct {
	Source Protocol `json:"source"`
	// URL is where it was had; empty where the caller brought it.
	URL    string    `json:"url,omitempty"`
	Answer State     `json:"answer"`
	At     time.Time `json:"at"` // when it was asked, by Verifier.Now
	// Why says why Answer is unknown; empty otherwise.
	Why string `json:"why,omitempty"`
	// Notes are remarks that did not decide.
	Notes      []string  `json:"notes,omitempty"`
	ThisUpdate time.Time `json:"thisUpdate,omitzero"`
	NextUpdate time.Time `json:"nextUpdate,omitzero"` // zero: the source names none
	ProducedAt time.Time `json:"producedAt,omitzero"` // OCSP: when it was signed
	// RevokedAt is when the authority revoked; zero if it does not say so.
	RevokedAt time.Time `json:"revokedAt,omitzero"`
	// Reason has a meaning only with RevokedAt; none given is unspecified.
	Reason Reason `json:"reason,omitempty"`
	// Number is the CRL number, decimal; empty where the CRL has none.
	Number string `json:"crlNumber,omitempty"`
	// Responder is the OCSP responder's identifier: a name, or "key " and hex.
	Responder string `json:"responder,omitempty"`
	// Signer is the subject of the certificate whose key signed, verified.
	Signer       string `json:"signer,omitempty"`
	SignerSHA256 string `json:"signerSHA256,omitempty"`
}

// Status is what is known of the revocation of one certificate. As JSON:
//
//	answer        string     unknown, good, revoked, nothing-to-revoke
//	at            string     RFC 3339: when it was looked; absent: never
//	asked         string     RFC 3339: when revocation was asked for, by the caller; absent: not
//	sha256        string     thumbprint of the certificate, hex; absent without one
//	issuer        string     its issuer's name
//	serialHex     string     its serial number
//	why           string     why nobody could be asked
//	disagreement  string     which sources say otherwise, in words
//	checks        [object]   one per source:
//	                         source (ocsp, crl), url, answer, at, why, notes [string], thisUpdate,
//	                         nextUpdate, producedAt, revokedAt (RFC 3339), reason (RFC 5280 name; absent:
//	                         unspecified), crlNumber (decimal), responder, signer, signerSHA256 (hex)
type Status struct {
	Answer State     `json:"answer"`
	At     time.Time `json:"at,omitzero"`
	// Asked is the caller's to set: when the authority was asked to revoke.
	Asked     time.Time `json:"asked,omitzero"`
	SHA256    string    `json:"sha256,omitempty"`
	Issuer    string    `json:"issuer,omitempty"`
	SerialHex string    `json:"serialHex,omitempty"`
	// Why says why nobody could be asked; empty otherwise.
	Why string `json:"why,omitempty"`
	// Disagreement says which sources contradict Answer; empty if none does.
	Disagreement string  `json:"disagreement,omitempty"`
	Checks       []Check `json:"checks,omitempty"`
}

// Decisive is the check that Answer rests on; ok is false where none does. The
// newest statement counts (thisUpdate), whoever makes it: an older one may be
// played back. Of those of one time revoked goes before good, and OCSP before
// CRL, since it is what peers ask first.
func (s Status) Decisive() (c Check, ok bool) {
	for _, next := range s.Checks {
		if next.Answer.known() && (!ok || newer(next, c)) {
			c, ok = next, true
		}
	}
	return c, ok
}

func newer(a, b Check) bool {
	return cmp.Or(a.ThisUpdate.Compare(b.ThisUpdate), int(a.Answer)-int(b.Answer), strings.Compare(string(a.Source), string(b.Source))) > 0
}

// decide sets Answer and Disagreement from the checks.
func (s *Status) decide() {
	decisive, ok := s.Decisive()
	if !ok {
		return
	}
	s.Answer = decisive.Answer
	var others []string
	for _, c := range s.Checks {
		if c.Answer.known() && c.Answer != s.Answer {
			others = append(others, c.says())
		}
	}
	if len(others) > 0 {
		s.Disagreement = decisive.says() + ", but " + strings.Join(others, ", and ")
	}
}

// String is the status in one sentence: "asked at …", "confirmed by CRL number 7
// at …", "not yet: …", "nothing to revoke: …".
func (s Status) String() string {
	var text string
	switch {
	case s.Answer == StateRevoked:
		c, _ := s.Decisive()
		text = "confirmed by " + c.name() + " at " + stamp(s.At) + ": " + c.revoked()
	case s.Answer == StateNothing:
		return "nothing to revoke: the certificate is self-signed; whoever trusts it must remove it"
	case !s.At.IsZero():
		text = "not yet: " + s.notYet()
	case !s.Asked.IsZero():
		return "asked at " + stamp(s.Asked)
	default:
		return "not looked at"
	}
	if s.Disagreement != "" {
		text += "; the sources disagree: " + s.Disagreement
	}
	return text
}

// notYet says why the revocation is not confirmed.
func (s Status) notYet() string {
	if c, ok := s.Decisive(); ok {
		if !c.NextUpdate.IsZero() {
			return c.says() + ", valid until " + stamp(c.NextUpdate)
		}
		return c.says()
	}
	var whys []string
	if s.Why != "" {
		whys = append(whys, s.Why)
	}
	for _, c := range s.Checks {
		whys = append(whys, c.says())
	}
	return strings.Join(whys, "; ")
}

// name is the source in words.
func (c Check) name() string {
	if c.Source == OCSP {
		return strings.TrimSpace("OCSP " + c.URL)
	}
	if c.Number == "" {
		return strings.TrimSpace("CRL " + c.URL)
	}
	return "CRL number " + c.Number
}

// says is the answer in words.
func (c Check) says() string {
	switch c.Answer {
	case StateRevoked:
		return c.name() + " says " + c.revoked()
	case StateGood:
		return c.name() + " of " + stamp(c.ThisUpdate) + " says not revoked"
	}
	return c.where() + ": " + c.Why
}

// where names a source that may not have been read at all.
func (c Check) where() string {
	if c.URL == "" {
		return c.name()
	}
	return fmt.Sprintf("%s %s", strings.ToUpper(string(c.Source)), c.URL)
}

func (c Check) revoked() string {
	text := fmt.Sprintf("revoked at %s, %v", stamp(c.RevokedAt), c.Reason)
	if c.Reason == CertificateHold {
		text += ", which can be taken back"
	}
	return text
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
