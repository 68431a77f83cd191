package issuer

import (
	"context"
	"fmt"
	"time"

	"github.com/rekey-go/rekey/internal/bundle"
	"github.com/rekey-go/rekey/internal/caclient"
	"github.com/rekey-go/rekey/keys"
)

// Check looks whether the server is the one expected and in good health, and
// whether it has the provisioner, with this key.
func (s *StepCA) Check(ctx context.Context) (*keys.IssuerInfo, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	info, err := s.check(ctx)
	if err != nil {
		return nil, fmt.Errorf("issuer: %v: %w", s.c, err)
	}
	return info, nil
}

func (s *StepCA) check(ctx context.Context) (*keys.IssuerInfo, error) {
	p, err := s.server.Check(ctx)
	if err != nil {
		return nil, err
	}
	info := &keys.IssuerInfo{
		Name:  fmt.Sprint(s.c),
		Names: "those of the request; if it has none, its common name; the CA's template may change them, and usually keeps only the common name of the subject",
	}
	if s.c.ExtraNames != nil {
		info.Names = "added ones, and " + info.Names
	}
	if p != nil {
		info.Notes = s.notes(p)
	}
	info.CAs, err = s.server.Roots(ctx)
	return info, err
}

// notes tell about the validity: step-ca's own limits are made for servers
// that renew by themselves.
func (s *StepCA) notes(p *caclient.Provisioner) []string {
	if s.c.Validity == 0 {
		lasts := "24 hours, unless it is configured otherwise"
		if p.Claims.Default != "" {
			lasts = bundle.Clean(p.Claims.Default, 30)
		}
		return []string{"the CA decides how long certificates last: " + lasts}
	}
	most, err := time.ParseDuration(p.Claims.Max)
	switch {
	case p.Claims.Max == "":
		return []string{"the provisioner does not say how long certificates may last; step-ca's own limit is 24 hours, and longer ones are refused"}
	case err == nil && most < s.c.Validity:
		return []string{fmt.Sprintf("the provisioner allows certificates of %v, shorter than the %v asked for: it will refuse", most, s.c.Validity)}
	}
	return nil
}
