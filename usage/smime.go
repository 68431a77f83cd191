package usage

import (
	"context"

	"github.com/rekey-go/rekey/remoteui"
)

// readSMIME reads whether mail is encrypted or signed: then the S/MIME steps
// are needed, too. // C-5
func readSMIME(ctx context.Context, s *remoteui.Session) (Setting, error) {
	var p *remoteui.Page
	var encrypted bool
	err := s.Retry(ctx, func() (err error) {
		if p, err = s.Walk(ctx, remoteui.Settings, remoteui.Send, remoteui.SMIMESettings); err == nil {
			encrypted, err = encrypts(ctx, p)
		}
		return err
	})
	if err != nil {
		return unknown(ctx, Place{}, remoteui.SMIMESettings, err, remoteui.Send)
	}
	signed, err := isOn(ctx, p, remoteui.AddSignature, "")
	switch {
	case err != nil && !encrypted:
		return unknown(ctx, Place{}, remoteui.SMIMESettings, err)
	case encrypted:
		return Setting{Need: Needed, Reason: "mail is encrypted"}, nil
	case signed:
		return Setting{Need: Needed, Reason: "mail is signed"}, nil
	}
	return Setting{Need: NotNeeded, Reason: "mail is neither encrypted nor signed"}, nil
}

// encrypts reads whether the encryption is anything but off.
func encrypts(ctx context.Context, p *remoteui.Page) (bool, error) {
	if c, err := p.Control(ctx, remoteui.DoNotEncrypt); err == nil && c.Kind() == "radio" {
		return !c.Checked(), nil
	}
	if c, err := p.Control(ctx, remoteui.EncryptionSettings); err == nil && c.Kind() == "select" {
		for _, o := range c.Options() {
			if o.Selected {
				return !p.Is(remoteui.DoNotEncrypt, o.Text), nil
			}
		}
	}
	text, err := p.Value(ctx, remoteui.EncryptionSettings)
	return !p.Is(remoteui.DoNotEncrypt, text), err
}
