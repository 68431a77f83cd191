// Package pages says which pages of a device the procedures need, and what they
// look for there. A survey looks for the same.
package pages

import (
	"context"
	"slices"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// Page is a page that a procedure needs.
type Page struct {
	Name string
	Path []remoteui.Label // the labels that lead there
	// Then goes on from the end of the path; nil: that is the page.
	Then func(context.Context, *remoteui.Page) (*remoteui.Page, error)
	// Names lists what the page is one of, such as the policies of IPSec, and Open
	// goes to that of a name. Nil: the path leads there.
	Names func(context.Context, *remoteui.Session) ([]string, error)
	Open  func(ctx context.Context, s *remoteui.Session, name string) (*remoteui.Page, error)
	// For is the piece of work that needs it, if that is not named as the function.
	For string
	// Optional: not every device has it.
	Optional bool
	Wants    []Want
}

// Want is a label that is needed, or the alternatives of which one will do.
type Want struct {
	Role     remoteui.Role
	Labels   []remoteui.Label
	Section  remoteui.Label   // tried first
	OrRole   remoteui.Role    // the label may be of this role instead
	Among    []remoteui.Label // how a value of OrRole reads
	InRow    bool             // some row of the list has it
	Optional bool
}

// Button, Field, Column, Choice and Reading are wants of a role.
func Button(l ...remoteui.Label) Want  { return Want{Role: remoteui.RoleButton, Labels: l} }
func Field(l ...remoteui.Label) Want   { return Want{Role: remoteui.RoleField, Labels: l} }
func Column(l ...remoteui.Label) Want  { return Want{Role: remoteui.RoleColumn, Labels: l} }
func Choice(l ...remoteui.Label) Want  { return Want{Role: remoteui.RoleChoice, Labels: l} }
func Reading(l ...remoteui.Label) Want { return Want{Role: remoteui.RoleValue, Labels: l} }

// OnOff is a switch: a field, or a text that says on or off.
func OnOff(l remoteui.Label) Want { return Field(l).OrAmong(labels.On, labels.Off) }

// InRows is a button that some row of a list has.
func InRows(l remoteui.Label) Want {
	return Want{Role: remoteui.RoleButton, Labels: []remoteui.Label{l}, InRow: true}
}

// Or says which role the label may have instead.
func (w Want) Or(r remoteui.Role) Want { w.OrRole = r; return w }

// OrAmong says that it may be a value that reads like one of these.
func (w Want) OrAmong(l ...remoteui.Label) Want {
	w.OrRole, w.Among = remoteui.RoleValue, l
	return w
}

// In says in which section of the page the label is looked for first.
func (w Want) In(l remoteui.Label) Want { w.Section = l; return w }

// Maybe says that the procedures do without it.
func (w Want) Maybe() Want { w.Optional = true; return w }

// Way is a path.
func Way(l ...remoteui.Label) []remoteui.Label { return l }

// Under is a path that goes on where another ends.
func Under(path []remoteui.Label, l ...remoteui.Label) []remoteui.Label {
	return append(slices.Clip(path), l...)
}

// Network is the menu that most usages of keys are set in.
var Network = Way(labels.Settings, labels.Network)

// ToFile goes on to the page that takes a file.
func ToFile(l remoteui.Label) func(context.Context, *remoteui.Page) (*remoteui.Page, error) {
	return func(ctx context.Context, p *remoteui.Page) (*remoteui.Page, error) {
		if _, err := p.FileField(ctx); err == nil {
			return p, nil
		}
		next, err := p.Follow(ctx, l, remoteui.Where{Reads: true})
		if err == nil {
			_, err = next.FileField(ctx)
		}
		return next, err
	}
}
