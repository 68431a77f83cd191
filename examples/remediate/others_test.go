package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui/remoteuitest"
)

// Another machine has its own login, and what is printed about one that is not
// known, or wants another login, does help.
func TestOtherMachine(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	dev := device(t, quick(remoteuitest.Config{Seed: 5, Keys: []remoteuitest.KeySpec{
		{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Imported: true, Uses: []string{remoteuitest.UseTLS}}, {Name: "Device Signature Key", Weak: true},
	}}))
	signature := func() []byte {
		all := dev.Keys()
		return all[slices.IndexFunc(all, func(k remoteuitest.KeyState) bool { return k.Name == "Device Signature Key" })].Certificate.Raw
	}
	old := signature()
	const otherPassword = "battery staple 8"
	holder, err := remoteuitest.New(remoteuitest.Config{Seed: 6, ID: "815", Password: otherPassword, SMIMECertificates: [][]byte{old}, Errorf: t.Errorf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(holder.Close)
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	flags := append(flagsOf(t, dev, stateDir(t)), "-other", holder.URL())
	run := func(code int) result {
		t.Helper()
		r := invocation{args: flags, env: map[string]string{"OTHER_PASSWORD": otherPassword}}.run(t)
		r.want(t, code)
		return r
	}
	r := run(exitLogin)
	if dev.Restarts() != 0 || slices.Equal(signature(), old) {
		t.Error("the main device was not finished")
	}
	cure := regexp.MustCompile(`(-other-pin) (sha256//\S+)`).FindStringSubmatch(strings.Join(strings.Fields(r.stderr), " "))
	if cure == nil || cure[2] != pin(t, holder) || !strings.Contains(r.stderr, "-other "+holder.URL()) || regexp.MustCompile(`[^r]-pin`).MatchString(r.stderr) {
		t.Fatalf("%q, the machine has %s:\n%s", cure, pin(t, holder), r.stderr)
	}
	flags = append(flags, cure[1:]...)
	if r = run(exitLogin); !strings.Contains(r.stderr, "-other-dept-id") || !strings.Contains(r.stderr, "-other-password-env") {
		t.Fatalf("stderr:\n%s", r.stderr)
	}
	flags = append(flags, "-other-dept-id", "815", "-other-password-env", "OTHER_PASSWORD")
	run(exitDone)
	if got := holder.SMIMECertificates(); len(got) != 1 || !slices.Equal(got[0], signature()) {
		t.Errorf("the machine has %d certificates", len(got))
	}
}
