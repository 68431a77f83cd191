package rekey

import (
	"context"
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/usage"
)

// lookAhead goes, before anything is changed, to the pages that the plan will
// write to, and looks whether they are understood. What only shows while a
// change is pending ([Apply Setting Changes] on many devices) cannot be seen.
func (r *runner) lookAhead(ctx context.Context) error {
	if err := r.lookAtPages(ctx); err != nil {
		return fmt.Errorf("%w; nothing was changed", err)
	}
	return nil
}

func (r *runner) lookAtPages(ctx context.Context) error {
	if err := r.checkLanguage(); err != nil {
		return err
	}
	for _, csr := range []bool{false, true} {
		if r.plan.makesBy(csr) {
			if err := keys.CheckForm(ctx, r.s, csr); err != nil {
				return err
			}
		}
	}
	var seen []usage.Place
	for _, s := range r.plan.Steps {
		if s.kind() != chooseStep || slices.Contains(seen, s.Place) {
			continue
		}
		seen = append(seen, s.Place)
		if err := usage.CheckBinding(ctx, r.s, s.Place); err != nil {
			return err
		}
	}
	return nil
}

// makesBy reports whether the plan has a key made by the form for self-signed
// certificates, or by that for requests.
func (p *Plan) makesBy(csr bool) bool {
	if csr && p.Probe != nil && p.Probe.By == ByRequest {
		return true
	}
	return slices.ContainsFunc(p.Changes, func(c Change) bool {
		return !c.Function().InPlace && c.From == FromGenerate && c.Kind != BySCEP && (c.Kind == ByCSR) == csr
	})
}

// always are labels of every run; those of single pages are looked for there.
var always = []remoteui.Label{
	remoteui.Settings, remoteui.DeviceManagement, remoteui.KeyList, remoteui.KeyName, remoteui.GenerateKey,
	remoteui.Network, remoteui.TLSSettings, remoteui.KeyAndCertificate, remoteui.Use, remoteui.OK, remoteui.ApplyChanges, remoteui.Delete,
}

// checkLanguage refuses a language of which not even these are known.
func (r *runner) checkLanguage() error {
	lang := r.s.Language()
	if lacking := r.s.Lacking(always...); len(lacking) > 0 {
		return &remoteui.PageError{
			Page: "language " + lang, Label: lacking[0],
			Reason: fmt.Sprintf("has no text: of this language only a part is known, without %q; set the device's pages to English, Japanese or Traditional Chinese", lacking),
		}
	}
	return nil
}
