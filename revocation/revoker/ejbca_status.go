package revoker

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/caclient"
	"github.com/rekey-go/rekey/revocation"
)

// ejbcaStatus is the answer of GET …/revocationstatus.
type ejbcaStatus struct {
	Revoked bool   `json:"revoked"`
	Reason  string `json:"revocation_reason"`
}

// final reports whether the certificate is revoked for good: a hold can be
// taken back, and EJBCA turns it into a revocation when asked for one.
func (s *ejbcaStatus) final() bool {
	return s != nil && s.Revoked && s.Reason != "CERTIFICATE_HOLD" && s.Reason != "REMOVE_FROM_CRL"
}

func (j *EJBCA) status(ctx context.Context, t *target) (*ejbcaStatus, error) {
	var status ejbcaStatus
	ask := caclient.Request{Do: "tell the certificate's status", URL: j.certificateURL(t, "revocationstatus").String()}
	_, err := caclient.Send(ctx, j.client, ask, &status)
	if refused, ok := errors.AsType[*caserver.ServerError](err); ok && refused.Status == http.StatusNotFound {
		return nil, fmt.Errorf("%w: %w", revocation.ErrOtherIssuer, refused)
	}
	if err != nil {
		return nil, err
	}
	return &status, nil
}

// issuerDN is the CA's name in addresses.
func (j *EJBCA) issuerDN(t *target) string {
	if j.c.IssuerDN != "" {
		return j.c.IssuerDN
	}
	return t.issuer.Text
}

func (j *EJBCA) certificateURL(t *target, what string) *url.URL {
	serial := t.hex()
	if j.c.DecimalSerial {
		serial = t.serial.String()
	}
	return j.address("certificate", j.issuerDN(t), serial, what)
}

// address is that of a resource of version 1 of the API. Names are put into it
// octet by octet: they come from certificates, and may contain anything.
func (j *EJBCA) address(path ...string) *url.URL {
	u := *j.base
	u.Path += "/v1"
	u.RawPath = u.EscapedPath()
	for _, p := range path {
		u.Path += "/" + p
		u.RawPath += "/" + url.PathEscape(p)
	}
	return &u
}

func (j *EJBCA) caCertificates(ctx context.Context, dn string) ([]*x509.Certificate, error) {
	ask := caclient.Request{Do: "give the issuing CA's certificate", URL: j.address("ca", dn, "certificate", "download").String()}
	_, body, err := caclient.Fetch(ctx, j.client, ask)
	if err != nil {
		return nil, err
	}
	found, err := bundle.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("the issuing CA's certificate: %w", err)
	}
	return found.Certs, nil
}

// Check looks whether the REST API answers, and knows the administrator. Whether
// he or she may revoke is not to be seen without doing it.
func (j *EJBCA) Check(ctx context.Context) (*revocation.RevokerInfo, error) {
	info := &revocation.RevokerInfo{Name: fmt.Sprint(j.c), CAs: slices.Clone(j.c.Issuers)}
	err := j.within(ctx, func(ctx context.Context) error {
		var answer struct {
			Status  string `json:"status"`
			Version string `json:"version"`
		}
		ask := caclient.Request{Do: "tell its status", URL: j.address("certificate", "status").String()}
		if _, err := caclient.Send(ctx, j.client, ask, &answer); err != nil {
			return err
		}
		if !strings.EqualFold(answer.Status, "ok") {
			return fmt.Errorf("the REST API says that it is not well: %s", quote(answer.Status))
		}
		info.Notes = []string{"whether this administrator may revoke shows only when it is tried"}
		if j.c.IssuerDN != "" && info.CAs == nil {
			var err error
			info.CAs, err = j.caCertificates(ctx, j.c.IssuerDN)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return info, nil
}
