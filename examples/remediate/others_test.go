package main

import (
	"errors"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/wording/english"
	"github.com/rekey-go/rekey/remoteui"
)

// Another machine has its own login, and what is printed about one that is not
// known, or wants another login, does help.
func TestOtherMachine(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	dev := device(t, quick(simdevice.Config{Seed: 5, Keys: []simdevice.KeySpec{
		{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Imported: true, Uses: []string{simdevice.UseTLS}}, {Name: "Device Signature Key", Weak: true},
	}}))
	signature := func() []byte {
		all := dev.Keys()
		return all[slices.IndexFunc(all, func(k simdevice.KeyState) bool { return k.Name == "Device Signature Key" })].Certificate.Raw
	}
	old := signature()
	const otherPassword = "battery staple 8"
	holder, err := simdevice.New(simdevice.Config{Seed: 6, ID: "815", Password: otherPassword, SMIMECertificates: [][]byte{old}, Errorf: t.Errorf})
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

// What to do about another machine is said in the reader's language and in terms of
// the flags that are for that machine.
func TestAdviceOnOtherMachines(t *testing.T) {
	t.Parallel()
	const url = "https://192.0.2.9:9443/"
	for name, err := range map[string]error{
		"identity":   &remoteui.IdentityError{Addr: "192.0.2.9:9443"},
		"password":   &remoteui.LoginError{Failure: remoteui.WrongCredential},
		"login":      &remoteui.LoginError{Failure: remoteui.WrongCredential, Missing: true, Before: true, Asks: "user name"},
		"department": &remoteui.LoginError{Failure: remoteui.WrongCredential, Missing: true, Before: true, Asks: "department ID"},
		"off":        &net.OpError{Op: "dial", Err: errors.New("no route to host")},
		"page":       &remoteui.PageError{Page: "Login", Label: "login form"},
	} {
		for _, lang := range []string{"en", "zh-TW", "ja"} {
			lines := (&output{lang: lang}).advice(&rekey.OtherError{URL: url, Err: err})
			if len(lines) < 2 || !strings.Contains(lines[0], "-other "+url) {
				t.Fatalf("%s, %s: %q", name, lang, lines)
			}
			for _, line := range lines {
				if regexp.MustCompile(`(^|[^\w-])-(user|dept-id|password-env|password-file|pin|ca|url)\b`).MatchString(line) || lang != "en" && english.Sentence(line) != "" {
					t.Errorf("%s, %s: %s", name, lang, line)
				}
			}
		}
	}
}
