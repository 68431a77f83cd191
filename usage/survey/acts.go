package survey

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rekey-go/rekey/internal/printable"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
	"github.com/rekey-go/rekey/scep"
	"github.com/rekey-go/rekey/usage"
)

// Act is what a run would do for one act, up to what it would press first
// that may change the device: that is found, and not pressed. What comes after it
// nobody can see beforehand.
type Act struct {
	Name string `json:"name"`
	// Steps are the pages met, and the choices, links and buttons taken, in order.
	Steps []string `json:"steps"`
	// Ready: a run would get as far as that. Else Stop says where and why not.
	Ready bool   `json:"ready"`
	Stop  string `json:"stop,omitempty"`
}

// rehearse looks ahead at every act of the procedures, as far as the device has
// what it is for.
func (v *surveyor) rehearse(ctx context.Context, settings *usage.Settings) error {
	places := []usage.Place{{Use: keys.UseTLS}}
	if settings != nil {
		for _, p := range settings.Places {
			if !p.Missing && (p.Policy != "" || !usage.Of(p.Use).Several()) {
				places = append(places, p.Place)
			}
		}
	}
	all := append(keys.Ahead(v.waiting), usage.Ahead(v.s, places)...)
	for _, p := range v.r.Pages {
		if p.Name == "scep-request" && p.State == pageRead {
			all = append(all, scep.Ahead())
		}
	}
	for _, in := range all {
		v.event("looking ahead at " + in.Name)
		answer, err := v.s.Rehearse(ctx, in)
		if err != nil && ends(ctx, err) {
			return err
		}
		act := Act{Name: in.Name, Steps: append([]string{}, answer.Trace...), Ready: err == nil}
		switch {
		case errors.Is(err, remoteui.ErrMayWrite), errors.Is(err, remoteui.ErrReadOnly):
			act.Stop = "a survey goes no further: what comes next is a request that may change the device; a run would make it: " + err.Error()
		case remoteui.Lacks(err, labels.ApplyChanges):
			act.Stop = "not seen: many devices show it only while a change waits to be put in effect: " + err.Error()
		case err != nil:
			act.Stop = err.Error()
		}
		v.r.Acts = append(v.r.Acts, act)
	}
	return nil
}

// actsText says of each act how far a run would get.
func (r *Report) actsText() string {
	var b strings.Builder
	for _, a := range r.Acts {
		word := "ready"
		if !a.Ready {
			word = "STOPS"
		}
		fmt.Fprintf(&b, "  %s: %s\n", printable.Text(a.Name), word)
		if len(a.Steps) > 0 {
			fmt.Fprintf(&b, "    %s\n", printable.Text(strings.Join(a.Steps, ", ")))
		}
		if a.Stop != "" {
			fmt.Fprintf(&b, "    %s\n", printable.Text(a.Stop))
		}
	}
	return b.String()
}
