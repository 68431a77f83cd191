package wording_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/task"
	"github.com/rekey-go/rekey/internal/wording"
	"github.com/rekey-go/rekey/internal/wording/english"
)

var update = flag.Bool("update", false, "write the golden files anew")

// names are flags, as a program has them.
var names = map[string]string{"Distribute": "-distribute CMD", "AssumeTrusted": "-assume-trusted", "KeepOldKeys": "-keep-old-keys"}

const (
	weak   = "proved weak: 2048-bit modulus factored by Fermat's method in round 1"
	unseen = "its modulus could not be had, and keys made before the firmware update are weak"
)

func untrusted(place string) string {
	return unseen + "; but whoever " + place + " talks to has to trust the new certificate before the restart, and there is no way to see to it: " +
		"give a way to distribute it (Distribute), or say that it is seen to (AssumeTrusted)"
}

// tasks are those of a device of which the new keys of some usages serve.
func tasks(t *testing.T, lang string, uses ...string) (all []wording.Task) {
	t.Helper()
	add := func(id, use, policy string, facts ...string) {
		whole := task.Facts{Device: "iR-ADV C5560 III", URL: "https://192.0.2.7:8443/", Policy: policy, Old: task.Cert{Key: "old", Serial: "5e1"}, New: task.Cert{Key: "new", SHA256: strings.Repeat("ab", 32)}}
		text, err := task.Text(id, use, task.SelfSigned, lang, whole)
		if err != nil {
			t.Fatal(err)
		}
		whole.Device, whole.URL = "", ""
		title, err := task.Text(id, use, task.SelfSigned, lang, whole)
		if err != nil {
			t.Fatal(err)
		}
		title, _, _ = strings.Cut(title, "\n")
		all = append(all, wording.Task{ID: id, Use: use, Policy: policy, Title: title, Text: text, Facts: facts})
	}
	add("P-2", "tls", "", "SHA-1 "+task.Fingerprint(strings.Repeat("ab", 20)))
	add("P-1", "tls", "")
	rows := map[string]string{"tls": "V-1", "ieee8021x": "V-2", "ipsec": "V-3", "sip": "V-4", "deviceSignature": "V-5"}
	for _, id := range []string{"E-1", "V"} {
		for _, use := range uses {
			use, policy, _ := strings.Cut(use, "/")
			switch {
			case id == "V":
				add(rows[use], use, policy)
			case use == "deviceSignature":
				add("E-2", use, policy)
			default:
				add(id, use, policy)
			}
		}
	}
	add("B-1", "bluetooth", "")
	add("A-1", "ams", "")
	return all
}

// six is a device with a key for every usage. With one restart and no word about
// trust two are done; else all are.
func six(t *testing.T, lang string, trusted bool) *wording.Report {
	r := &wording.Report{
		Device: "iR-ADV C5560 III", Controller: "37.31", URL: "https://192.0.2.7:8443/", Firmware: "fixed", Restarts: 1, Requests: 129, Took: 5 * time.Second,
		Class: "decision", Code: 8, ShowCode: true,
		Usages: []wording.Usage{
			{Use: "tls", State: wording.Done, Old: "tls", New: "rktls20261129ezimjo", Proof: "served", Reason: weak},
			{Use: "deviceSignature", State: wording.Done, Old: "Device Signature Key", New: "Device Signature Key", Proof: "bound", Reason: weak},
		},
		Evidence: []string{"evidence/192.0.2.7-12ca17b4/tls.json", "evidence/192.0.2.7-12ca17b4/Device_Signature_Key.json"},
		File:     "rekey-state/reports/192.0.2.7-20261130-003308.txt",
		Notices:  []string{`key "spare" is an RSA key in no usage: nothing is done with it; delete it if nobody needs it (W-5)`},
	}
	for range 11 {
		r.Labels = append(r.Labels, `relied on the unverified label "鍵と証明書リスト" for key-list`)
	}
	r.Steps = []wording.Step{
		{Outcome: "done", ID: "W-4", Use: "tls"}, {Outcome: "skipped", ID: "R-5", Use: "tls", Note: "in effect already"},
		{Outcome: "failed", ID: "C-3", Use: "ipsec", Policy: "HQ", Note: `proof of IPSec policy "HQ": its page names key "hq", not "new"`},
		{Outcome: "withheld", ID: "D-1", Use: "sip", Note: "kept: SIP still uses it"},
	}
	r.Revocations = []string{
		`certificate of key "tls" (serial 5e1, issued by CN=Office CA): step-ca was asked to revoke it at 2026-11-30T03:14:15Z, reason keyCompromise`,
		`certificate of key "sip": not revoked: its key is still on the device; the next run asks again`,
	}
	rest := []wording.Usage{
		{Use: "ieee8021x", Old: "dot1x", New: "rkdot1x20261129vsh6is"}, {Use: "ipsec", Policy: "HQ", Old: "hq", New: "rkipsec20261129e63ayx"},
		{Use: "ipsec", Policy: "Lab", Old: "lab", New: "rkipsec20261129h6km4w"}, {Use: "sip", Old: "sip", New: "rksip20261129rvghnk"},
	}
	for i, place := range []string{"IEEE 802.1X", `IPSec policy "HQ"`, `IPSec policy "Lab"`, "SIP"} {
		rest[i].State, rest[i].Reason = wording.Withheld, untrusted(place)
		if trusted {
			rest[i].State, rest[i].Reason, rest[i].Proof = wording.Done, unseen, "bound"
		}
	}
	r.Usages = append(r.Usages, rest...)
	r.Tasks = tasks(t, lang, "tls", "deviceSignature")
	if trusted {
		r.Class, r.Code = "done", 0
		r.Tasks = tasks(t, lang, "tls", "ieee8021x", "ipsec/HQ", "ipsec/Lab", "sip", "deviceSignature")
	}
	return r
}

