package servers

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
)

// tempDir holds what outlives a test; it goes with the run.
var tempDir string

func TestMain(m *testing.M) {
	var err error
	if tempDir, err = os.MkdirTemp("", "rekey-servers-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	net.DefaultResolver = resolver() // the one that step-ca asks: it takes none of its own
	code := m.Run()
	_ = os.RemoveAll(tempDir) // a file of the CA that is still open may stay
	os.Exit(code)
}

// host is the name of every device: CAs see it in requests, and have to resolve
// it where they ask back.
const host = "localhost"

// device is one that has weak keys in the given usages, whose certificates have
// to come from a CA.
func device(t *testing.T, cfg simdevice.Config, uses ...string) *simdevice.Device {
	t.Helper()
	cfg.Hostname, cfg.Errorf, cfg.KeySlots = host, t.Errorf, 16
	if cfg.CSRNames == nil {
		cfg.CSRNames = []string{host, "127.0.0.1"}
	}
	cfg.Keys = append(cfg.Keys, simdevice.KeySpec{Name: "Default Key"}, simdevice.KeySpec{Name: "AMS"})
	for _, use := range uses {
		cfg.Keys = append(cfg.Keys, simdevice.KeySpec{Name: "old" + strings.NewReplacer(" ", "", ".", "").Replace(use), Weak: true, Uses: []string{use}, CommonName: host})
	}
	dev, err := simdevice.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	return dev
}

func access(dev *simdevice.Device) rekey.Device {
	d := rekey.Device{
		URL: dev.URL(), DialContext: dev.DialContext, TrustOnFirstUse: true,
		DepartmentID: "7654321", Password: rekey.NewSecret("7654321"),
	}
	return d
}

func options(t *testing.T) *rekey.Options {
	t.Helper()
	// The devices put the address that they are reached by into their requests.
	return &rekey.Options{IssuedPolicy: keys.IssuedPolicy{Names: []string{"127.0.0.1"}}, Dir: t.TempDir(), Timeouts: rekey.Timeouts{Poll: 20 * time.Millisecond, Restart: 30 * time.Second, Generate: time.Minute}, OnEvent: func(e rekey.Event) {
		if e.Kind != rekey.EventProgress {
			t.Log(e.Step, e.Text)
		}
	}}
}

func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// active is the key that a usage has in effect.
func active(t *testing.T, dev *simdevice.Device, use string) simdevice.KeyState {
	t.Helper()
	for _, k := range dev.Keys() {
		if slices.Contains(k.Active, use) {
			return k
		}
	}
	t.Fatalf("no key of %s", use)
	return simdevice.KeyState{}
}

// onlyLoopback connects to this machine and nowhere else.
func onlyLoopback(ctx context.Context, network, addr string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(name); err != nil || ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("%s is not on the loopback interface", addr)
	}
	return new(net.Dialer).DialContext(ctx, network, addr)
}
