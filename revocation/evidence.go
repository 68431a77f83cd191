package revocation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/proof"
)

// Source says where a piece of evidence was had.
type Source string

// The sources.
const (
	SourceHandshake Source = "handshake" // the Certificate message of a TLS handshake
	SourceExport    Source = "export"    // the device's own export (device signature)
	SourceCSR       Source = "csr"       // a certificate signing request: public key only
	SourceFile      Source = "file"      // the caller's or the CA's files, by what the details page says
	SourceDetails   Source = "details"   // the details page alone
)

// seen reports whether the device showed that it has the key: in a handshake, a
// CSR or an export. By a details page a certificate is recognised and no more:
// a device in other hands may print another machine's there. Evidence without a
// source is that of a caller who vouches for it.
func (s Source) seen() bool { return s != SourceFile && s != SourceDetails }

// Evidence is what is known of a key and its certificate, recorded before the
// key is deleted (W-4). It never holds anything secret: no factor, password,
// challenge or token; a CSR is not kept, since it may carry a challenge.
//
// The caller gives what the device says and, in Certificate.DER, the
// certificate; [NewEvidence] or [Store.Put] fill in what follows from it. As
// JSON:
//
//	version       number     1
//	device        object     url, model, controller (version), serial
//	key           string     key name in the device's list
//	fingerprint   string     identity of the key: hex SHA-256 of its SPKI, else "details-sha256:…"
//	usages        [string]   tls, ieee8021x, ipsec, sip, deviceSignature
//	takenAt       string     RFC 3339
//	source        string     handshake, export, csr, file, details
//	publicKey     object     algorithm, bits, spki (hex SHA-256), der (base64)
//	weakness      object     state (proved, not-found, unknown), rounds (Fermat)
//	certificate   object     absent when none could be had:
//	                         der and chain (base64), sha256, sha1 (hex), issuer, subject,
//	                         rawIssuer (base64), serialHex, serialDec, notBefore, notAfter, aki, ski (hex),
//	                         crlURLs, ocspURLs, issuerURLs, selfSigned (yes, no, unknown), note
//	fields        [object]   label, value: the details page, word for word and in order
//	printed       object     issuer, subject, serial: which of them these are; absent with a certificate
type Evidence struct {
	// Version is the schema's version; 0 means the current one.
	Version int    `json:"version"`
	Device  Device `json:"device"`
	// Key is the key's name in the device's list. Required.
	Key string `json:"key"`
	// Fingerprint is the identity of the key. Empty: the public key's, or
	// without one a hash of the fields.
	Fingerprint string    `json:"fingerprint"`
	Usages      []string  `json:"usages,omitempty"`
	TakenAt     time.Time `json:"takenAt"`
	Source      Source    `json:"source"`
	// PublicKey is filled in from the certificate. Without one it may be given,
	// by [PublicKeyRecordOf], from a CSR.
	PublicKey   *PublicKeyRecord   `json:"publicKey,omitempty"`
	Weakness    Weakness           `json:"weakness"`
	Certificate *CertificateRecord `json:"certificate,omitempty"`
	Fields      []Field            `json:"fields,omitempty"`
	// Printed says which of Fields are issuer, subject and serial number, for whoever
	// knows the page's language. With a certificate it is not kept.
	Printed *Printed `json:"printed,omitempty"`
}

// Printed is what a details page prints of a certificate, as it prints it: names in
// any order, the serial number hexadecimal or decimal. What is not known is empty.
type Printed struct {
	Issuer  string `json:"issuer,omitempty"`
	Subject string `json:"subject,omitempty"`
	Serial  string `json:"serial,omitempty"`
}

// Device says which machine the key is on. Only URL is required. A user name
// or password within it, query and fragment are dropped.
type Device struct {
	URL        string `json:"url"`
	Model      string `json:"model,omitempty"`
	Controller string `json:"controller,omitempty"`
	Serial     string `json:"serial,omitempty"` // of the machine; package rekey does not find it out
}

// Weakness is the finding on the key's modulus in the words of reports.
type Weakness struct {
	// State is "proved", "not-found" or "unknown"; empty means unknown.
	State string `json:"state"`
	// Rounds is how many rounds of Fermat's method were made; 0: none.
	Rounds int `json:"rounds,omitempty"`
}

// Field is one label and its value on a details page, word for word.
type Field struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// PublicKeyRecord is a public key within Evidence.
type PublicKeyRecord struct {
	Algorithm string `json:"algorithm"`
	Bits      int    `json:"bits,omitempty"`
	SPKI      string `json:"spki"` // hex SHA-256 of DER
	DER       []byte `json:"der"`
}

// CertificateRecord is a certificate within Evidence. DER and Chain are given,
// the rest follows from DER. If not even [ParseCertificate] can read it, the
// rest is empty but for SHA256 and SHA1, and Note says why.
type CertificateRecord struct {
	DER []byte `json:"der"`
	// Chain holds the certificates that came after it, DER each.
	Chain      [][]byte  `json:"chain,omitempty"`
	SHA256     string    `json:"sha256"`
	SHA1       string    `json:"sha1"`
	Issuer     string    `json:"issuer,omitempty"`
	RawIssuer  []byte    `json:"rawIssuer,omitempty"`
	Subject    string    `json:"subject,omitempty"`
	SerialHex  string    `json:"serialHex,omitempty"`
	SerialDec  string    `json:"serialDec,omitempty"`
	NotBefore  time.Time `json:"notBefore,omitzero"`
	NotAfter   time.Time `json:"notAfter,omitzero"`
	AKI        string    `json:"aki,omitempty"`
	SKI        string    `json:"ski,omitempty"`
	CRLURLs    []string  `json:"crlURLs,omitempty"`
	OCSPURLs   []string  `json:"ocspURLs,omitempty"`
	IssuerURLs []string  `json:"issuerURLs,omitempty"`
	SelfSigned Answer    `json:"selfSigned"`
	// Note says what crypto/x509 or we could not read; empty if nothing.
	Note string `json:"note,omitempty"`
}

