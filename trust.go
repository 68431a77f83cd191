package rekey

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"time"

	"github.com/rekey-go/rekey/internal/thumbprint"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// Trust says how the peers of a usage come to trust its new certificate, where
// they must before the machine can talk to them again. // Order
type Trust string

// The ways of trust.
const (
	// TrustNone: nothing has to be known of the certificate beforehand.
	TrustNone Trust = ""
	// TrustDistributed: [Options.Distribute] makes it known. The certificate is
	// first seen in a handshake, so the key serves TLS before it serves the usage.
	TrustDistributed Trust = "distributed"
	// TrustAssumed: [Options.AssumeTrusted] was given.
	TrustAssumed Trust = "assumed"
	// TrustIssued: a CA issues it, and who trusts the CA trusts it.
	TrustIssued Trust = "issued"
)

// Distribution is a new certificate that somebody has to trust: the
// authentication server of IEEE 802.1X, the peers of IPSec, the other IP-fax
// machines of SIP. // E-1
type Distribution struct {
	Device      DeviceInfo      `json:"device"`
	usage.Place                 // IPSec policy
	OldKey      KeyRef          `json:"oldKey"`
	NewKey      KeyRef          `json:"newKey"`
	Old         CertificateInfo `json:"old"` // to be kept until the work is done: it serves until the restart
	New         CertificateInfo `json:"new"`
}

// Verification asks whether a peer of a usage saw the new key at work, after
// the restart.
type Verification struct {
	Device DeviceInfo
	usage.Place
	NewKey KeyRef
	New    CertificateInfo
}

// CertificateInfo is what is known of a certificate: all of it, or, where the
// device does not give it out, what its details page says.
type CertificateInfo struct {
	PEM     string `json:"pem,omitempty"` // empty if the certificate could not be had
	Subject string `json:"subject,omitempty"`
	Issuer  string `json:"issuer,omitempty"`
	Serial  string `json:"serial,omitempty"` // hex
	SHA256  string `json:"sha256,omitempty"` // fingerprint of the certificate, hex
	SHA1    string `json:"sha1,omitempty"`
	// NotBefore and NotAfter are zero if the certificate could not be had.
	NotBefore time.Time `json:"notBefore,omitzero"`
	NotAfter  time.Time `json:"notAfter,omitzero"`
	// Fields are the details page's, verbatim and in order; empty if it was not
	// read.
	Fields []remoteui.Pair `json:"fields,omitempty"`
}

// infoOf tells what is known of a certificate; each argument may be nil.
func infoOf(cert *x509.Certificate, d *keys.Details) CertificateInfo {
	var info CertificateInfo
	if d != nil {
		info.Subject, info.Issuer, info.Serial, info.Fields = d.Subject, d.Issuer, d.Serial, d.Fields
	}
	if cert == nil {
		return info
	}
	s1, s256 := thumbprint.SHA1(cert.Raw), sha256.Sum256(cert.Raw)
	info.PEM = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	info.Subject, info.Issuer, info.Serial = cert.Subject.String(), cert.Issuer.String(), cert.SerialNumber.Text(16)
	info.SHA1, info.SHA256 = hex.EncodeToString(s1[:]), hex.EncodeToString(s256[:])
	info.NotBefore, info.NotAfter = cert.NotBefore, cert.NotAfter
	return info
}

// distribute has a new certificate made known, and waits for the answer.
func (r *runner) distribute(ctx context.Context, c *change) error {
	return r.o.Distribute(ctx, Distribution{
		Device: r.report.Device, Place: c.Place, OldKey: c.OldKey, NewKey: c.row.NewKey,
		Old: c.old.info(), New: infoOf(c.new.cert, c.new.details),
	})
}
