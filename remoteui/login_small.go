package remoteui

import (
	"context"
	"errors"
	"slices"

	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// The forms of the small-MF UI, which the smaller iR models have, too: System
// Manager ID and PIN, or a PIN alone. What else is in the form goes back as it
// is, a text for errors and an empty token among it.

// fillManager chooses System Manager Mode as a person does, for the page may
// enable the fields only then.
func fillManager(ctx context.Context, p *page.Page, f *page.Form, c Credentials) error {
	id := c.DepartmentID
	if id == "" {
		id = c.UserName
	}
	if id == "" {
		return errors.New("device asks for a System Manager ID: none was given")
	}
	if err := chooseManagerMode(ctx, p, f); err != nil {
		return err
	}
	f.Set("i0014", id)
	f.Set("i0016", c.Password.Reveal())
	return nil
}

func fillPIN(ctx context.Context, p *page.Page, f *page.Form, c Credentials) error {
	if err := chooseManagerMode(ctx, p, f); err != nil {
		return err
	}
	f.Set("i2101", c.Password.Reveal())
	return nil
}

// chooseManagerMode takes System Manager Mode, i0012 = 1, where the form has
// modes.
func chooseManagerMode(ctx context.Context, p *page.Page, f *page.Form) error {
	for _, c := range p.AllControls() {
		if c.ID() == "i0012A" && c.Kind() == page.Radio {
			return c.Check(ctx, true)
		}
	}
	f.Set("i0012", "1")
	return nil
}

// submitter is the button by which a person sends the form, where it is sent
// along: by its published name.
func (k *loginForm) submitter(f *page.Form) string {
	button := func(in page.Input) bool {
		return in.Name == "submitButton" && (in.Type == "submit" || in.Type == "image") && !in.Disabled
	}
	if k.action == loginSmall && slices.ContainsFunc(f.Inputs(), button) {
		return "submitButton"
	}
	return ""
}
