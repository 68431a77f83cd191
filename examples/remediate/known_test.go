package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/simdevice"
)

// A key of which only the details page is seen is recognised by the files of
// its CA. // W-2
func TestKnownCerts(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	dev := device(t, simdevice.Config{Seed: 4, Keys: []simdevice.KeySpec{
		{Name: "Default Key"}, {Name: "tls", Weak: true, Uses: []string{"TLS"}}, {Name: "dot1x", Weak: true, Uses: []string{"IEEE 802.1X"}, ExternalIssuer: true},
	}})
	dir := t.TempDir()
	for _, k := range dev.Keys() {
		if k.Name == "dot1x" {
			write(t, filepath.Join(dir, "issued.pem"), "CERTIFICATE", k.Certificate.Raw)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "broken.cer"), []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := invoke(t, flagsOf(t, dev, stateDir(t), "-plan", "-v", "-known-certs", dir)...)
	r.want(t, exitDone)
	if !strings.Contains(r.stderr, "1 known certificates") || !strings.Contains(r.stderr, "broken.cer") || !strings.Contains(r.stdout, "proved weak") ||
		!strings.Contains(r.stderr, `"dot1x", by its certificate among the known ones`) {
		t.Errorf("%s\n%s", r.stdout, r.stderr)
	}
	invoke(t, flagsOf(t, dev, stateDir(t), "-plan", "-known-certs", filepath.Join(dir, "nonesuch"))...).want(t, exitUsage)
}
