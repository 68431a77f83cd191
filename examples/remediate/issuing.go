package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/access"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/keys/issuer"
	"github.com/rekey-go/rekey/revocation"
	"github.com/rekey-go/rekey/scep"
)

// issuing fills in who issues certificates.
func (c *config) issuing(o *rekey.Options, env program.Env, note func(string)) (err error) {
	if c.has("csr-names") {
		o.IssuedPolicy.Names = strings.FieldsFunc(c.csrNames, func(r rune) bool { return r == ',' || r == ' ' })
	}
	if c.has("validity") && (c.has("csr-dir") || c.has("scep-url")) {
		note("-validity does not bind the CA of -csr-dir or -scep-url: it decides itself")
	}
	switch {
	case c.has("issuer-cert"):
		o.Issuer, err = issuer.LoadLocalCA(c.issuerCert, c.issuerKey, &issuer.LocalCAOptions{Validity: c.validity})
	case c.has("csr-dir"):
		var box issuer.DropBoxOptions
		if c.has("csr-ca") {
			box.CAs, err = issuer.LoadCAs(c.csrCA)
			o.IssuedPolicy.RequireCA = true
		}
		if err == nil {
			o.Issuer, err = issuer.NewDropBox(c.csrDir, &box)
		}
	case c.issuesBySCEP():
		var client *scep.ClientOptions
		if client, err = c.scepOptions(); err == nil {
			o.Issuer, err = scep.NewClient(c.scepURL, client)
		}
	}
	if err != nil {
		return usagef("%v", err)
	}
	if !c.has("scep-url") && !c.asksFor("scep") || c.issuesBySCEP() && !c.asksFor("scep") {
		return nil
	}
	o.SCEP = &rekey.DeviceSCEP{}
	if c.has("scep-url") {
		if o.SCEP.Server, err = scep.ServerSettings(c.scepURL); err != nil {
			return usagef("-scep-url: %v", err)
		}
	}
	if c.has("scep-fingerprint") {
		o.SCEP.Check = c.checkServer
	}
	if c.hasChallenge() {
		o.SCEP.Challenge, err = c.challenge(env)
	}
	return err
}

// checkServer looks at the SCEP server that the device will ask.
func (c *config) checkServer(ctx context.Context, address string) error {
	o, err := c.scepOptions()
	if err != nil {
		return err
	}
	o.AllowLegacy = true
	client, err := scep.NewClient(address, o)
	if err == nil {
		_, err = client.Check(ctx)
	}
	return err
}

// scepOptions say which SCEP server is meant.
func (c *config) scepOptions() (*scep.ClientOptions, error) {
	o := &scep.ClientOptions{Fingerprint: c.scepFingerprint}
	if c.has("scep-ra") {
		var err error
		if o.Pinned, err = issuer.LoadCertificates(c.scepRA); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// challenge reads the challenge password. The same is given for each request:
// servers that take one once want the library's callback.
func (c *config) challenge(env program.Env) (func(context.Context, rekey.DeviceInfo) (rekey.Secret, error), error) {
	text, ok := "", false
	if c.has("scep-challenge-env") {
		text, ok = env(c.scepChallengeEnv)
	} else if data, err := os.ReadFile(c.scepChallengeFile); err == nil && len(data) <= access.MaxSecret {
		text, ok = bundle.FirstLine(data)
	}
	if !ok || text == "" {
		return nil, usagef("-scep-challenge-env wants the name of a variable that is set, -scep-challenge-file that of a file with a first line (not the password itself)")
	}
	return func(context.Context, rekey.DeviceInfo) (rekey.Secret, error) { return rekey.NewSecret(text), nil }, nil
}

// readKnown reads the certificates that the CA issued. What cannot be read is
// told: the one looked for may be among it.
func (c *config) readKnown(ctx context.Context, o *rekey.Options, note func(string)) error {
	if !c.has("known-certs") {
		return nil
	}
	if info, err := os.Stat(c.knownCerts); err != nil || !info.IsDir() {
		return usagef("-known-certs wants a directory that can be read")
	}
	known, err := revocation.IndexKnown(ctx, revocation.KnownDir(c.knownCerts))
	if err != nil {
		return err
	}
	note(fmt.Sprintf("%d known certificates", known.Len()))
	for _, problem := range known.Problems() {
		note(problem.Error())
	}
	o.KnownCertificates = known
	return nil
}
