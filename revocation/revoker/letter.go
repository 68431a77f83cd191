package revoker

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/revocation"
)

const maxValue = 500 // characters of a value in instructions

// identifiers are all that tells the certificate, the most telling first.
func identifiers(e revocation.Evidence) []revocation.Field {
	var all []revocation.Field
	add := func(label string, values ...string) {
		if value := bundle.Clean(strings.Join(values, ", "), maxValue); value != "" {
			all = append(all, revocation.Field{Label: label, Value: value})
		}
	}
	if c := e.Certificate; c != nil {
		add("serial number (hex)", c.SerialHex)
		add("serial number (decimal)", c.SerialDec)
		add("issuer", c.Issuer)
		add("issuer (DER, base64)", base64.StdEncoding.EncodeToString(c.RawIssuer))
		add("authority key identifier", c.AKI)
		add("subject", c.Subject)
		add("SHA-256 of the certificate", c.SHA256)
		add("SHA-1 of the certificate", c.SHA1)
		add("valid from", date(c.NotBefore))
		add("valid until", date(c.NotAfter))
		add("CRL", c.CRLURLs...)
		add("OCSP", c.OCSPURLs...)
	}
	if p := e.PublicKey; p != nil {
		add("public key", strings.TrimSpace(fmt.Sprint(p.Algorithm, " ", p.Bits)))
		add("SHA-256 of the public key", p.SPKI)
	}
	add("device", e.Device.URL)
	add("model", e.Device.Model)
	add("serial number of the device", e.Device.Serial)
	add("key name on the device", e.Key)
	add("used for", e.Usages...)
	for _, f := range e.Fields {
		add("details page: "+bundle.Clean(f.Label, maxValue), f.Value)
	}
	return all
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// letter asks the CA's team.
func letter(e revocation.Evidence, i revocation.Instruction) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Please revoke the following certificate. Reason (RFC 5280, 5.3.1): %v (%d).\n\n", i.Reason, int(i.Reason))
	if e.Weakness.State == "proved" {
		b.WriteString("Its private key was made with the flaw of CVE-2022-26320 and can be computed from the certificate alone: whoever has the certificate can pose as the device. This was proved. ")
	}
	b.WriteString("The device uses another key now and does not need this certificate any more.\n\n")
	for _, f := range i.Identifiers {
		fmt.Fprintf(&b, "  %s: %s\n", f.Label, f.Value)
	}
	if e.Certificate != nil && len(i.Commands) == 0 {
		b.WriteString("\nThat your CA issued it was not proved here: compare your own copy with the SHA-256 above, not the serial number alone, and revoke none of which you are not sure.\n")
	}
	if e.Certificate == nil {
		b.WriteString("\nThe certificate itself could not be had: please find it by these marks, and revoke none of which you are not sure.\n")
	}
	kind := ""
	for _, c := range i.Commands {
		if c.CA != kind {
			kind = c.CA
			fmt.Fprintf(&b, "\nWith %s:\n", map[string]string{CAADCS: "Microsoft AD CS", CAOpenSSL: "openssl ca"}[kind])
		}
		fmt.Fprintf(&b, "  %s\n", c.Line)
	}
	b.WriteString("\nThen publish the revocation list, and tell us its number and time.\n")
	return b.String()
}
