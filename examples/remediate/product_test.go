package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/internal/wording"
	"github.com/rekey-go/rekey/internal/wording/english"
	"github.com/rekey-go/rekey/remoteui"
)

// narrow fails the test if something printed is wider than the terminal, but for a
// path or an address alone on its line, or there are more lines than a number.
func (r result) narrow(t *testing.T, width, most int) {
	t.Helper()
	all := r.stdout + r.stderr
	for line := range strings.Lines(all) {
		line = strings.TrimRight(line, "\n")
		if wording.Cells(line) > width && strings.Contains(strings.TrimSpace(line), " ") {
			t.Errorf("%d cells: %s", wording.Cells(line), line)
		}
	}
	if n := strings.Count(all, "\n"); n > most {
		t.Errorf("%d lines, want at most %d:\n%s", n, most, all)
	}
}

// sixKeys is a device with a weak key in every usage.
func sixKeys(seed uint64) simdevice.Config {
	cfg := quick(simdevice.Config{Seed: seed, KeySlots: 16, Bluetooth: simdevice.Yes, AMS: simdevice.Yes})
	cfg.Keys = []simdevice.KeySpec{{Name: "Default Key"}, {Name: "AMS"}, {Name: "Device Signature Key", Weak: true},
		{Name: "tls", Weak: true, Uses: []string{"TLS"}}, {Name: "dot1x", Weak: true, Uses: []string{"IEEE 802.1X"}},
		{Name: "hq", Weak: true, Uses: []string{"IPSec"}}, {Name: "lab", Weak: true, Uses: []string{"IPSec"}}, {Name: "sip", Weak: true, Uses: []string{"SIP"}}}
	cfg.Policies = []simdevice.PolicySpec{{Name: "HQ", Key: "hq"}, {Name: "Lab", Key: "lab"}}
	return cfg
}

// A device with six keys: what was withheld says which flag decides it, once, and
// what is done says the rest, in the reader's language, on one screen.
func TestSixKeys(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for lang, trusted := range map[string]bool{"zh-TW": false, "ja": true, "en": true} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			dev := device(t, sixKeys(1))
			state := stateDir(t)
			flags := flagsOf(t, dev, state, "-task-lang", lang)
			code := exitDecision
			if trusted {
				_, port, err := net.SplitHostPort(dev.SIPAddr())
				if err != nil {
					t.Fatal(err)
				}
				flags, code = append(flags, "-assume-trusted", "-tls-port", port), exitDone
			}
			r := invoke(t, flags...)
			r.want(t, code)
			r.narrow(t, 80, 80)
			if first, last := firstParagraph(r.stdout), lastParagraph(r.stdout); !strings.Contains(first+last, "6") || !strings.Contains(last, fmt.Sprint(code)) {
				t.Errorf("no verdict first and last:\n%s", r.stdout)
			}
			if left := english.Sentence(r.stdout + r.stderr); left != "" && lang != "en" {
				t.Errorf("English is left: %s\n%s%s", left, r.stdout, r.stderr)
			}
			// The certificate of SIP is seen at its own port, if that is named.
			if n := strings.Count(r.stdout, served[lang]); trusted && n != 2 {
				t.Errorf("%d usages were seen served, want TLS and SIP:\n%s", n, r.stdout)
			}
			if n := strings.Count(r.stdout+r.stderr, "-distribute CMD"); n > 3 || !trusted && n == 0 {
				t.Errorf("-distribute is named %d times:\n%s", n, r.stdout+r.stderr)
			}
			kept, err := filepath.Glob(filepath.Join(state, "reports", "*.txt"))
			if err != nil || len(kept) != 1 || !strings.Contains(r.stdout, kept[0]) {
				t.Fatalf("%q, %v: the whole report is not kept, or not where it is said to be", kept, err)
			}
			text, err := os.ReadFile(kept[0])
			if left := english.Sentence(string(text)); left != "" && lang != "en" {
				t.Errorf("English is left in the whole report: %s\n%s", left, text)
			}
			if err != nil || !strings.Contains(string(text), "sha256//") || !strings.Contains(string(text), "SHA-256") {
				t.Errorf("%v: no fingerprints in\n%s", err, text)
			}
		})
	}
}

// recorder is progress that remembers what it was told.
type recorder struct {
	progress
	mu     sync.Mutex
	events []rekey.Event
}

func (r *recorder) event(e rekey.Event) {
	r.mu.Lock()
	r.events = append(r.events, e)
	r.mu.Unlock()
	r.progress.event(e)
}

