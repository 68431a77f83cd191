package acceptance_test

import (
	"context"
	"errors"
	"flag"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/strangers"
	"github.com/rekey-go/rekey/remoteui"
)

// A newcomer is a device of a package of its own below internal/strangers.
type newcomer struct {
	devicetest.Device
	dial func(context.Context, string, string) (net.Conn, error)
}

func (n *newcomer) device() rekey.Device {
	c := n.Credentials()
	return rekey.Device{URL: n.URL(), UserName: c.UserName, DepartmentID: c.DepartmentID, Password: rekey.NewSecret(c.Password), TrustOnFirstUse: true, DialContext: n.dial}
}

// finished holds a device to the end: no weak key, no key of ours in no use, and
// every usage that had a key has one.
func (n *newcomer) finished(t *testing.T, before []devicetest.KeyState) {
	t.Helper()
	after := n.Keys()
	for _, k := range after {
		if k.Weak || strings.HasPrefix(k.Name, "rk") && len(k.Uses) == 0 {
			t.Errorf("%s is left (%v, weak %v)", k.Name, k.Uses, k.Weak)
		}
	}
	for _, was := range before {
		for _, use := range was.Uses {
			if !slices.ContainsFunc(after, func(k devicetest.KeyState) bool { return slices.Contains(k.Uses, use) }) {
				t.Errorf("%s has no key", use)
			}
		}
	}
}

var everyNewcomer = flag.Bool("every-newcomer", false, "TestNewcomers: every case of every device, not a sample (five minutes)")

// sampled are the cases that are run without the flag: what a whole run reads is
// read by it, what is stopped half-way and finished is a whole run, too, and one
// device wants so much time between requests that it is met once, as are those on
// which nothing was ever found.
func sampled(device, job string) bool {
	switch {
	case *everyNewcomer || job == "wrong password":
		return true
	case slices.Contains([]string{"c357", "dx6780", "ir2645"}, device):
		return job == "self-signed"
	case slices.Contains([]string{"adv4535", "adv8595iii", "c7580", "dxc5840", "ir2425", "iprc170", "ir2630"}, device):
		return job == "stopped"
	}
	return job == "stopped" || job == "CSR"
}

// Every newcomer is read, remediated, stopped half-way and finished, told a wrong
// password, and given certificates of a CA.
func TestNewcomers(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for name, make := range strangers.Single {
		for job, do := range map[string]func(context.Context, *testing.T, *newcomer, *rekey.Options){
			"read": func(ctx context.Context, t *testing.T, n *newcomer, o *rekey.Options) {
				a, err := rekey.Assess(ctx, n.device(), o)
				if err != nil {
					t.Fatal(err)
				}
				p, err := a.Plan(o)
				if err != nil {
					t.Fatal(err)
				}
				weak := 0
				for _, k := range n.Keys() {
					if k.Weak && k.Name != "Default Key" && k.Name != "Device Signature Key" {
						weak++
					}
				}
				if len(p.Changes) < weak {
					t.Errorf("%d keys are to be replaced, and %d are weak\n%v", len(p.Changes), weak, p)
				}
			},
			"self-signed": func(ctx context.Context, t *testing.T, n *newcomer, o *rekey.Options) {
				n.remediate(ctx, t, o)
			},
			"stopped": func(ctx context.Context, t *testing.T, n *newcomer, o *rekey.Options) {
				stopAt(t, n.device(), o, "R-5")
				o.OnEvent = nil
				n.remediate(ctx, t, o)
			},
			"CSR": func(ctx context.Context, t *testing.T, n *newcomer, o *rekey.Options) {
				o.Kind, o.Issuer = rekey.ByCSR, newIssuer(t)
				n.remediate(ctx, t, o)
			},
			"wrong password": func(ctx context.Context, t *testing.T, n *newcomer, o *rekey.Options) {
				d := n.device()
				d.Password = rekey.NewSecret("8765432")
				for range 2 {
					_, err := rekey.Remediate(ctx, d, o)
					if _, ok := errors.AsType[*remoteui.LoginError](err); !ok {
						t.Errorf("%v", err)
					}
				}
			},
		} {
			if !sampled(name, job) {
				continue
			}
			t.Run(name+"/"+job, func(t *testing.T) {
				t.Parallel()
				offTheNetwork(t, make, job == "wrong password", func(t *testing.T, dev devicetest.Device, dial func(context.Context, string, string) (net.Conn, error)) {
					n := newcomer{dev, dial}
					if err := n.Start(); err != nil {
						t.Fatal(err)
					}
					defer n.Close()
					o := options(t)
					o.AssumeTrusted, o.Kind = true, rekey.SelfSigned
					ctx, cancel := context.WithTimeoutCause(t.Context(), 6*time.Minute, errors.New("test took too long"))
					defer cancel()
					do(ctx, t, &n, o)
					if open := n.OpenSessions(); open != 0 {
						t.Errorf("%d sessions left open", open)
					}
					for _, v := range n.Violations() {
						t.Error(v)
					}
				})
			})
		}
	}
}

func (n *newcomer) remediate(ctx context.Context, t *testing.T, o *rekey.Options) {
	t.Helper()
	before := n.Keys()
	r, err := rekey.Remediate(ctx, n.device(), o)
	for range 3 { // a small key store takes more than one
		if !errors.Is(err, rekey.ErrUnfinished) {
			break
		}
		r, err = rekey.Remediate(ctx, n.device(), o)
	}
	if err != nil {
		t.Errorf("%v\n%v", err, r)
	}
	n.finished(t, before)
}
