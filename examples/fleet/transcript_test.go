package main

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/devicetest"
	"github.com/rekey-go/rekey/internal/hostile"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// What a person sees of thirty devices is printed by
//
//	go test ./examples/fleet -run TestTranscript -v -fleet 30
var fleetSize = flag.Int("fleet", 7, "how many devices TestTranscript has; from the eighth on with hostile ones")

// kinds of devices, in turns: how each is, which password the list names, and what
// becomes of it when all are looked at, and when the plan is carried out.
var kinds = []struct {
	name, password string
	config         simdevice.Config
	looked, worked rekey.FleetOutcome
	also           rekey.FleetOutcome // of those after the first; empty: the same
}{
	{"weak", "FLEET_GOOD", simdevice.Config{}, weak, rekey.FleetDone, ""},
	{"fixed", "FLEET_GOOD", simdevice.Config{Keys: []simdevice.KeySpec{{Name: "Default Key"}, {Name: "AMS"}, {Name: "TLS-2024", Uses: []string{"TLS"}}}}, lookedAt, rekey.FleetDone, ""},
	{"unlisted", "FLEET_GOOD", simdevice.Config{Model: "iR-ADV X9999"}, weak, rekey.FleetDone, ""},
	{"wrong-password", "FLEET_WRONG", simdevice.Config{MaxFailures: 3}, rekey.FleetFailed, rekey.FleetFailed, rekey.FleetHeld},
	{"unreachable", "FLEET_GOOD", simdevice.Config{}, rekey.FleetUnreachable, rekey.FleetUnreachable, ""},
	{"locked", "FLEET_LOCKED", simdevice.Config{MaxFailures: 1, ID: "1111111", Password: "1111111"}, rekey.FleetFailed, rekey.FleetFailed, rekey.FleetHeld},
	{"vulnerable", "FLEET_GOOD", simdevice.Config{Version: "37.30", MakesWeakKeys: true}, rekey.FleetUnsupported, rekey.FleetUnsupported, ""},
	{"hostile", "FLEET_HOSTILE", simdevice.Config{}, rekey.FleetFailed, rekey.FleetFailed, ""},
}