// Where no port of SIP is known, that is one reason, in plain words, and told once: the
// shortest way to have six keys replaced is told on one screen too, at each width.
func TestSixKeysAssumed(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for lang, reason := range map[string]string{
		"en": "at no port of the device (", "zh-TW": "裝置的連接埠上未見到（", "ja": "デバイスのポートでは確認できません（",
	} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			dev := device(t, sixKeys(1))
			c, err := parseFlags(flagsOf(t, dev, stateDir(t), "-task-lang", lang, "-assume-trusted"))
			if err != nil {
				t.Fatal(err)
			}
			c.adjust = often
			var events []rekey.Event
			var report *rekey.Report
			var shown []string
			for _, width := range []string{"80", "120"} {
				env := func(name string) (string, bool) {
					v, ok := map[string]string{"DEVICE_PASSWORD": password, "COLUMNS": width}[name]
					return v, ok
				}
				var stdout, stderr buffer
				out := newOutput(&stdout, &stderr, c, env)
				if report == nil {
					told := &recorder{progress: out.progress}
					out.progress = told
					if report, err = work(t.Context(), c, nil, env, out); err != nil {
						t.Fatal(err)
					}
					events = told.events
				} else {
					for _, e := range events {
						out.event(e)
					}
					out.showPlan(report.Plan, true)
					out.report(report, nil)
				}
				code := out.finish(report, nil)
				out.close()
				r := result{code, stdout.String(), stderr.String()}
				r.want(t, exitDone)
				n, _ := strconv.Atoi(width)
				r.narrow(t, n, 80)
				all := strings.Join(strings.Fields(r.stdout+r.stderr), " ")
				if n := strings.Count(strings.ReplaceAll(all, " ", ""), strings.ReplaceAll(reason, " ", "")); n != 1 || strings.Contains(all, `\u`) {
					t.Errorf("%s columns: the reason is told %d times:\n%s%s", width, n, r.stdout, r.stderr)
				}
				if left := english.Sentence(all); left != "" && lang != "en" {
					t.Errorf("English is left: %s", left)
				}
				shown = append(shown, strings.Join(strings.Fields(r.stdout[:strings.LastIndex(r.stdout, "reports")]), ""))
			}
			if shown[0] != shown[1] {
				t.Errorf("a wider terminal shows something else:\n%s\n%s", shown[0], shown[1])
			}
		})
	}
}

// served is what is said of a key that was seen served.
var served = map[string]string{"en": "(served)", "ja": "（接続）"}

func firstParagraph(s string) string {
	first, _, _ := strings.Cut(s, "\n\n")
	return first
}

func lastParagraph(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndex(s, "\n\n")+1:]
}

// A plan is kept and carried out later; one that is stale says what changed.
func TestKeptPlan(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	dev := device(t, quick(simdevice.Config{Seed: 22}))
	flags, dir := flagsOf(t, dev, stateDir(t)), t.TempDir()
	plan, log := filepath.Join(dir, "plan.json"), filepath.Join(dir, "log.jsonl")
	with := func(more ...string) []string { return append(slices.Clone(flags), more...) }

	invoke(t, with("-finish")...).want(t, exitUsage) // there is more to do than to finish
	invoke(t, with("-plan", "-out", plan)...).want(t, exitDone)
	if info, err := os.Stat(plan); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	if dev.StateChanges() != 0 {
		t.Fatal("planning changed the device")
	}
	r := invoke(t, with("-apply", plan, "-log", log)...)
	r.want(t, exitDone)
	if tlsKey(t, dev).Weak {
		t.Error("the plan was not carried out")
	}
	r = invoke(t, with("-apply", plan, "-json")...)
	r.want(t, exitDrift)
	if e := r.report(t); e.Exit.Class != rekey.ExitDrift || e.Exit.Retry != rekey.RetryNow || !strings.Contains(e.Error, "no longer: ") || !strings.Contains(e.Error, "now: ") {
		t.Errorf("%+v: it does not say what changed: %s", e.Exit, e.Error)
	}
	invoke(t, with("-finish")...).want(t, exitDone) // nothing to finish
	if lastRestart(flags[slices.Index(flags, "-state")+1], dev.URL()) <= 0 {
		t.Error("how long the restart took is not known")
	}

	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	for line := range strings.Lines(string(text)) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if entry["kind"] == "step" {
			if steps++; entry["device"] == "" || entry["run"] == "" || entry["step"] == "" {
				t.Errorf("no device, run or step: %s", line)
			}
		}
	}
	if steps < 5 || strings.Contains(string(text), password) {
		t.Errorf("%d steps in the log, want them all, and no password", steps)
	}
	for name, args := range map[string][]string{
		"no plan": {"-apply", log}, "no file": {"-apply", filepath.Join(dir, "none")}, "out without plan": {"-out", plan}, "both": {"-plan", "-apply", plan},
		"kept and finished": {"-finish", "-keep-old-keys"}, "log nowhere": {"-log", filepath.Join(dir, "none", "log")},
	} {
		if r := invoke(t, with(args...)...); r.code != exitUsage {
			t.Errorf("%s: exit code %d\n%s", name, r.code, r.stderr)
		}
	}
}

