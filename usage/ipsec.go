package usage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
)

// ipsecPath leads to the list of policies. // C-3
var ipsecPath = []remoteui.Label{remoteui.Settings, remoteui.Network, remoteui.IPSecPolicies}

// networkItems are what else is read behind the menu of the policies.
var networkItems = []remoteui.Label{remoteui.IEEE8021XSettings, remoteui.SIPSettings, remoteui.BluetoothSettings}

// maxPolicies bounds what is looked at; devices hold ten.
const maxPolicies = 40

// ipsec is the IKE page of a policy. It needs the steps if authentication is by
// digital signature and a key name is shown. // C-3, R-3
func ipsec(p Place) *form {
	return &form{
		Place: p, item: remoteui.IPSecPolicies, title: remoteui.IKESettings,
		open: func(ctx context.Context, s *remoteui.Session) (*remoteui.Page, error) {
			policy, err := OpenPolicy(ctx, s, p.Policy)
			if err != nil {
				return nil, err
			}
			return openIKE(ctx, policy)
		},
		on: signs,
	}
}

// signs reports whether a policy authenticates by digital signature.
func signs(ctx context.Context, p *remoteui.Page) (bool, string, error) {
	if c, err := p.Control(ctx, remoteui.DigitalSignatureMethod); err == nil && c.Kind() == "radio" {
		return method(c.Checked())
	}
	c, err := p.Control(ctx, remoteui.AuthenticationMethod)
	if err == nil && c.Kind() == "select" {
		for _, o := range c.Options() {
			if o.Selected {
				return methodText(p, o.Text)
			}
		}
	}
	text, err := p.ValueAmong(ctx, remoteui.AuthenticationMethod, remoteui.DigitalSignatureMethod, remoteui.PreSharedKeyMethod)
	if err != nil {
		return false, "", err
	}
	return methodText(p, text)
}

func methodText(p *remoteui.Page, text string) (bool, string, error) {
	switch {
	case p.Is(remoteui.DigitalSignatureMethod, text):
		return method(true)
	case p.Is(remoteui.PreSharedKeyMethod, text):
		return method(false)
	}
	return false, "", &remoteui.PageError{Page: p.Title(), Label: remoteui.AuthenticationMethod, Reason: fmt.Sprintf("shows %q, which is not known", text)}
}

func method(signature bool) (bool, string, error) {
	if signature {
		return true, "the authentication method is digital signature", nil
	}
	return false, "the authentication method is not digital signature", nil
}

// readPolicies reads every policy of the list. // C-3
func readPolicies(ctx context.Context, s *remoteui.Session) ([]Setting, error) {
	var names []string
	err := s.Retry(ctx, func() (err error) {
		names, err = PolicyNames(ctx, s)
		return err
	})
	if err != nil {
		setting, err := unknown(ctx, Place{Use: keys.UseIPSec}, remoteui.IPSecPolicies, err)
		return []Setting{setting}, err
	}
	var all []Setting
	for _, name := range names {
		setting, err := Read(ctx, s, Place{Use: keys.UseIPSec, Policy: name})
		if err != nil {
			return nil, err
		}
		all = append(all, setting)
	}
	return all, nil
}

// PolicyNames reads the list: a table with a column of names, or links that the
// menu before did not have.
func PolicyNames(ctx context.Context, s *remoteui.Session) ([]string, error) {
	menu, err := s.Walk(ctx, ipsecPath[:2]...)
	if err != nil {
		return nil, err
	}
	before := menu.Actions()
	menu.Foresee(ctx, networkItems...)
	list, err := menu.Follow(ctx, ipsecPath[2])
	if err != nil {
		return nil, err
	}
	var names []string
	if t, err := list.Table(ctx, remoteui.PolicyName); err == nil {
		for _, row := range t.Rows {
			name, _ := row.Cell(remoteui.PolicyName)
			names = append(names, strings.TrimSpace(name))
		}
	} else if names, err = policyLinks(ctx, s, list, before); err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == "" })
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, &remoteui.PageError{Page: list.Title(), Label: remoteui.IPSecPolicies, Reason: fmt.Sprintf("two policies are named %q: rename one at the device", name)}
		}
	}
	if len(names) > maxPolicies {
		return nil, &remoteui.PageError{Page: list.Title(), Label: remoteui.IPSecPolicies, Reason: fmt.Sprintf("%d policies: too many to be believed", len(names))}
	}
	return names, nil
}

// policyLinks finds the policies among the links that are new on the page: they
// lead to a page with IKE settings.
func policyLinks(ctx context.Context, s *remoteui.Session, list *remoteui.Page, before []string) ([]string, error) {
	var candidates, names []string
	for _, text := range list.Actions() {
		if text != "" && !slices.Contains(before, text) && !slices.Contains(candidates, text) && !list.Knows(text) {
			candidates = append(candidates, text)
		}
	}
	if len(candidates) > maxPolicies {
		return nil, &remoteui.PageError{Page: list.Title(), Label: remoteui.PolicyName, Reason: "no list of policies, and too many links to look behind"}
	}
	for _, text := range candidates {
		p, err := OpenPolicy(ctx, s, text)
		if _, notUnderstood := errors.AsType[*remoteui.PageError](err); notUnderstood {
			continue
		}
		if err != nil {
			return nil, err
		}
		if p.Has(remoteui.IKESettings) {
			names = append(names, text)
		}
	}
	return names, nil
}

// OpenPolicy opens a policy by the link of its name.
func OpenPolicy(ctx context.Context, s *remoteui.Session, name string) (*remoteui.Page, error) {
	list := s.Here(ipsecPath...)
	if list == nil {
		var err error
		if list, err = s.Walk(ctx, ipsecPath...); err != nil {
			return nil, err
		}
	}
	w := remoteui.Where{Text: name, Reads: true}
	if t, err := list.Table(ctx, remoteui.PolicyName); err == nil {
		row, err := t.Find(remoteui.PolicyName, name)
		if err != nil {
			return nil, &remoteui.PageError{Page: list.Title(), Label: remoteui.PolicyName, Reason: err.Error()}
		}
		w.Row = row
	}
	p, err := list.Follow(ctx, remoteui.PolicyName, w)
	if _, notThere := errors.AsType[*remoteui.PageError](err); notThere && w.Row != nil {
		// The name is text, and a button of the row opens the policy.
		return list.Follow(ctx, remoteui.Edit, remoteui.Where{Row: w.Row})
	}
	return p, err
}

// openIKE goes on to the IKE settings of a policy.
func openIKE(ctx context.Context, policy *remoteui.Page) (*remoteui.Page, error) {
	if !policy.Has(remoteui.IKESettings) && policy.Has(remoteui.Edit) {
		p, err := policy.Follow(ctx, remoteui.Edit)
		if err != nil {
			return nil, err
		}
		policy = p
	}
	p, err := policy.Follow(ctx, remoteui.IKESettings)
	if err != nil {
		return nil, err
	}
	return editable(ctx, p)
}
