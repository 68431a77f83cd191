// Package deviceinfo finds out which device it is: its model, its firmware and its
// serial number.
package deviceinfo

import (
	"context"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/models"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// Info is what a device says of itself.
type Info struct {
	Model, Controller string
	// Serial is its serial number, as the page writes it; empty: none is shown that is
	// surely its own.
	Serial      string
	Eligibility models.Assessment
}

// Read reads the controller version and finds the model: it stands on no
// page that a public document names, so the first text of the title, the
// device information or the portal that names a listed model is taken, else
// the first that looks like a Canon name. // M-1
//
// With an error it returns what it had read. The session learns the model.
func Read(ctx context.Context, s *remoteui.Session) (i Info, err error) {
	err = s.Retry(ctx, func() error { return i.read(ctx, s) })
	return i, err
}

func (i *Info) read(ctx context.Context, s *remoteui.Session) error {
	portal, err := s.Portal(ctx)
	if err != nil {
		return err
	}
	texts := append(titleParts(portal.Title()), titleParts(s.FrontTitle())...)
	portalTexts := strings.Split(portal.Text(), "\n")
	p, err := portal.Follow(ctx, labels.StatusMonitor)
	if err == nil {
		p, err = p.Follow(ctx, labels.DeviceInformation)
	}
	if err != nil {
		if p, err = s.Walk(ctx, labels.StatusMonitor, labels.DeviceInformation); err != nil {
			return fmt.Errorf("device information: %w", err)
		}
	}
	i.Serial = ""
	version, err := p.Value(ctx, labels.Controller, remoteui.Where{Section: labels.VersionInformation})
	if err != nil {
		if version, err = p.Value(ctx, labels.Controller); err != nil {
			return fmt.Errorf("controller version: %w", err)
		}
	}
	if name, err := p.Value(ctx, labels.ProductName); err == nil {
		texts = append(texts, name)
	}
	texts = append(texts, titleParts(p.Title())...)
	for _, pair := range p.Pairs() {
		texts = append(texts, pair.Value)
	}
	texts = append(texts, portalTexts...)
	i.Model = findModel(texts)
	i.Controller = strings.TrimSpace(version)
	Identify(s, i.Model, i.Controller)
	i.Serial = ownSerial(p)
	if i.Eligibility, err = models.Assess(i.Model, i.Controller); err != nil {
		return fmt.Errorf("controller version: %w", err)
	}
	return nil
}

// Identify tells a session which model it is about: profiles may be for some
// models only.
func Identify(s *remoteui.Session, model, controller string) {
	row, _ := models.Match(model)
	s.Identify(controller, model, row.Name)
}

// titleParts splits titles of the form "Remote UI: Portal: MODEL: NAME".
func titleParts(title string) []string {
	return strings.FieldsFunc(title, func(r rune) bool { return strings.ContainsRune(":：;；|<>", r) })
}

func findModel(texts []string) string {
	for _, t := range texts {
		if _, listed := models.Match(t); listed {
			return strings.Join(strings.Fields(t), " ") // &nbsp; may stand in it
		}
	}
	for _, t := range texts {
		if models.LooksLikeModel(t) {
			return strings.Join(strings.Fields(t), " ") // &nbsp; may stand in it
		}
	}
	return ""
}