// ErrNoEvidence means that a record would prove nothing: it has neither a
// certificate nor a public key nor fields, or does not say of which key.
var ErrNoEvidence = errors.New("revocation: no evidence: give the device's URL, the key's name and a certificate, public key or details page")

const (
	schemaVersion  = 1
	maxRecordBytes = 4 << 20
	maxChain       = 16
)

// PublicKeyRecordOf is the record of a public key that came without a
// certificate (see [RequestPublicKey]).
func PublicKeyRecordOf(p PublicKey) *PublicKeyRecord {
	return &PublicKeyRecord{Algorithm: p.Algorithm, Bits: p.Bits, SPKI: p.SHA256, DER: p.SPKI}
}

// NewEvidence completes e: cleans the device's URL, reads the certificate and
// fills in what follows from it. It does not change what e points to. The
// errors are [ErrNoEvidence] and [ErrTooLarge].
func NewEvidence(e Evidence) (Evidence, error) {
	e.Version = schemaVersion
	e.Device.URL = cleanURL(e.Device.URL)
	e.TakenAt = e.TakenAt.UTC().Truncate(time.Second)
	if e.Weakness.State == "" {
		e.Weakness.State = "unknown"
	}
	if e.Certificate != nil && len(e.Certificate.DER) > 0 {
		if err := e.readCertificate(); err != nil {
			return Evidence{}, err
		}
		e.Printed = nil
	} else {
		e.Certificate = nil
	}
	if p := e.PublicKey; p != nil && len(p.DER) > 0 {
		fresh := *p
		fresh.SPKI = hexSHA256(p.DER)
		e.PublicKey = &fresh
	}
	if e.PublicKey == nil && e.Certificate == nil && len(e.Fields) == 0 {
		return Evidence{}, ErrNoEvidence
	}
	if e.Fingerprint == "" {
		e.Fingerprint = e.defaultFingerprint()
	}
	if !e.proofKey().Valid() {
		return Evidence{}, ErrNoEvidence
	}
	return e, nil
}

// readCertificate replaces the certificate's record by a fresh one, made from
// its DER, and takes the public key from it.
func (e *Evidence) readCertificate() error {
	given := e.Certificate
	if len(given.DER) > maxCertificate || len(given.Chain) > maxChain {
		return ErrTooLarge
	}
	for _, der := range given.Chain {
		if len(der) > maxCertificate {
			return ErrTooLarge
		}
	}
	c, err := ParseCertificate(given.DER)
	if err != nil {
		e.Certificate = &CertificateRecord{
			DER: given.DER, Chain: given.Chain,
			SHA256: hexSHA256(given.DER), SHA1: hexSHA1(given.DER),
			Note: err.Error(),
		}
		return nil
	}
	e.Certificate = recordOf(c, given.Chain)
	e.PublicKey = PublicKeyRecordOf(c.PublicKey)
	return nil
}

func recordOf(c *Certificate, chain [][]byte) *CertificateRecord {
	r := &CertificateRecord{
		DER: c.Raw, Chain: chain, SHA256: c.SHA256, SHA1: c.SHA1,
		Issuer: c.Issuer.Text, RawIssuer: c.Issuer.Raw, Subject: c.Subject.Text,
		SerialHex: c.SerialHex(), SerialDec: c.Serial.String(),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		AKI: hex.EncodeToString(c.AuthorityKeyID), SKI: hex.EncodeToString(c.SubjectKeyID),
		CRLURLs: c.CRLURLs, OCSPURLs: c.OCSPURLs, IssuerURLs: c.IssuerURLs,
		SelfSigned: c.SelfSigned,
	}
	if c.X509Err != nil {
		r.Note = "not a strict certificate: " + c.X509Err.Error()
	}
	return r
}

// defaultFingerprint is the SPKI's hash or, where none is known, one of the
// certificate or of the details page with its kind in front.
func (e *Evidence) defaultFingerprint() string {
	switch {
	case e.PublicKey != nil:
		return e.PublicKey.SPKI
	case e.Certificate != nil:
		return "cert-sha256:" + e.Certificate.SHA256
	}
	return FieldsFingerprint(e.Fields)
}

// FieldsFingerprint identifies a key by its details page when nothing better
// is to be had.
func FieldsFingerprint(fields []Field) string {
	h := sha256.New()
	for _, f := range fields {
		fmt.Fprintf(h, "%d:%s%d:%s", len(f.Label), f.Label, len(f.Value), f.Value)
	}
	return "details-sha256:" + hex.EncodeToString(h.Sum(nil))
}

// proofKey is the key that a receipt for e is about.
func (e *Evidence) proofKey() proof.Key {
	return proof.Key{Device: proof.DeviceOf(e.Device.URL), Name: e.Key, Fingerprint: e.Fingerprint}
}

// digest identifies the record by all it says but the time it was taken, so
// that a second run stores nothing new.
func (e Evidence) digest() (string, error) {
	e.TakenAt = time.Time{}
	b, err := json.Marshal(e)
	return hexSHA256(b), err
}

// cleanURL drops whatever a URL can carry beside the address: credentials
// first of all. What is no URL is dropped whole.
func cleanURL(raw string) string {
	bare := !strings.Contains(raw, "//")
	if bare {
		raw = "//" + raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return ""
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	if bare {
		return strings.TrimPrefix(u.String(), "//")
	}
	return u.String()
}
