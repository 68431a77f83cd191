package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/acme"

	"github.com/rekey-go/rekey/internal/caclient"
)

// account makes the client know its account, a new one if there is none.
func (a *ACME) account(ctx context.Context, client *acme.Client) error {
	if client.KID != "" {
		return nil
	}
	err := a.server.FindAccount(ctx, client)
	if !errors.Is(err, acme.ErrNoAccount) {
		return err
	}
	if err := a.mayRegister(ctx, client); err != nil {
		return err
	}
	account := &acme.Account{Contact: slices.Clone(a.c.Contact)}
	if e := a.c.ExternalAccount; e != nil {
		account.ExternalAccountBinding = &acme.ExternalAccountBinding{KID: e.KeyID, Key: e.Key}
	}
	if _, err := client.Register(ctx, account, acme.AcceptTOS); err != nil && !errors.Is(err, acme.ErrAccountAlreadyExists) {
		return caclient.ACMEError("register an account", err)
	}
	return a.server.Remember(client, client.KID)
}

// mayRegister looks whether what the server wants of a new account is there.
func (a *ACME) mayRegister(ctx context.Context, client *acme.Client) error {
	dir, err := client.Discover(ctx)
	switch {
	case err != nil:
		return caclient.ACMEError("give its directory", err)
	case dir.ExternalAccountRequired && a.c.ExternalAccount == nil:
		return errors.New("there is no account of this key, and the server registers none without an external account binding: ask the CA for a key ID and a MAC key")
	case dir.Terms != "" && !a.c.AgreeTerms:
		return fmt.Errorf("there is no account of this key, and a new one needs consent to the terms of service at %s: read them and set AgreeTerms", quote(dir.Terms))
	}
	return nil
}
