package rekey

import (
	"fmt"
	"slices"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/models"
)

// decision says whether a key has to be replaced, and why or why not.
type decision struct {
	replace bool
	// open: it could not be told; the reason says what would help.
	open   bool
	reason string
}

// decide is the table "Decision per RSA key" of the procedure, in its order.
func (a *Assessment) decide(k *KeyState, o *Options) (decision, error) {
	external := slices.Contains(o.ExternalKeys, k.Name)
	switch {
	case k.Finding.State == keys.Proved && external && !o.Strict:
		return decision{}, fmt.Errorf("key %q is declared as made outside the device, but it has the device's flaw (%s): "+
			"take it off the list of external keys, or set Strict to replace it all the same", k.Name, k.Finding)
	case k.Finding.State == keys.Proved:
		return decision{replace: true, reason: k.Finding.String()}, nil
	case k.Details != nil && k.Details.Algorithm != "" && !k.Details.RSA():
		return decision{reason: "not an RSA key (" + k.Details.Algorithm + ")"}, nil // W-2
	case k.Name == keys.DeviceSignatureKey && k.Finding.State == keys.NotFound: // it may have been renewed since it left the factory
		return decision{reason: k.Finding.String()}, nil
	case k.Reserved():
		return decision{reason: "made at the factory: the advisory exempts it, and it was not found weak"}, nil // W-1
	case k.Finding.State == keys.NotFound && o.Strict && !k.Ours:
		return decision{replace: true, reason: "strict: " + k.Finding.String()}, nil
	case k.Finding.State == keys.NotFound:
		return decision{reason: k.Finding.String()}, nil
	}
	return a.decideUnseen(k, o, external), nil
}

// decideUnseen decides on a key of which no modulus could be had.
func (a *Assessment) decideUnseen(k *KeyState, o *Options, external bool) decision {
	switch {
	case k.Ours && a.Generator.caught(k.MadeBy):
		return decision{replace: true, reason: fmt.Sprintf("its modulus could not be had, and controller %s, which made it, was caught making weak keys", safe(k.MadeBy))}
	case k.Ours:
		return decision{reason: "made by rekey on fixed firmware"}
	case external:
		return decision{reason: "made outside the device, as declared"} // W-3
	case a.Eligibility.Verdict == models.Fixed:
		return decision{replace: true, reason: "its modulus could not be had, and keys made before the firmware update are weak"}
	case o.AssumeWeak:
		return decision{replace: true, reason: "its modulus could not be had; assumed weak, as asked"}
	}
	return decision{open: true, reason: fmt.Sprintf("its modulus could not be had, and the advisory does not speak of this model and version (%s): "+
		"give it as external key, or assume it weak", a.Eligibility.Verdict)}
}
