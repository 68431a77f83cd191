package issuer

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/caclient"
	"github.com/rekey-go/rekey/keys"
)

// StepCA asks a step-ca server (smallstep/certificates) to sign requests, by
// POST /1.0/sign. It is safe for concurrent use if key and callbacks are.
type StepCA struct {
	c      caserver.StepCA
	server *caclient.Step
}

var (
	_ keys.Issuer  = (*StepCA)(nil)
	_ keys.Namer   = (*StepCA)(nil)
	_ keys.Checker = (*StepCA)(nil)
)

// NewStepCA makes one. Nothing is asked of the server yet.
func NewStepCA(c caserver.StepCA) (*StepCA, error) {
	server, err := caclient.NewStep(c)
	if err != nil {
		return nil, fmt.Errorf("issuer: step-ca: %w", err)
	}
	if c.Validity < 0 {
		return nil, errors.New("issuer: step-ca: negative Validity")
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	return &StepCA{c, server}, nil
}

// Issue has a certificate signed for the request. Its names (SAN) are those of
// the order and of ExtraNames (see [LocalCA.Issue], also for a request without an
// order): the one-time token says so, and step-ca checks the request against it. The
// CA's template decides about the rest. The default template keeps of the subject
// only the common name.
//
// A refusal is a [*caserver.ServerError].
func (s *StepCA) Issue(ctx context.Context, csr *x509.CertificateRequest) ([]*x509.Certificate, error) {
	if err := checkRequest(ctx, csr); err != nil {
		return nil, err
	}
	order, err := orderOf(ctx, csr)
	if err != nil {
		return nil, err
	}
	want, err := s.tokenRequest(order, csr)
	if err != nil {
		return nil, err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	chain, err := s.issue(ctx, csr, want)
	if err != nil {
		return nil, fmt.Errorf("issuer: %v: %w", s.c, err)
	}
	return chain, nil
}

func (s *StepCA) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.c.Timeout, fmt.Errorf("not done within %v: %w", s.c.Timeout, context.DeadlineExceeded))
}

func (s *StepCA) tokenRequest(order keys.Order, csr *x509.CertificateRequest) (caserver.TokenRequest, error) {
	names, err := namesOf(order, csr, s.c.ExtraNames)
	if err != nil {
		return caserver.TokenRequest{}, err
	}
	want := caserver.TokenRequest{Subject: csr.Subject.CommonName, Names: names.strings(), Audience: s.server.Audience("sign")}
	if len(want.Names) == 0 && want.Subject != "" {
		want.Names = []string{want.Subject} // what step-ca does without any
	}
	if want.Subject == "" {
		if len(want.Names) == 0 {
			return caserver.TokenRequest{}, errors.New("issuer: step-ca: the request names nothing: give it a common name")
		}
		want.Subject = want.Names[0]
	}
	return want, nil
}

func (s *StepCA) issue(ctx context.Context, csr *x509.CertificateRequest, want caserver.TokenRequest) ([]*x509.Certificate, error) {
	client, err := s.server.Client(ctx)
	if err != nil {
		return nil, err
	}
	token, err := s.server.Token(ctx, want)
	if err != nil {
		return nil, err
	}
	ask := struct {
		CSR      string `json:"csr"`
		Token    string `json:"ott"`
		NotAfter string `json:"notAfter,omitempty"`
	}{CSR: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr.Raw})), Token: token}
	if s.c.Validity > 0 {
		ask.NotAfter = s.c.Validity.String() // counted from now, by the CA
	}
	var answer struct {
		Cert  string   `json:"crt"`
		CA    string   `json:"ca"`
		Chain []string `json:"certChain"`
	}
	sign := caclient.Request{Do: "sign the request", URL: s.server.URL("1.0", "sign"), JSON: ask, Secrets: caclient.TokenParts(token)}
	if _, err := caclient.Send(ctx, client, sign, &answer); err != nil {
		return nil, err
	}
	found, err := bundle.Parse([]byte(strings.Join(append(answer.Chain, answer.Cert, answer.CA), "\n")))
	if err != nil {
		return nil, fmt.Errorf("its answer: %w", err)
	}
	return bundle.Chain(csr.PublicKey, found.Certs)
}

// Format writes the address and the provisioner, whatever the verb: never the
// key.
func (s *StepCA) Format(f fmt.State, verb rune) { s.c.Format(f, verb) }

// AddedNames are those of ExtraNames: the certificate has them beside those that
// were ordered.
func (s *StepCA) AddedNames(csr *x509.CertificateRequest) []string {
	if s.c.ExtraNames == nil {
		return nil
	}
	return s.c.ExtraNames(csr)
}
