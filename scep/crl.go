package scep

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/smallstep/scep"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/dn"
)

// CRL asks the server for the revocation list that covers a certificate
// (GetCRL, RFC 8894, 3.3.5). Its signature is checked to be that of the CA
// that issued the certificate, and nothing else: neither dates nor extensions.
// Many servers know no GetCRL; that is an [*HTTPError] or [*FailureError].
func (c *Client) CRL(ctx context.Context, cert *x509.Certificate) (*x509.RevocationList, error) {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	x, err := c.begin(ctx, cert.RawSubject, hex.EncodeToString(id), "")
	if err != nil {
		return nil, err
	}
	content, err := asn1.Marshal(issuerAndSerial{asn1.RawValue{FullBytes: cert.RawIssuer}, cert.SerialNumber})
	if err != nil {
		return nil, err
	}
	r, err := x.send(ctx, scep.GetCRL, content)
	switch {
	case err != nil:
		return nil, err
	case r.status == scep.FAILURE:
		return nil, &FailureError{Info: r.info, Text: r.text}
	case r.status != scep.SUCCESS || r.content == nil:
		return nil, replyError("there is no CRL in it")
	}
	b, err := bundle.Parse(r.content)
	if err != nil {
		return nil, &ReplyError{err}
	}
	err = errors.New("there is no CRL in it that covers the certificate")
	for _, der := range b.CRLs {
		crl, parseErr := x509.ParseRevocationList(der)
		if parseErr != nil {
			err = parseErr
			continue
		}
		for _, ca := range x.server.cas {
			if dn.Equal(crl.RawIssuer, cert.RawIssuer) && dn.Equal(ca.RawSubject, crl.RawIssuer) {
				if err = crl.CheckSignatureFrom(ca); err == nil {
					return crl, nil
				}
			}
		}
	}
	return nil, &ReplyError{fmt.Errorf("CRL: %w", err)}
}
