package servers

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/crypto/acme"
)

// The certificates of weak keys that devices begin with. No issuer of ours has
// a CA sign such a key; step-ca, as it was asked before anyone knew, does.

// client speaks to step-ca alone.
func (s *stepCA) client() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DialContext: onlyLoopback, TLSClientConfig: &tls.Config{RootCAs: s.roots()},
	}}
}

// sign has step-ca's own API sign a request, with a token of the provisioner.
func (s *stepCA) sign(request []byte) ([]byte, error) {
	csr, err := x509.ParseCertificateRequest(request)
	if err != nil {
		return nil, err
	}
	token, err := s.token(csr)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]string{
		"csr": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request})), "ott": token,
	})
	if err != nil {
		return nil, err
	}
	resp, err := s.client().Post("https://"+s.https+"/1.0/sign", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	var signed struct {
		CRT string `json:"crt"`
	}
	if err := json.Unmarshal(answer, &signed); err != nil {
		return nil, fmt.Errorf("step-ca: %s: %s", resp.Status, answer)
	}
	block, _ := pem.Decode([]byte(signed.CRT))
	if block == nil {
		return nil, fmt.Errorf("step-ca: %s: %s", resp.Status, answer)
	}
	return block.Bytes, nil
}

// token is the one-time token of the JWK provisioner for the names of a request.
func (s *stepCA) token(csr *x509.CertificateRequest) (string, error) {
	names := csr.DNSNames
	for _, ip := range csr.IPAddresses {
		names = append(names, ip.String())
	}
	b64 := base64.RawURLEncoding.EncodeToString
	point, err := s.provisioner.PublicKey.Bytes()
	if err != nil {
		return "", err
	}
	now := time.Now()
	header, err := json.Marshal(map[string]string{"alg": "ES256", "typ": "JWT", "kid": thumbprint(b64(point[1:33]), b64(point[33:]))})
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(map[string]any{
		"iss": "fleet", "aud": "https://" + s.https + "/1.0/sign", "sub": csr.Subject.CommonName, "sans": names,
		"iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(4 * time.Minute).Unix(), "jti": rand.Text(),
	})
	if err != nil {
		return "", err
	}
	signed := b64(header) + "." + b64(claims)
	sum := sha256.Sum256([]byte(signed))
	r, ss, err := ecdsa.Sign(rand.Reader, s.provisioner, sum[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	ss.FillBytes(signature[32:])
	return signed + "." + b64(signature), nil
}

// signByACME has an account order the names of a request, with Go's own client.
func (s *stepCA) signByACME(ctx context.Context, account *ecdsa.PrivateKey, request []byte) ([]byte, error) {
	csr, err := x509.ParseCertificateRequest(request)
	if err != nil {
		return nil, err
	}
	c := &acme.Client{Key: account, HTTPClient: s.client(), DirectoryURL: "https://" + s.https + "/acme/acme/directory"}
	if _, err := c.Register(ctx, &acme.Account{}, acme.AcceptTOS); err != nil && !errors.Is(err, acme.ErrAccountAlreadyExists) {
		return nil, err
	}
	ids := acme.DomainIDs(csr.DNSNames...)
	for _, ip := range csr.IPAddresses {
		ids = append(ids, acme.IPIDs(ip.String())...)
	}
	order, err := c.AuthorizeOrder(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, url := range order.AuthzURLs {
		if err := authorize(ctx, c, url); err != nil {
			return nil, err
		}
	}
	if order, err = c.WaitOrder(ctx, order.URI); err != nil {
		return nil, err
	}
	chain, _, err := c.CreateOrderCert(ctx, order.FinalizeURL, request, false)
	if err != nil {
		return nil, err
	}
	return chain[0], nil
}

// authorize answers the http-01 challenge of one name.
func authorize(ctx context.Context, c *acme.Client, url string) error {
	z, err := c.GetAuthorization(ctx, url)
	if err != nil || z.Status == acme.StatusValid {
		return err
	}
	for _, challenge := range z.Challenges {
		if challenge.Type != "http-01" {
			continue
		}
		answer, err := c.HTTP01ChallengeResponse(challenge.Token)
		if err != nil {
			return err
		}
		answers.mu.Lock()
		answers.paths[c.HTTP01ChallengePath(challenge.Token)] = answer
		answers.mu.Unlock()
		if _, err := c.Accept(ctx, challenge); err != nil {
			return err
		}
		_, err = c.WaitAuthorization(ctx, url)
		return err
	}
	return fmt.Errorf("no http-01 challenge for %s", z.Identifier.Value)
}
