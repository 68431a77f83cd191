package usage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/pages"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// maxPolicies bounds what is looked at; devices hold ten.
const maxPolicies = 40

// ipsecPath leads to the list of policies. // C-3
var ipsecPath = pages.Under(pages.Network, labels.IPSecPolicies)

// The rows of IPSec.
const (
	// An IPSec policy uses a key if it authenticates by digital signature and names one.
	ipsecInUse = "C-3"
	// The key is chosen for a policy of IPSec.
	bindIPSec = "R-3"
	// The old certificate of IPSec is removed where it is trusted, or revoked.
	disableOldIPSec = "V-3"
)

// IPSec is each policy, whose IKE settings need the steps if authentication is by
// digital signature and a key name is shown. // C-3, R-3
var _ = known(Function{
	Use: keys.UseIPSec, Title: "IPSec", Code: "ipsec",
	NeededRow: ipsecInUse, BindingRow: bindIPSec, DisableRow: disableOldIPSec,
	Location: labels.UsesIPSec,
	path:     ipsecPath,
	title:    labels.IKESettings, pageName: "ike",
	names:  policyNames,
	open:   openIKE,
	on:     signs,
	absent: map[remoteui.Label][]string{labels.IPSecPolicies: {"ipsec"}},
	before: []pages.Page{
		{Name: "ipsec-policies", Path: ipsecPath, Wants: []pages.Want{pages.Column(labels.PolicyName).Maybe()}},
		{Name: "ipsec-policy", Path: ipsecPath, Names: policyNames, Open: openPolicyForm, Wants: []pages.Want{pages.Button(labels.IKESettings)}},
	},
	wants: []pages.Want{
		pages.Field(labels.DigitalSignatureMethod, labels.AuthenticationMethod).OrAmong(labels.DigitalSignatureMethod, labels.PreSharedKeyMethod),
		pages.Reading(labels.KeyName).Or(remoteui.RoleField), pages.Button(labels.KeyAndCertificate), pages.Button(labels.OK),
	},
})

// signs reports whether a policy authenticates by digital signature.
func signs(ctx context.Context, p *remoteui.Page) (bool, string, error) {
	if c, err := p.Control(ctx, labels.DigitalSignatureMethod); err == nil && c.Kind() == "radio" {
		return method(c.Checked())
	}
	c, err := p.Control(ctx, labels.AuthenticationMethod)
	if err == nil && c.Kind() == "select" {
		for _, o := range c.Options() {
			if o.Selected {
				return methodText(p, o.Text)
			}
		}
	}
	text, err := p.ValueAmong(ctx, labels.AuthenticationMethod, labels.DigitalSignatureMethod, labels.PreSharedKeyMethod)
	if err != nil {
		return false, "", err
	}
	return methodText(p, text)
}

func methodText(p *remoteui.Page, text string) (bool, string, error) {
	switch {
	case p.Is(labels.DigitalSignatureMethod, text):
		return method(true)
	case p.Is(labels.PreSharedKeyMethod, text):
		return method(false)
	}
	return false, "", &remoteui.PageError{Page: p.Title(), Label: labels.AuthenticationMethod, Reason: fmt.Sprintf("shows %q, which is not known", text)}
}

func method(signature bool) (bool, string, error) {
	if signature {
		return true, "the authentication method is digital signature", nil
	}
	return false, "the authentication method is not digital signature", nil
}

// policyNames reads the list: a table with a column of names, or links that the
// menu before did not have.
func policyNames(ctx context.Context, s *remoteui.Session) ([]string, error) {
	list, err := s.Walk(ctx, ipsecPath...)
	if err != nil {
		return nil, err
	}
	var names []string
	if t, err := list.Table(ctx, labels.PolicyName); err == nil {
		for _, row := range t.Rows {
			name, _ := row.Cell(labels.PolicyName)
			names = append(names, strings.TrimSpace(name))
		}
	} else if names, err = policyLinks(ctx, s, list); err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == "" })
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, &remoteui.PageError{Page: list.Title(), Label: labels.IPSecPolicies, Reason: fmt.Sprintf("two policies are named %q: rename one at the device", name)}
		}
	}
	if len(names) > maxPolicies {
		return nil, &remoteui.PageError{Page: list.Title(), Label: labels.IPSecPolicies, Reason: fmt.Sprintf("%d policies: too many to be believed", len(names))}
	}
	return names, nil
}

// policyLinks finds the policies among the links that the menu before does not
// have: they lead to a page with IKE settings.
func policyLinks(ctx context.Context, s *remoteui.Session, list *remoteui.Page) ([]string, error) {
	offered := list.Actions()
	menu, err := s.Walk(ctx, ipsecPath[:2]...)
	if err != nil {
		return nil, err
	}
	before := menu.Actions()
	var candidates, names []string
	for _, text := range offered {
		if text != "" && !slices.Contains(before, text) && !slices.Contains(candidates, text) && !list.Knows(text) {
			candidates = append(candidates, text)
		}
	}
	if len(candidates) > maxPolicies {
		return nil, &remoteui.PageError{Page: list.Title(), Label: labels.PolicyName, Reason: "no list of policies, and too many links to look behind"}
	}
	for _, text := range candidates {
		p, err := openPolicy(ctx, s, text)
		if _, notUnderstood := errors.AsType[*remoteui.PageError](err); notUnderstood {
			continue
		}
		if err != nil {
			return nil, err
		}
		if p.Has(labels.IKESettings) {
			names = append(names, text)
		}
	}
	return names, nil
}

// openPolicy opens a policy by the link of its name.
func openPolicy(ctx context.Context, s *remoteui.Session, name string) (*remoteui.Page, error) {
	list := s.Here(ipsecPath...)
	if list == nil {
		var err error
		if list, err = s.Walk(ctx, ipsecPath...); err != nil {
			return nil, err
		}
	}
	w := remoteui.Where{Text: name, Reads: true}
	if t, err := list.Table(ctx, labels.PolicyName); err == nil {
		row, err := t.Find(labels.PolicyName, name)
		if err != nil {
			return nil, &remoteui.PageError{Page: list.Title(), Label: labels.PolicyName, Reason: err.Error()}
		}
		w.Row = row
	}
	p, err := list.Follow(ctx, labels.PolicyName, w)
	if _, notThere := errors.AsType[*remoteui.PageError](err); notThere && w.Row != nil {
		// The name is text, and a button of the row opens the policy.
		return list.Follow(ctx, labels.Edit, remoteui.Where{Row: w.Row})
	}
	return p, err
}

// openPolicyForm opens a policy, and goes on to where it is edited.
func openPolicyForm(ctx context.Context, s *remoteui.Session, name string) (*remoteui.Page, error) {
	p, err := openPolicy(ctx, s, name)
	if err == nil && !p.Has(labels.IKESettings) && p.Has(labels.Edit) {
		return p.Follow(ctx, labels.Edit)
	}
	return p, err
}

// openIKE opens the IKE settings of a policy.
func openIKE(ctx context.Context, s *remoteui.Session, policy string) (*remoteui.Page, error) {
	p, err := openPolicyForm(ctx, s, policy)
	if err != nil {
		return nil, err
	}
	p, err = p.Follow(ctx, labels.IKESettings)
	if err != nil {
		return nil, err
	}
	return editable(ctx, p)
}
