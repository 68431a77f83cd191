package revoker

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/caclient"
	"github.com/rekey-go/rekey/revocation"
)

// Check looks whether the server answers unsealed, has the engine, and lets the
// token revoke.
func (v *Vault) Check(ctx context.Context) (*revocation.RevokerInfo, error) {
	info := &revocation.RevokerInfo{Name: fmt.Sprint(v.c), Notes: []string{"Vault takes no reason: its revocation list gives none"}}
	err := v.within(ctx, func(ctx context.Context) error {
		if err := v.awake(ctx); err != nil {
			return err
		}
		if err := v.mayRevoke(ctx); err != nil {
			return err
		}
		var answer vaultAnswer
		if err := v.send(ctx, caclient.Request{Do: "give the issuing certificates", URL: v.address(v.c.Mount, "cert", "ca_chain")}, &answer); err != nil {
			return err
		}
		found, err := bundle.Parse([]byte(answer.Data.Certificate))
		if err != nil {
			return fmt.Errorf("the issuing certificates: %w", err)
		}
		info.CAs = found.Certs
		return nil
	})
	if err != nil {
		return nil, err
	}
	return info, nil
}

// awake asks for the server's health. Standbys answer by 429, 472 or 473 and
// forward what they are asked.
func (v *Vault) awake(ctx context.Context) error {
	var health struct {
		Initialized bool `json:"initialized"`
		Sealed      bool `json:"sealed"`
	}
	ask := caclient.Request{Do: "tell its health", URL: v.address("sys", "health"),
		Accept: []int{http.StatusTooManyRequests, 472, 473, http.StatusNotImplemented, http.StatusServiceUnavailable}}
	if _, err := caclient.Send(ctx, v.client, ask, &health); err != nil {
		return err
	}
	switch {
	case !health.Initialized:
		return errors.New("the server is not initialised")
	case health.Sealed:
		return errors.New("the server is sealed: unseal it first")
	}
	return nil
}

// mayRevoke asks what the token may do.
func (v *Vault) mayRevoke(ctx context.Context) error {
	path := v.c.Mount + "/revoke"
	var answer struct {
		Data struct {
			Capabilities []string `json:"capabilities"`
		} `json:"data"`
	}
	ask := caclient.Request{Do: "tell what the token may do", URL: v.address("sys", "capabilities-self"), JSON: map[string][]string{"paths": {path}}}
	if err := v.send(ctx, ask, &answer); err != nil {
		return err
	}
	may := answer.Data.Capabilities
	if !slices.Contains(may, "update") && !slices.Contains(may, "root") {
		return fmt.Errorf("the token may not update %s, only %s: give it a policy that lets it", quote(path), quote(fmt.Sprint(may)))
	}
	return nil
}
