package caclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/acme"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/bundle"
)

// maxRetries is how often a request that failed in a way that may pass (a
// server error, a rate limit, a nonce that has expired) is made again.
const maxRetries = 4

// ACME is an ACME server (RFC 8555) and an account there, which may not exist
// yet. It is safe for concurrent use if the key is.
type ACME struct {
	c    caserver.ACME
	http *http.Client
	kid  atomic.Value // acme.KeyID: the account's address, once it is known
}

// NewACME makes one. Nothing is asked of the server yet.
func NewACME(c caserver.ACME) (*ACME, error) {
	if _, err := ServerURL(c.DirectoryURL); err != nil {
		return nil, err
	}
	if c.Key == nil {
		return nil, errors.New("no account key given")
	}
	if _, err := acme.JWKThumbprint(c.Key.Public()); err != nil {
		return nil, fmt.Errorf("the account key must be ECDSA or RSA: %w", err)
	}
	if c.Timeout < 0 {
		return nil, errors.New("negative Timeout")
	}
	return &ACME{c: c, http: NewClient(&tls.Config{RootCAs: c.Roots})}, nil
}

// Connect makes a client that has read the directory. Each call has its own: a
// shared acme.Client holds a lock while it waits for the network, and would keep
// a cancelled call waiting for another one's answer.
func (a *ACME) Connect(ctx context.Context) (*acme.Client, error) {
	client := &acme.Client{
		Key: a.c.Key, DirectoryURL: a.c.DirectoryURL, HTTPClient: a.http,
		RetryBackoff: func(n int, _ *http.Request, res *http.Response) time.Duration {
			if n > maxRetries {
				return 0
			}
			if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
				return time.Duration(seconds) * time.Second
			}
			return 100 * time.Millisecond << n
		},
	}
	if kid, ok := a.kid.Load().(acme.KeyID); ok {
		client.KID = kid
	}
	if _, err := client.Discover(ctx); err != nil {
		return nil, fmt.Errorf("%w: is this the address of an ACME directory?", ACMEError("give its directory", err))
	}
	return client, nil
}

// FindAccount makes the client know its account; acme.ErrNoAccount if there is
// none.
func (a *ACME) FindAccount(ctx context.Context, client *acme.Client) error {
	account, err := client.GetReg(ctx, "")
	if errors.Is(err, acme.ErrNoAccount) {
		return err
	}
	if err != nil {
		return ACMEError("find the account", err)
	}
	if account.Status != acme.StatusValid {
		return fmt.Errorf("the account of this key is not valid any more but %s: use another key", bundle.Quote(account.Status))
	}
	return a.Remember(client, acme.KeyID(account.URI))
}

// Remember keeps where the account is.
func (a *ACME) Remember(client *acme.Client, kid acme.KeyID) error {
	if kid == "" { // without it the client would go on as if there were no account
		return errors.New("the server does not say where the account is")
	}
	client.KID = kid
	a.kid.Store(kid)
	return nil
}

// ACMEError makes a *caserver.ServerError of what a server refused with. The library
// keeps whole pages as the text of an error.
func ACMEError(do string, err error) error {
	if e, ok := errors.AsType[*acme.AuthorizationError](err); ok && len(e.Errors) > 0 {
		var said []string
		status := 0
		for _, err := range e.Errors {
			if e, ok := errors.AsType[*acme.Error](err); ok {
				status = e.StatusCode
				said = append(said, problemText(e))
			}
		}
		return &caserver.ServerError{Do: do, Status: status, Message: bundle.Clean(strings.Join(said, "; "), 300)}
	}
	if e, ok := errors.AsType[*acme.OrderError](err); ok {
		if e.Problem == nil {
			return &caserver.ServerError{Do: do, Status: http.StatusOK, Message: "the order is " + bundle.Clean(e.Status, 30)}
		}
		return &caserver.ServerError{Do: do, Status: e.Problem.StatusCode, Message: problemText(e.Problem)}
	}
	if e, ok := errors.AsType[*acme.Error](err); ok {
		return &caserver.ServerError{Do: do, Status: e.StatusCode, Message: problemText(e)}
	}
	return fmt.Errorf("asking the CA to %s: %w", do, err)
}

// problemText is what a problem document (RFC 7807, RFC 8555 section 6.7) says.
func problemText(e *acme.Error) string {
	if html := bundle.HTML([]byte(e.Detail)); html != nil {
		return html.Error()
	}
	text := strings.TrimPrefix(e.ProblemType, "urn:ietf:params:acme:error:") + ": " + e.Detail
	for _, s := range e.Subproblems {
		text += "; "
		if s.Identifier != nil {
			text += s.Identifier.Value + ": "
		}
		text += s.Detail
	}
	return bundle.Clean(strings.TrimPrefix(text, ": "), 300)
}