// TestGolden holds what people see, in every language and at two widths, and that
// nothing is wider than the terminal.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, lang := range wording.Languages() {
		for _, width := range []int{80, 120} {
			o := wording.Options{Lang: wording.Lang(lang), Width: width, Names: names, Dir: "rekey-state"}
			verbose := o
			verbose.Verbose = true
			plan := &wording.Plan{
				Device: "iR-ADV C5560 III", Controller: "37.31", URL: "https://192.0.2.7:8443/", Keys: 2, Restarts: 1, Notices: []string{`key "tls", which is replaced, is still on the device: a run that keeps none (KeepOldKeys) deletes it`},
				Usages: six(t, lang, false).Usages, Steps: []string{"record the old certificates as evidence"},
			}
			for i := range plan.Usages[:2] {
				plan.Usages[i].State, plan.Usages[i].Deletes = wording.Planned, i == 0
			}
			plan.Usages[0].Spec, plan.Usages[0].Until = "rsa2048", "2036-11-28"
			failed := six(t, lang, false)
			failed.Tasks, failed.Class, failed.Code, failed.Error = nil, "failed", 6, `restart the device: device did not come back within 20m0s: answer lost after a change was requested: EOF; look at the device, then run again`
			failed.Usages[0].State, failed.Usages[1].State, failed.Usages[2].State = wording.Failed, wording.NotDone, wording.Bound
			for name, c := range map[string]struct {
				text string
				most int
			}{
				"withheld": {six(t, lang, false).Text(o), 55},
				"done":     {six(t, lang, true).Text(o), 60},
				"failed":   {failed.Text(o), 45},
				"verbose":  {six(t, lang, false).Text(verbose), 250},
				"plan":     {plan.Text(verbose), 40},
				"brief":    {plan.Brief(o), 12},
			} {
				t.Run(fmt.Sprintf("%s/%s/%d", name, lang, width), func(t *testing.T) {
					t.Parallel()
					if lines := strings.Count(c.text, "\n"); lines > c.most {
						t.Errorf("%d lines, want at most %d", lines, c.most)
					}
					for line := range strings.Lines(c.text) {
						if n := wording.Cells(strings.TrimRight(line, "\n")); n > width {
							t.Errorf("%d cells: %s", n, line)
						}
					}
					if left := english.Sentence(c.text); left != "" && lang != "en" {
						t.Errorf("English is left: %s", left)
					}
					if strings.Contains(c.text, "Distribute") || strings.Contains(c.text, "%!") {
						t.Errorf("not in the reader's words:\n%s", c.text)
					}
					golden(t, fmt.Sprintf("%s.%s.%d.txt", name, lang, width), c.text)
				})
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", name, got)
	}
}
