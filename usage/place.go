package usage

import (
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/keys"
)

// Stage is how far the replacement of a key in a place has come, named by what
// comes next. A plan's changes begin there, and it is what the journal is read for.
type Stage string

// The stages, in their order.
const (
	FromGenerate Stage = "generate" // make the new key
	FromRequest  Stage = "request"  // it is there, and waits for its certificate
	FromBind     Stage = "bind"     // it is there, and not bound here
	FromRestart  Stage = "restart"  // it is bound, and not yet in effect
	FromDelete   Stage = "delete"   // it is in effect; the old key is still there
)

// Place is one setting of the device that names a key.
type Place struct {
	Use    keys.Use `json:"usage"`            // tls, ieee8021x, ipsec, sip …
	Policy string   `json:"policy,omitempty"` // IPSec only: the policy's name
}

// PlaceOf is the place of an ID.
func PlaceOf(id string) Place {
	u, policy, _ := strings.Cut(id, "/")
	return Place{Use: keys.Use(u), Policy: policy}
}

// ID names the place in the journal: its usage, and its policy behind a slash.
func (p Place) ID() string {
	if p.Policy == "" {
		return string(p.Use)
	}
	return string(p.Use) + "/" + p.Policy
}

// Function is the function whose key the place names.
func (p Place) Function() *Function { return Of(p.Use) }

// Title names the place for people, fit for a terminal.
func (p Place) Title() string {
	title := printable.Text(p.Function().Title)
	if p.Policy == "" {
		return title
	}
	return fmt.Sprintf("%s policy %q", title, printable.Text(p.Policy))
}

// name names the place in errors and acts, by its use.
func (p Place) name() string {
	if p.Policy == "" {
		return string(p.Use)
	}
	return fmt.Sprintf("%s policy %q", p.Use, p.Policy)
}
