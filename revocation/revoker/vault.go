package revoker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/caclient"
	"github.com/rekey-go/rekey/revocation"
)

// VaultConfig says where Vault or OpenBao is, and by which token it is asked.
type VaultConfig struct {
	// URL is the server's, such as "https://vault.example:8200". A proxy is that
	// of the environment ([http.ProxyFromEnvironment]).
	URL string
	// Mount is where the PKI secrets engine is mounted; empty is "pki".
	Mount string
	// Namespace is the one of the mount; empty is the root namespace.
	Namespace string
	// Token gives a token that may update MOUNT/revoke; see [StaticToken]. It is
	// called for every revocation.
	Token func(context.Context) (string, error) `json:"-"`
	// Roots are certificates that the server's must chain to. Nil is the
	// system's.
	Roots *x509.CertPool
	// Timeout bounds Revoke, CanRevoke and Check; zero is one minute.
	Timeout time.Duration
}

// StaticToken is a token that does not change.
func StaticToken(token string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return token, nil }
}

// Format writes the address and the mount, whatever the verb: never the token.
func (c VaultConfig) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Vault at %s, mount %s", bundle.Address(c.URL), quote(c.Mount))
}

// LogValue is what Format writes.
func (c VaultConfig) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// Vault asks the PKI secrets engine of Vault or OpenBao, by POST
// /v1/MOUNT/revoke with the serial number. The certificate, or its SHA-256, is
// compared with the one that the engine keeps. Certificates that the engine does not keep (no_store) it cannot
// revoke by serial number: [revocation.ErrOtherIssuer]. It is safe for
// concurrent use if Token is.
//
// The engine takes no reason: its revocation list gives none.
type Vault struct {
	c      VaultConfig
	base   *url.URL
	client *http.Client
}

var (
	_ revocation.Revoker        = (*Vault)(nil)
	_ revocation.Needer         = (*Vault)(nil)
	_ revocation.Prechecker     = (*Vault)(nil)
	_ revocation.RevokerChecker = (*Vault)(nil)
)

// NewVault makes one. Nothing is asked of the server yet.
func NewVault(c VaultConfig) (*Vault, error) {
	base, err := caclient.ServerURL(c.URL)
	if c.Mount = strings.Trim(c.Mount, "/"); c.Mount == "" {
		c.Mount = "pki"
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("revoker: Vault: %w", err)
	case c.Token == nil:
		return nil, errors.New("revoker: Vault: give a token")
	case strings.Contains("/"+c.Mount+"/", "/../") || strings.ContainsAny(c.Mount, "?#%\\"):
		return nil, fmt.Errorf("revoker: Vault: %s is no mount", quote(c.Mount))
	case c.Timeout < 0:
		return nil, errors.New("revoker: Vault: negative Timeout")
	}
	base = &url.URL{Scheme: base.Scheme, Host: base.Host, Path: base.Path}
	return &Vault{c, base, caclient.NewClient(&tls.Config{RootCAs: c.Roots})}, nil
}

// Needs says that the certificate is needed, or what finds and proves it.
func (v *Vault) Needs() revocation.Need { return revocation.NeedSerial }

// vaultAnswer is what Vault says: data and warnings, or errors.
type vaultAnswer struct {
	Data struct {
		Certificate    string `json:"certificate"`
		RevocationTime int64  `json:"revocation_time"`
		State          string `json:"state"`
	} `json:"data"`
	Warnings []string `json:"warnings"`
}

// Revoke does as [revocation.Revoker] says. A refusal is a [*caserver.ServerError].
func (v *Vault) Revoke(ctx context.Context, e revocation.Evidence, r revocation.Reason) error {
	return v.within(ctx, func(ctx context.Context) error {
		if err := r.CheckRequest(); err != nil {
			return err
		}
		t, before, err := v.look(ctx, e)
		if err != nil || before.Data.RevocationTime > 0 {
			return err
		}
		return v.revoke(ctx, t)
	})
}

func (v *Vault) revoke(ctx context.Context, t *target) error {
	ask := struct {
		Serial string `json:"serial_number"`
	}{vaultSerial(t)}
	var answer vaultAnswer
	if err := v.send(ctx, caclient.Request{Do: "revoke the certificate", URL: v.address(v.c.Mount, "revoke"), JSON: ask}, &answer); err != nil {
		return err
	}
	said := strings.Join(answer.Warnings, "; ")
	switch {
	case answer.Data.RevocationTime > 0 || answer.Data.State == "revoked":
		return nil
	case strings.Contains(said, "expired"):
		return fmt.Errorf("%w (Vault says: %s)", revocation.ErrExpired, quote(said))
	}
	return fmt.Errorf("Vault does not say that it revoked the certificate: %s", quote(said))
}

// CanRevoke does as [revocation.Prechecker] says.
func (v *Vault) CanRevoke(ctx context.Context, e revocation.Evidence) error {
	return v.within(ctx, func(ctx context.Context) error {
		_, _, err := v.look(ctx, e)
		return err
	})
}

// look finds the certificate in the engine.
func (v *Vault) look(ctx context.Context, e revocation.Evidence) (*target, *vaultAnswer, error) {
	t, err := forServer(v, e)
	if err != nil {
		return nil, nil, err
	}
	var answer vaultAnswer
	err = v.send(ctx, caclient.Request{Do: "give the certificate of this serial number", URL: v.address(v.c.Mount, "cert", vaultSerial(t))}, &answer)
	// Of a mount or namespace that is not there, Vault says that it is not.
	if refused, ok := errors.AsType[*caserver.ServerError](err); ok && refused.Status == http.StatusNotFound && refused.Message == "" {
		return nil, nil, fmt.Errorf("%w: Vault keeps no certificate of the serial number %s", revocation.ErrOtherIssuer, vaultSerial(t))
	}
	if err != nil {
		return nil, nil, err
	}
	return t, &answer, t.same([]byte(answer.Data.Certificate))
}

// vaultSerial is the serial number as Vault writes it: pairs of hex digits.
func vaultSerial(t *target) string {
	digits := t.hex()
	var pairs []string
	for i := 0; i < len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	return strings.Join(pairs, ":")
}

func (v *Vault) address(path ...string) string {
	return v.base.JoinPath(append([]string{"v1"}, path...)...).String()
}

func (v *Vault) send(ctx context.Context, ask caclient.Request, out any) error {
	token, err := v.c.Token(ctx)
	if err != nil {
		return fmt.Errorf("the token: %w", err)
	}
	if token = strings.TrimSpace(token); token == "" {
		return errors.New("the token is empty")
	}
	ask.Header = http.Header{"X-Vault-Token": {token}, "X-Vault-Request": {"true"}}
	if v.c.Namespace != "" {
		ask.Header.Set("X-Vault-Namespace", v.c.Namespace)
	}
	ask.Secrets = []string{token}
	_, err = caclient.Send(ctx, v.client, ask, out)
	return err
}

func (v *Vault) within(ctx context.Context, do func(context.Context) error) error {
	return within(ctx, v.c.Timeout, fmt.Sprint(v.c), do)
}

// Format writes the address and the mount, whatever the verb: never the token.
func (v *Vault) Format(f fmt.State, verb rune) { v.c.Format(f, verb) }

// LogValue is what Format writes.
func (v *Vault) LogValue() slog.Value { return v.c.LogValue() }
