package acceptance_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// One label that reads otherwise stops a run before anything is written, and
// the error names the page, the label and what is there instead.
func TestBrokenLabel(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for _, family := range families {
		for _, c := range race.Sample([]struct {
			label        remoteui.Label
			was, becomes string
		}{
			{labels.KeyList, "Key and Certificate Settings", "Key Store Settings"},
			{labels.NetworkCommunication, "Network Communication", "Net Traffic"},
			{labels.CommonName, "Common Name", "Usual Name"},
			{labels.Organization, "Organization", "Organisation"},
			{labels.ValidityEnd, "Validity End Date (YYYY/MM/DD)", "Best Before (YYYY/MM/DD)"},
			{labels.TLSSettings, "TLS Settings", "SSL Settings"},
			{labels.Use, "Use", "Take"},
		}...) {
			t.Run(string(family)+"/"+string(c.label), func(t *testing.T) {
				t.Parallel()
				bubble(t, func(t *testing.T) {
					cfg := simdevice.Config{Seed: 31, Family: family, Language: "en", Labels: map[string]string{c.was: c.becomes}}
					dev := start(t, cfg)
					r, err := rekey.Remediate(bounded(t), access(dev, cfg), options(t))
					e, ok := errors.AsType[*remoteui.PageError](err)
					if !ok {
						t.Fatalf("%v\n%v", err, r)
					}
					if e.Label != c.label || e.Page == "" || !slices.Contains(e.Tried, c.was) || !slices.ContainsFunc(e.Found, func(text string) bool { return strings.TrimRight(text, ":：") == c.becomes }) {
						t.Errorf("%+v", e)
					}
					if n := dev.StateChanges(); n != 0 {
						t.Errorf("%d changes were made", n)
					}
				})
			})
		}
	}
}
