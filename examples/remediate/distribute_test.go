package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/usage"
)

// init makes this program the command of -distribute, where the test says so.
func init() {
	mode, given := os.LookupEnv("REKEY_TEST_COMMAND")
	if !given {
		return
	}
	switch mode {
	case "environment":
		for _, v := range os.Environ() {
			fmt.Println(v)
		}
	case "says", "fails":
		fmt.Println(os.Getenv("REKEY_TEST_SAYS"))
	case "takes":
		info, err := os.ReadFile(os.Args[2])
		if err != nil {
			panic(err)
		}
		cert, err := os.ReadFile(os.Args[3])
		if err != nil {
			panic(err)
		}
		told, err := json.Marshal(told{os.Args[1:], info, string(cert)})
		if err == nil {
			err = os.WriteFile(os.Getenv("REKEY_TEST_SAYS"), told, 0o600)
		}
		if err != nil {
			panic(err)
		}
	case "much":
		for range 3000 {
			fmt.Println(strings.Repeat("x", 100))
		}
		fmt.Println("end \x1b[2J")
	}
	if mode == "fails" {
		os.Exit(3)
	}
	os.Exit(0)
}

// told is what a command was given.
type told struct {
	Args []string
	Info json.RawMessage
	Cert string
}

// A run has the command make the new certificate known before the restart that puts
// it in effect: it gets the usage, a rekey.Distribution and the certificate, in files
// that are gone afterwards.
func TestDistributeFromTheProgram(t *testing.T) {
	tooSlowForRace(t)
	dev := device(t, quick(simdevice.Config{Seed: 9, Keys: []simdevice.KeySpec{
		{Name: "Default Key"}, {Name: "AMS"}, {Name: "tls", Imported: true, Uses: []string{simdevice.UseTLS}}, {Name: "port", Weak: true, Uses: []string{"IEEE 802.1X"}},
	}}))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	note := filepath.Join(t.TempDir(), "told.json")
	t.Setenv("REKEY_TEST_COMMAND", "takes")
	t.Setenv("REKEY_TEST_SAYS", note)
	r := invoke(t, flagsOf(t, dev, stateDir(t), "-external-key", "tls", "-distribute", self, "-distribute-env", "REKEY_TEST_COMMAND", "-distribute-env", "REKEY_TEST_SAYS")...)
	r.want(t, exitDone)
	text, err := os.ReadFile(note)
	if err != nil {
		t.Fatalf("%v\n%s", err, r.stderr)
	}
	var got told
	var d rekey.Distribution
	if err := errors.Join(json.Unmarshal(text, &got), json.Unmarshal(got.Info, &d)); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(dev.Keys(), func(k simdevice.KeyState) bool { return slices.Contains(k.Active, "IEEE 802.1X") })
	now := dev.Keys()[i]
	if len(got.Args) != 3 || got.Args[0] != "ieee8021x" || d.Use != keys.UseIEEE8021X || d.New.PEM != got.Cert || d.NewKey.Name != now.Name || now.Weak || !strings.Contains(got.Cert, "BEGIN CERTIFICATE") {
		t.Errorf("%q was told %+v, the device uses %q", got.Args, d, now.Name)
	}
	for _, file := range got.Args[1:] {
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", file, err)
		}
	}
}

// The command gets what programs need, and not the password; what it says comes
// out, scrubbed, bounded and fit for a terminal, also when it succeeds.
func TestDistributeCommand(t *testing.T) {
	const password = "pl4nted+pass word"
	for name, value := range map[string]string{
		"PRINTER_PASSWORD": password, "SCEP_CHALLENGE": "s3cret challenge", "AWS_SECRET_ACCESS_KEY": "x", "MY_DIRECTORY": "/d", "LD_PRELOAD": "", "LC_TIME": "C", "HOME": "/home/x",
	} {
		t.Setenv(name, value)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, mode, says string) (said string, err error) {
		t.Setenv("REKEY_TEST_COMMAND", mode)
		t.Setenv("REKEY_TEST_SAYS", says)
		c := &config{distribute: self, distributeEnv: []string{"MY_DIRECTORY", "REKEY_TEST_COMMAND", "REKEY_TEST_SAYS"}, scepChallengeEnv: "SCEP_CHALLENGE"}
		c.PasswordEnv = "PRINTER_PASSWORD"
		var o rekey.Options
		lookUp := func(name string) (string, bool) {
			if strings.HasPrefix(name, "REKEY_TEST") {
				return "", false // what it says is no secret here
			}
			return os.LookupEnv(name)
		}
		c.distributor(&o, lookUp, func(text string) { said += text })
		return said, o.Distribute(t.Context(), rekey.Distribution{Place: usage.Place{Use: keys.UseIEEE8021X}})
	}
	t.Run("environment", func(t *testing.T) {
		c := &config{distributeEnv: []string{"MY_DIRECTORY"}}
		d := c.distributor(&rekey.Options{}, os.LookupEnv, nil)
		var names []string
		for _, v := range d.environment(os.Environ()) {
			name, value, _ := strings.Cut(v, "=")
			names = append(names, name)
			if strings.Contains(value, password) {
				t.Errorf("%s holds the password", name)
			}
		}
		for name, want := range map[string]bool{"PRINTER_PASSWORD": false, "SCEP_CHALLENGE": false, "AWS_SECRET_ACCESS_KEY": false, "LD_PRELOAD": false, "MY_DIRECTORY": true, "LC_TIME": true, "HOME": true, "PATH": true} {
			if slices.Contains(names, name) != want {
				t.Errorf("%s: %v", name, !want)
			}
		}
		said, err := run(t, "environment", "")
		if err != nil || strings.Contains(said, "PRINTER_PASSWORD") || strings.Contains(said, "pl4nted") || strings.Contains(said, "AWS_") || !strings.Contains(said, "MY_DIRECTORY") {
			t.Errorf("%s, %v", said, err)
		}
	})
	for _, mode := range []string{"says", "fails"} {
		t.Run(mode, func(t *testing.T) {
			said, err := run(t, mode, "sent: "+password+" as PL4NTED%2Bpass%20word, s3cret challenge")
			if mode == "fails" {
				if err == nil || said != "" {
					t.Fatalf("%q, %v", said, err)
				}
				said = err.Error()
			}
			if strings.Contains(strings.ToLower(said), "pl4nted") || strings.Contains(said, "challenge") || !strings.Contains(said, "sent: [redacted] as [redacted], [redacted]") {
				t.Errorf("%q, %v", said, err)
			}
		})
	}
	t.Run("much", func(t *testing.T) {
		said, err := run(t, "much", "")
		if err != nil || len(said) > 1000 || !strings.HasSuffix(said, `end \u{1b}[2J`) {
			t.Errorf("%d bytes: %q, %v", len(said), said, err)
		}
	})
}

// There is no shell: a command is split at blanks, quotes and all, unless a program
// has that very name.
func TestSplitCommand(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "make it known")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string][]string{
		program:                     {program},
		"no-such-program -v  'a b'": {"no-such-program", "-v", "'a", "b'"},
		" no-such-program ":         {"no-such-program"},
	} {
		name, args := splitCommand(command)
		if got := append([]string{name}, args...); !slices.Equal(got, want) {
			t.Errorf("%q: %q", command, got)
		}
	}
}
