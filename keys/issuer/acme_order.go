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

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/caclient"
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
	// One proof for each name is all that an order is worth: each is published in
	// the DNS or on a web server, which is not the CA's.
	if n := len(order.AuthzURLs); n > len(ids) {
		return nil, fmt.Errorf("the server wants %d proofs for %d names", n, len(ids))
	}
	left := slices.Clone(ids)
	for _, address := range order.AuthzURLs {
		if left, err = a.authorize(ctx, client, address, left); err != nil {
			return nil, err
		}
	}
	if order, err = client.WaitOrder(ctx, order.URI); err != nil {
		return nil, caclient.ACMEError("find the order ready", err)
	}
	der, _, err := client.CreateCertFromOrder(ctx, order, csr.Raw, true)
	if err != nil {
		return nil, caclient.ACMEError("issue the certificate", err)
	}
	return der, nil
}

// orderError says in plain words what the refusal of a kind of name means.
func orderError(ids []acme.AuthzID, err error) error {
	refusal := caclient.ACMEError("take the order", err)
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

// authorize proves control of one of the names that are left, and returns the
// others.
func (a *ACME) authorize(ctx context.Context, client *acme.Client, address string, left []acme.AuthzID) ([]acme.AuthzID, error) {
	authz, err := client.GetAuthorization(ctx, address)
	if err != nil {
		return nil, caclient.ACMEError("say what is to be proved", err)
	}
	name := authz.Identifier.Value
	i := slices.IndexFunc(left, func(id acme.AuthzID) bool {
		return proves(authz, id) && authz.Wildcard == strings.HasPrefix(id.Value, "*.")
	})
	if i < 0 {
		i = slices.IndexFunc(left, func(id acme.AuthzID) bool { return proves(authz, id) })
	}
	if i < 0 {
		return nil, fmt.Errorf("the server wants a proof for %s, which the request does not name, or wants it twice", quote(name))
	}
	return slices.Delete(left, i, i+1), a.prove(ctx, client, address, authz)
}

// proves tells whether an authorization is for a name. That for a wildcard has
// the name without it, and says so (RFC 8555, section 7.1.4); not every server
// does.
func proves(authz *acme.Authorization, id acme.AuthzID) bool {
	name, wildcard := strings.CutPrefix(id.Value, "*.")
	return strings.EqualFold(name, strings.TrimPrefix(authz.Identifier.Value, "*.")) && (wildcard || !authz.Wildcard)
}

// prove answers one challenge of an authorization.
func (a *ACME) prove(ctx context.Context, client *acme.Client, address string, authz *acme.Authorization) error {
	name := authz.Identifier.Value
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
		return caclient.ACMEError(do, err)
	}
	if _, err := client.WaitAuthorization(ctx, address); err != nil {
		return caclient.ACMEError(do, err)
	}
	return nil
}

// choose takes a challenge that can be answered.
func (a *ACME) choose(authz *acme.Authorization) (*acme.Challenge, caserver.ACMESolver, error) {
	var offered []string
	for _, way := range []struct {
		kind   string
		solver caserver.ACMESolver
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
	return nil, caserver.ACMESolver{}, fmt.Errorf("for %s the server takes only %s, which nothing answers",
		quote(authz.Identifier.Value), quote(strings.Join(offered, ", ")))
}

// publish says what must be made public. The token becomes part of a path: it
// must be what RFC 8555, section 8.3, allows.
func publish(client *acme.Client, c *acme.Challenge, name string) (p caserver.ACMEChallenge, err error) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if c.Token == "" || strings.Trim(c.Token, alphabet) != "" {
		return p, fmt.Errorf("the server's token for %s is malformed: %s", quote(name), quote(c.Token))
	}
	p = caserver.ACMEChallenge{Type: c.Type, Name: name}
	if c.Type == "dns-01" {
		p.Where = "_acme-challenge." + name
		p.Value, err = client.DNS01ChallengeRecord(c.Token)
		return p, err
	}
	p.Where = client.HTTP01ChallengePath(c.Token)
	p.Value, err = client.HTTP01ChallengeResponse(c.Token)
	return p, err
}