// A language of the pages that cannot be is a wrong flag, not a strange device.
func TestWrongPageLanguage(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for lang, wrong := range map[string]string{"zh-TW": "en", "en": "ja"} {
		dev := device(t, simdevice.Config{Seed: 23, Language: lang})
		r := invoke(t, flagsOf(t, dev, stateDir(t), "-plan", "-json", "-lang", wrong)...)
		r.want(t, exitUsage)
		if e := r.report(t); e.Exit.Class != rekey.ExitUsage || !strings.Contains(r.stderr, "-lang "+lang) {
			t.Errorf("%+v\n%s", e.Exit, r.stderr)
		}
	}
}

// A user name where a department ID is asked for, and the other way round, is told
// before a password is sent, with the flag to give.
func TestWrongKindOfLogin(t *testing.T) {
	t.Parallel()
	for login, c := range map[simdevice.LoginKind]struct{ given, name, wanted string }{
		simdevice.LoginDepartmentID: {"-user", "Administrator", "-dept-id ID in place of -user"},
		simdevice.LoginUserName:     {"-dept-id", "4711", "-user NAME in place of -dept-id"},
	} {
		dev := device(t, simdevice.Config{Seed: 24, Login: login})
		r := invoke(t, "-url", dev.URL(), c.given, c.name, "-password-env", "DEVICE_PASSWORD", "-pin", pin(t, dev), "-state", stateDir(t), "-plan")
		r.want(t, exitLogin)
		if !strings.Contains(strings.Join(strings.Fields(r.stderr), " "), c.wanted) || dev.LoginAttempts() != 0 {
			t.Errorf("%s: %d attempts\n%s", login, dev.LoginAttempts(), r.stderr)
		}
	}
}

func TestVersionAndManual(t *testing.T) {
	t.Parallel()
	r := invoke(t, "-version")
	r.want(t, exitDone)
	if !strings.Contains(r.stdout, "github.com/rekey-go/rekey") || !strings.Contains(r.stdout, runtime.Version()) {
		t.Errorf("version %q", r.stdout)
	}
	for kind, want := range map[string]string{"man": ".TH REMEDIATE 1", "bash": "complete -F _remediate remediate", "zsh": "#compdef remediate", "fish": "complete -c remediate -o url"} {
		r := invoke(t, "-manual", kind)
		r.want(t, exitDone)
		if !strings.Contains(r.stdout, want) {
			t.Errorf("%s:\n%s", kind, r.stdout)
		}
	}
	invoke(t, "-manual", "csh").want(t, exitUsage)
}

// What the library says of options in its texts, this program has flags for: reasons
// are read by who has flags.
func TestOptionsInTextsHaveFlags(t *testing.T) {
	t.Parallel()
	// What people cannot set from here.
	programs := []string{"Timeouts.Assess", "MinValidity", "MaxValidity"}
	option := regexp.MustCompile(`\((?:Options\.)?([A-Z][A-Za-z.]*)\)`)
	known := map[string]bool{"RequireCA": true}
	for _, of := range []reflect.Type{reflect.TypeFor[rekey.Options](), reflect.TypeFor[rekey.DeviceSCEP](), reflect.TypeFor[remoteui.Config]()} {
		for i := range of.NumField() {
			known[of.Field(i).Name] = true
		}
	}
	found := 0
	for _, dir := range []string{"../..", "../../usage", "../../keys"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				for _, m := range option.FindAllStringSubmatch(lit.Value, -1) {
					name, _, _ := strings.Cut(m[1], ".")
					if !known[name] || slices.Contains(programs, m[1]) {
						continue
					}
					if found++; flagNames[m[1]] == "" {
						t.Errorf("%s: %s has no flag here", file, m[0])
					}
				}
				return true
			})
		}
	}
	if found < 5 {
		t.Errorf("%d options found in texts: the test looks in the wrong place", found)
	}
}
