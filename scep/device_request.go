package scep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/usage"
)

// DeviceRequest is what the device is told to ask its SCEP server for. // G-7
type DeviceRequest struct {
	// Spec: name, hash, RSA length, organization and common name count; the
	// form has no other fields.
	Spec keys.Spec
	// Challenge is the challenge password; empty: the server wants none.
	Challenge remoteui.Secret
	// Location is the usage that gets the key with the next restart: TLS, IEEE
	// 802.1X or IPSec. Empty: [None]. The function must be on: a location does
	// not switch it on. // G-9
	Location keys.Use
}

// useLocation is the choice of [Key Use Location] for a usage; empty: it has none.
func useLocation(u keys.Use) remoteui.Label {
	if u == "" {
		return labels.NoLocation
	}
	return usage.Of(u).Location
}

// Validate checks the request before anything is sent.
func (r *DeviceRequest) Validate() error {
	err := r.Spec.ValidateRequest()
	if r.Spec.Algorithm.RSABits == 0 {
		err = errors.Join(err, &keys.FieldError{Field: "Algorithm", Row: row.RequestBySCEP, Rule: "SCEP makes RSA keys only"})
	}
	if useLocation(r.Location) == "" {
		err = errors.Join(err, &keys.FieldError{Field: "Location", Row: row.RequestBySCEP, Rule: fmt.Sprintf("%q has no certificates by SCEP", r.Location)})
	}
	return err
}

// Enrol has the device make a key and ask its SCEP server for the certificate,
// and waits until the key stands in the list with one, also where an earlier
// asking brought it there, see [keys.Wait].Expected and [Await]. The timer must be
// off, see [SetTimer]. Errors: [*keys.FieldError] (nothing was sent);
// [*keys.ExistsError]; [remoteui.RefusedError] with the device's words; and at
// the deadline what the device said last: the server may still answer later.
// // G-7
func Enrol(ctx context.Context, s *remoteui.Session, r DeviceRequest, w keys.Wait) (*keys.Details, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	before, err := keys.ReadList(ctx, s)
	if err != nil {
		return nil, err
	}
	again := slices.Contains(w.Expected, r.Spec.Name)
	switch _, exists := before.Find(r.Spec.Name); {
	case exists && again:
		return Await(ctx, s, r.Spec.Name, "", w)
	case exists:
		return nil, &keys.ExistsError{Name: r.Spec.Name}
	}
	list := &requests{s: s, name: r.Spec.Name}
	if list.old, err = list.rows(ctx, true); err != nil {
		return nil, err
	}
	in := request(r)
	in.Name, in.About = fmt.Sprintf("SCEP request for key %q", r.Spec.Name), &remoteui.Object{Names: []string{r.Spec.Name}, Others: before.Names()}
	answer, err := s.Do(ctx, in)
	if _, refused := errors.AsType[*remoteui.RefusedError](err); refused && again {
		// The earlier request may be why: then its key is there, and its row is what counts.
		if l, readErr := keys.ReadList(ctx, s); readErr == nil {
			if _, there := l.Find(r.Spec.Name); there {
				err, list.old = nil, nil
			}
		}
	}
	if _, lost := errors.AsType[*remoteui.AmbiguousWriteError](err); err != nil && !lost { // else the list tells
		return nil, err
	}
	return list.await(ctx, answer.Said, w)
}

// request is the act of sending one.
func request(r DeviceRequest) remoteui.Intent {
	return remoteui.Intent{
		Name:   "SCEP request",
		Way:    append(path[:len(path):len(path)], labels.CertificateRequest),
		Steps:  []remoteui.Step{{Labels: []remoteui.Label{labels.SendRequest, labels.Send, labels.OK}, Writes: true}},
		Fields: fields(r),
	}
}

// Ahead is the request as [remoteui.Session.Rehearse] looks ahead at it: with
// fields that are looked for only.
func Ahead() remoteui.Intent {
	in := request(DeviceRequest{})
	for i, f := range in.Fields {
		in.Fields[i] = f.Ahead()
	}
	return in
}

// fields enter a request into the form. // G-7
func fields(r DeviceRequest) []remoteui.Field {
	return []remoteui.Field{
		{Label: labels.KeyName, Text: r.Spec.Name}, {Label: labels.Organization, Text: r.Spec.Organization}, {Label: labels.CommonName, Text: r.Spec.CommonName},
		{Label: labels.ChallengePassword, Set: func(ctx context.Context, p *remoteui.Page) error {
			challenge, err := p.Control(ctx, labels.ChallengePassword)
			if err != nil {
				return err
			}
			return challenge.SetSecret(ctx, r.Challenge)
		}},
		{Label: labels.SignatureAlgorithm, Set: func(ctx context.Context, p *remoteui.Page) error {
			hash, err := p.Control(ctx, labels.SignatureAlgorithm)
			if err != nil {
				return err
			}
			return hash.ChooseFit(ctx, string(r.Spec.Hash), func(o string) bool { return only(o, isWord) == string(r.Spec.Hash) })
		}},
		{Label: labels.KeyLength, Set: func(ctx context.Context, p *remoteui.Page) error {
			length, err := p.Control(ctx, labels.KeyLength)
			if err != nil {
				return err
			}
			bits := strconv.Itoa(r.Spec.Algorithm.RSABits)
			return length.ChooseFit(ctx, bits+" bits", func(o string) bool { return only(o, unicode.IsDigit) == bits })
		}},
		{Label: labels.UseLocation, Set: func(ctx context.Context, p *remoteui.Page) error { return locate(ctx, p, useLocation(r.Location)) }},
	}
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// only keeps some characters, in capitals: "SHA-256" is "SHA256".
func only(text string, keep func(rune) bool) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if keep(r) {
			return r
		}
		return -1
	}, text))
}

// locate chooses the use location, in a select or among radio buttons.
func locate(ctx context.Context, p *remoteui.Page, l remoteui.Label) error {
	controls, err := p.Controls(ctx, labels.UseLocation)
	if err != nil {
		return err
	}
	for _, c := range controls {
		if c.Kind() == "select" {
			return c.Choose(ctx, l)
		}
		for _, choice := range c.Group() {
			if c.Kind() == "radio" && p.Is(l, choice.Label()) {
				return choice.Check(ctx, true)
			}
		}
	}
	return &remoteui.PageError{Page: p.Title(), Label: labels.UseLocation, Reason: fmt.Sprintf("offers no %q", l)}
}