// A plan for devices of all kinds is made by one, approved by another, carried out, and
// carried out again for what is left. Nobody is locked out by it, and nothing is done to
// those that cannot be helped.
func TestTranscript(t *testing.T) {
	t.Parallel()
	if race.SlowScripts {
		t.Skip("page scripts run a hundred times slower under the race detector, unless it is kept from them: see .ci/run")
	}
	list := "address;dept-id;password-env;trust-on-first-use;site;\n"
	devices := map[string][]*simdevice.Device{}
	looked, worked := map[rekey.FleetOutcome]int{}, map[rekey.FleetOutcome]int{}
	for i := range *fleetSize {
		k := kinds[i%len(kinds)]
		outcome := k.looked
		if i >= len(kinds) && k.also != "" {
			outcome = k.also
		}
		looked[outcome]++
		if i >= len(kinds) && k.also != "" { // without a plan it is as it was
			worked[k.also]++
		} else {
			worked[k.worked]++
		}
		url, id := "", "7654321"
		switch k.name {
		case "unreachable":
			url = "https://" + devicetest.Nobody(t) + "/"
		case "hostile":
			dev := &hostile.Device{Pages: map[string]http.HandlerFunc{
				"keys": hostile.Text(hostile.Frame("keys", `<script>new Array(1e8).join("xxxx")</script>`)),
			}}
			dev.Start()
			t.Cleanup(dev.Close)
			url, id = dev.URL(), hostile.DepartmentID
		default:
			cfg := k.config
			cfg.Seed, cfg.Language, cfg.Errorf = uint64(i+1), "en", t.Errorf
			dev, err := simdevice.New(cfg)
			if err == nil {
				err = dev.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(dev.Close)
			devices[k.name] = append(devices[k.name], dev)
			if url = dev.URL(); k.name == "locked" { // by somebody who tried
				id = "1111111"
				_, _ = rekey.Assess(t.Context(), rekey.Device{URL: url, DepartmentID: id, Password: rekey.NewSecret("0"), TrustOnFirstUse: true, TLSPorts: []int{}}, nil)
			}
		}
		list += fmt.Sprintf("%s;%s;%s;yes;site %d;\n", url, id, k.password, i%3)
	}
	dir := t.TempDir()
	file, plan, state := filepath.Join(dir, "list.csv"), filepath.Join(dir, "plan.json"), filepath.Join(dir, "state")
	if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	show := func(typed string, args ...string) (int, string) {
		code, out, errs := answering(t, typed, args...)
		t.Logf("$ fleet %s\n%s%s-> exit code %d", strings.ReplaceAll(strings.Join(args, " "), dir+"/", ""), errs, out, code)
		return code, out
	}
	if _, out := show("", "-inventory", file, "-plan", "-out", plan, "-change", "CHG0031337", "-as", "alice", "-state-dir", state); !maps.Equal(count(out), looked) {
		t.Errorf("looked: %v, want %v", count(out), looked)
	}
	key, approvers := filepath.Join(dir, "bob.key"), filepath.Join(dir, "approvers")
	work := []string{"-inventory", file, "-state-dir", state, "-apply", plan, "-approvers", approvers, "-waves", "1,2", "-max-restarts", "2"}
	if err := os.WriteFile(approvers, []byte("# nobody yet\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := show("", work...); code != exitUsage || out != "" {
		t.Errorf("carried out without approval: %d", code)
	}
	if code, _ := show("approve\n", "-approve", plan, "-as", "alice"); code == 0 {
		t.Error("approved by its author")
	}
	if code, _ := show("approve\n", "-approve", plan, "-as", "bob", "-approval-key", key); code != 0 {
		t.Errorf("not approved: %d", code)
	}
	if code, out := show("", work...); code != exitUsage || out != "" {
		t.Errorf("carried out, approved by one who is on no list: %d", code)
	}
	if err := os.Rename(key+".pub", approvers); err != nil {
		t.Fatal(err)
	}
	if code, out := show("", work...); code != 6 || !maps.Equal(count(out), worked) {
		t.Errorf("worked: %d, %v, want %v", code, count(out), worked)
	}
	if _, out := show("", work...); strings.Count(out, "left out") != worked[rekey.FleetDone] {
		t.Errorf("again: %v", count(out))
	}
	for kind, all := range devices {
		for i, dev := range all {
			want := 0
			if kind == "weak" || kind == "unlisted" {
				want = 1
			}
			if dev.Restarts() != want || kind == "wrong-password" && dev.LoginAttempts() > 1 || kind == "locked" && i > 0 && dev.LoginAttempts() > 1 {
				t.Errorf("%s: %d restarts, want %d; %d logins", kind, dev.Restarts(), want, dev.LoginAttempts())
			}
		}
	}
}

// count reads the outcomes off the lines of devices.
func count(out string) map[rekey.FleetOutcome]int {
	counts := map[rekey.FleetOutcome]int{}
	for line := range strings.Lines(out) {
		if outcome, _, ok := strings.Cut(line, "  "); ok && strings.Contains(line, "https://") && outcome != "left out" && outcome != "finding" {
			counts[rekey.FleetOutcome(strings.TrimSpace(outcome))]++
			outcome, rest, _ := strings.Cut(line, "https://")
			url, says, _ := strings.Cut(rest, "  ")
			says = strings.TrimPrefix(says, "nothing was planned: ")
			if strings.HasPrefix(says, "https://"+url) || strings.HasPrefix(says, strings.TrimSpace(outcome)+": ") {
				counts[rekey.FleetOutcome("said twice: "+line)]++
			}
		}
	}
	return counts
}
