package usage

import (
	"context"

	"github.com/rekey-go/rekey/internal/pages"
	"github.com/rekey-go/rekey/internal/row"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

var (
	smimePath      = pages.Way(labels.Settings, labels.Send, labels.SMIMESettings)
	smimeCertsPath = pages.Way(labels.Settings, labels.DeviceManagement, labels.SMIMECertificates)
	exportPath     = pages.Way(labels.Settings, labels.DeviceManagement, labels.ExportSignature)
	renewPath      = pages.Way(labels.Settings, labels.DeviceManagement, labels.KeyList, labels.GenerateKey, labels.DeviceSignature)
	smimeWords     = []string{"s/mime", "smime"}
)

// The device signature signs what the device sends; its key is renewed in place. S/MIME
// encrypts and signs with it. // C-5, S-1
var _ = known(Function{
	Use: keys.UseDeviceSignature, Title: "Device signature",
	NeededRow: row.SignatureInUse, DisableRow: row.DisableOldSignature,
	InPlace: true,
	absent: map[remoteui.Label][]string{
		labels.Send: nil, labels.SMIMESettings: smimeWords, labels.SMIMECertificates: smimeWords,
		labels.ExportSignature: nil, labels.DeviceSignature: nil,
	},
	before: []pages.Page{
		{Name: "renew-signature", Path: renewPath, Wants: []pages.Want{pages.Button(labels.GenerateUpdate)}},   // S-1
		{Name: "export-signature", Path: exportPath, Wants: []pages.Want{pages.Button(labels.StartExporting)}}, // E-2
		{Name: "smime-settings", For: "smime", Path: smimePath, Wants: []pages.Want{ // C-5
			pages.Field(labels.DoNotEncrypt, labels.EncryptionSettings).Or(remoteui.RoleValue), pages.OnOff(labels.AddSignature)}},
		{Name: "smime-certificates", For: "smime", Path: smimeCertsPath, Wants: []pages.Want{ // V-5, E-2
			pages.Button(labels.RegisterSMIME), pages.Button(labels.Delete).Maybe()}},
		{Name: "smime-registration", For: "smime", Path: smimeCertsPath, Then: pages.ToFile(labels.RegisterSMIME), // E-2
			Wants: []pages.Want{pages.Button(labels.Register)}},
	},
})

// readSMIME reads whether mail is encrypted or signed: then the S/MIME steps
// are needed, too. // C-5
func readSMIME(ctx context.Context, s *remoteui.Session) (Setting, error) {
	var p *remoteui.Page
	var encrypted bool
	err := s.Retry(ctx, func() (err error) {
		if p, err = s.Walk(ctx, smimePath...); err == nil {
			encrypted, err = encrypts(ctx, p)
		}
		return err
	})
	if err != nil {
		return unknown(ctx, Place{}, labels.SMIMESettings, err, labels.Send)
	}
	signed, err := isOn(ctx, p, labels.AddSignature, "")
	switch {
	case err != nil && !encrypted:
		return unknown(ctx, Place{}, labels.SMIMESettings, err)
	case encrypted:
		return Setting{Need: Needed, Reason: "mail is encrypted"}, nil
	case signed:
		return Setting{Need: Needed, Reason: "mail is signed"}, nil
	}
	return Setting{Need: NotNeeded, Reason: "mail is neither encrypted nor signed"}, nil
}

// encrypts reads whether the encryption is anything but off.
func encrypts(ctx context.Context, p *remoteui.Page) (bool, error) {
	if c, err := p.Control(ctx, labels.DoNotEncrypt); err == nil && c.Kind() == "radio" {
		return !c.Checked(), nil
	}
	if c, err := p.Control(ctx, labels.EncryptionSettings); err == nil && c.Kind() == "select" {
		for _, o := range c.Options() {
			if o.Selected {
				return !p.Is(labels.DoNotEncrypt, o.Text), nil
			}
		}
	}
	text, err := p.Value(ctx, labels.EncryptionSettings)
	return !p.Is(labels.DoNotEncrypt, text), err
}
