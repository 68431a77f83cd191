package acceptance_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// made are the names of the keys that a device was seen making, as often as it
// did.
func made(dev *simdevice.Device) (all []string) {
	for _, e := range dev.Log() {
		if name, ok := strings.CutPrefix(e.Change, "key "); ok && strings.HasSuffix(name, " generated") {
			all = append(all, strings.TrimSuffix(name, " generated"))
		}
	}
	return all
}

// Whenever a key comes that an interrupted run asked for, the next run takes it:
// before it looks, while it looks and works, after it asked again. One key is made
// for each that was wanted, and nobody is said to be working on the device.
func TestLateKey(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	for kind, step := range map[rekey.CertificateKind]string{rekey.SelfSigned: "G-1", rekey.ByCSR: "G-4"} {
		for _, slow := range []time.Duration{10 * time.Second, 30 * time.Second, 5 * time.Minute} {
			t.Run(fmt.Sprint(kind, " ", slow), func(t *testing.T) {
				t.Parallel()
				cfg := simdevice.Config{Seed: 4, GenerateTime: slow, Layout: plain()}
				inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
					o.Kind, o.Issuer = kind, newIssuer(t)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					o.OnEvent = func(e rekey.Event) {
						if e.Kind == rekey.EventProgress && e.Step == step { // it is about to be asked for
							time.AfterFunc(1900*time.Millisecond, cancel)
						}
					}
					if _, err := rekey.Remediate(ctx, d, o); err == nil {
						t.Fatal("not stopped")
					}
					first := made(dev)
					o.OnEvent = nil
					r, err := rekey.Remediate(t.Context(), d, o)
					if err != nil {
						t.Errorf("%v\n%v", err, r)
					}
					after := made(dev)
					if len(first) == 0 || len(after) == 0 || after[0] != first[0] {
						t.Errorf("made first %q, in all %q", first, after)
					}
					for _, k := range dev.Keys() {
						if k.Weak || k.Generated && len(k.Active) == 0 {
							t.Errorf("%s is left", k.Name)
						}
					}
				})
			})
		}
	}
}
