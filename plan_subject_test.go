package rekey_test

import (
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// Of the old certificate's name what the form has fields for is carried over, and
// the rest is named: a RADIUS server may admit the device by it. // G-1
func TestPlanNamesWhatIsLost(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ subject, cn, o, ou, lost string }{ // lost empty: no notice
		{"CN=mfp7.example, OU=Printers, O=Example", "mfp7.example", "Example", "Printers", ""},
		{"CN=mfp7.example, emailAddress=it@example.com, OU=Printers", "mfp7.example", "", "Printers", `emailAddress="it@example.com"`},
		{"CN=mfp7.example, OU=Printers, DC=corp, DC=example", "mfp7.example", "", "Printers", `DC="corp", DC="example"`},
		{"CN=mfp7.example+serialNumber=ABC, O=Example", "mfp7.example", "Example", "", `serialNumber="ABC"`},
		{"CN=mfp7.example, OU=Printers, OU=Floor 7", "mfp7.example", "", "Printers", `OU="Floor 7"`},
		{"CN=mfp7.example, O=Büro", "mfp7.example", "", "", `O="Büro"`},
		{"CN=mfp7.example, 1.2.3.4=x", "mfp7.example", "", "", `1.2.3.4="x"`},
		{"CN=Floor 7, O=Example", "192.0.2.7", "Example", "", `CN="Floor 7"`},
	} {
		for _, use := range []keys.Use{keys.UseTLS, keys.UseIEEE8021X} {
			a := assessed(func(a *rekey.Assessment) {
				k := &a.Keys[1]
				k.Details.Subject, k.Details.Issuer = tc.subject, tc.subject
				if use != keys.UseTLS {
					k.Uses = append(k.Uses, use)
					a.Settings = &usage.Settings{Places: []usage.Setting{{Place: usage.Place{Use: use}, Key: "old", Need: usage.Needed}}}
				}
			})
			p, err := a.Plan(stored(rekey.Options{AssumeTrusted: true}))
			if err != nil {
				t.Fatalf("%q: %v", tc.subject, err)
			}
			if len(p.Changes) == 0 {
				t.Fatalf("%q: nothing to do: %+v", tc.subject, p.Kept)
			}
			n := p.Changes[0].New
			if n.CommonName != tc.cn || n.Organization != tc.o || n.OrganizationalUnit != tc.ou {
				t.Errorf("%q: %+v", tc.subject, n)
			}
			notices := strings.Join(p.Notices, "\n")
			if lost := tc.lost; strings.Contains(notices, "will not have") != (lost != "") && !(use == keys.UseTLS && strings.HasPrefix(lost, "CN")) || lost != "" && !strings.Contains(notices, lost) && !(use == keys.UseTLS && strings.HasPrefix(lost, "CN")) {
				t.Errorf("%q, %s: notices %q, want %q", tc.subject, use, notices, lost)
			}
		}
	}
}

// {host} and {model} of a common name are replaced; the blanks of a model become
// dashes, for a name has none. // G-3
func TestCommonNameOfOptions(t *testing.T) {
	t.Parallel()
	a := assessed(func(a *rekey.Assessment) { a.Device.Model = "iR-ADV C5560 III" })
	p, err := a.Plan(stored(rekey.Options{CommonName: "{host}.{model}.example.", AssumeTrusted: true}))
	if err != nil || len(p.Changes) == 0 {
		t.Fatal(p, err)
	}
	if got := p.Changes[0].New.CommonName; got != "192.0.2.7.iR-ADV-C5560-III.example" {
		t.Errorf("%q", got)
	}
}
