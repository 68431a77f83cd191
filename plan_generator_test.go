package rekey_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/keys"
)

// Without any way to see a key, nothing that rests on one is done; a successor
// that an earlier run bound does not cost the old key either. And what a
// version has made that was caught is replaced under the next.
func TestGeneratorUnproved(t *testing.T) {
	t.Parallel()
	a := everything("tls", "dot1x", "hq", "", "")
	a.Keys[2].Finding.State = keys.NotFound
	o := &rekey.Options{Dir: t.TempDir(), AssumeTrusted: true, ExternalKeys: []string{"tls"}}
	o.Kinds = map[keys.Use]rekey.CertificateKind{keys.UseIEEE8021X: rekey.BySCEP, keys.UseIPSec: rekey.BySCEP}
	o.SCEP = &rekey.DeviceSCEP{}
	p, err := a.Plan(o)
	if err != nil || len(p.Changes) != 0 || !strings.Contains(p.String(), "nobody can see") && !strings.Contains(p.String(), "SCEP pages") {
		t.Errorf("%v\n%v", err, p)
	}
	a.Generator.Weak = []string{"1.0"}
	i := slices.IndexFunc(a.Keys, func(k rekey.KeyState) bool { return k.Name == "dot1x" })
	a.Keys[i].Ours = true
	for version, replaced := range map[string]bool{"1.0": true, "2.0": false, "": false} {
		a.Keys[i].MadeBy = version
		p, err := a.Plan(&rekey.Options{Dir: o.Dir, AssumeTrusted: true, ExternalKeys: []string{"tls"}})
		if err != nil || slices.ContainsFunc(p.Changes, func(c rekey.Change) bool { return c.OldKey.Name == "dot1x" }) != replaced {
			t.Errorf("made by %q: %v\n%v", version, err, p)
		}
	}
	a.Generator.Weak = append(a.Generator.Weak, a.Device.Controller)
	if _, err := a.Plan(o); err == nil || !strings.Contains(err.Error(), "update the firmware first") {
		t.Errorf("caught version: %v", err)
	}
}
