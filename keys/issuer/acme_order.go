package issuer

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/acme"

	"github.com/rekey-go/rekey/internal/casrv"
)

// cleanUpTime is what taking back the answer to a challenge has.
const cleanUpTime = 30 * time.Second

// order goes the way of RFC 8555, section 7.4: order, prove control of every
// name, finalise, download.
func (a *ACME) order(ctx context.Context, client *acme.Client, csr *x509.CertificateRequest, ids []acme.AuthzID) ([][]byte, error) {
	order, err := client.AuthorizeOrder(ctx, ids)
	if err != nil {
		return nil, orderError(ids, err)
	}
	if order.URI == "" || len(order.AuthzURLs) == 0 {
		return nil, errors.New("the server's order has no address, or no authorizations")
	}
	for _, address := range order.AuthzURLs {
		if err := a.authorize(ctx, client, address, ids); err != nil {
			return nil, err
		}
	}
	if order, err = client.WaitOrder(ctx, order.URI); err != nil {
		return nil, casrv.ACMEError("find the order ready", err)
	}
	der, _, err := client.CreateCertFromOrder(ctx, order, csr.Raw, true)
	if err != nil {
		return nil, casrv.ACMEError("issue the certificate", err)
	}
	return der, nil
}

// orderError says in plain words what the refusal of a kind of name means.
func orderError(ids []acme.AuthzID, err error) error {
	refusal := casrv.ACMEError("take the order", err)
	e, ok := errors.AsType[*acme.Error](err)
	if !ok || !slices.ContainsFunc(ids, func(id acme.AuthzID) bool { return id.Type == "ip" }) {
		return refusal
	}
	switch strings.TrimPrefix(e.ProblemType, "urn:ietf:params:acme:error:") {
	case "unsupportedIdentifier", "rejectedIdentifier", "malformed":
		return fmt.Errorf("%w: the request names an IP address, which many CAs do not certify; use a host name as common name, or another CA", refusal)
	}
	return refusal
}

// authorize proves control of one name.
func (a *ACME) authorize(ctx context.Context, client *acme.Client, address string, ids []acme.AuthzID) error {
	authz, err := client.GetAuthorization(ctx, address)
	if err != nil {
		return casrv.ACMEError("say what is to be proved", err)
	}
	name := authz.Identifier.Value
	// Nothing is published for names that nobody asked for.
	if !slices.ContainsFunc(ids, func(id acme.AuthzID) bool {
		return strings.EqualFold(strings.TrimPrefix(id.Value, "*."), strings.TrimPrefix(name, "*."))
	}) {
		return fmt.Errorf("the server wants a proof for %s, which the request does not name", quote(name))
	}
	switch authz.Status {
	case acme.StatusValid:
		return nil // proved earlier
	case acme.StatusPending:
	default:
		return fmt.Errorf("the authorization for %s is %s", quote(name), quote(authz.Status))
	}
	challenge, solver, err := a.choose(authz)
	if err != nil {
		return err
	}
	public, err := publish(client, challenge, strings.TrimPrefix(name, "*."))
	if err != nil {
		return err
	}
	defer func() {
		if solver.CleanUp != nil {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
			defer cancel()
			solver.CleanUp(ctx, public)
		}
	}()
	if err := solver.Present(ctx, public); err != nil {
		return fmt.Errorf("answering the %s challenge for %s: %w", public.Type, public.Name, err)
	}
	do := "accept the proof for " + public.Name
	if _, err := client.Accept(ctx, challenge); err != nil {
		return casrv.ACMEError(do, err)
	}
	if _, err := client.WaitAuthorization(ctx, address); err != nil {
		return casrv.ACMEError(do, err)
	}
	return nil
}

// choose takes a challenge that can be answered.
func (a *ACME) choose(authz *acme.Authorization) (*acme.Challenge, ACMESolver, error) {
	var offered []string
	for _, way := range []struct {
		kind   string
		solver ACMESolver
	}{{"dns-01", a.c.DNS01}, {"http-01", a.c.HTTP01}} {
		for _, c := range authz.Challenges {
			if c.Type == way.kind && way.solver.Present != nil {
				return c, way.solver, nil
			}
		}
	}
	for _, c := range authz.Challenges {
		offered = append(offered, c.Type)
	}
	return nil, ACMESolver{}, fmt.Errorf("for %s the server takes only %s, which nothing answers",
		quote(authz.Identifier.Value), quote(strings.Join(offered, ", ")))
}

// publish says what must be made public. The token becomes part of a path: it
// must be what RFC 8555, section 8.3, allows.
func publish(client *acme.Client, c *acme.Challenge, name string) (p ACMEChallenge, err error) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if c.Token == "" || strings.Trim(c.Token, alphabet) != "" {
		return p, fmt.Errorf("the server's token for %s is malformed: %s", quote(name), quote(c.Token))
	}
	p = ACMEChallenge{Type: c.Type, Name: name}
	if c.Type == "dns-01" {
		p.Where = "_acme-challenge." + name
		p.Value, err = client.DNS01ChallengeRecord(c.Token)
		return p, err
	}
	p.Where = client.HTTP01ChallengePath(c.Token)
	p.Value, err = client.HTTP01ChallengeResponse(c.Token)
	return p, err
}
