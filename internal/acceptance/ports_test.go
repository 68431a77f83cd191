package acceptance_test

import (
	"errors"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/remoteui"
)

// Two devices behind one address share a state directory, and not their keys.
func TestDevicesBehindOneAddress(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		dev := &hostile.Device{}
		dev.Start()
		defer dev.Close()
		d := rekey.Device{URL: dev.URL(), DepartmentID: hostile.DepartmentID, Password: rekey.NewSecret(hostile.Password), TrustOnFirstUse: true, TLSPorts: []int{}}
		for range 2 {
			// It makes no keys, which is another matter.
			_, err := rekey.Remediate(bounded(t), d, &rekey.Options{Dir: dir})
			if _, refused := errors.AsType[*remoteui.IdentityError](err); refused || dev.Passwords.Load() == 0 {
				t.Error(err)
			}
			d.TrustOnFirstUse = false // it is known by now
		}
	}
}
