package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/examples/internal/program"
	"github.com/rekey-go/rekey/remoteui"
)

// distributor runs a command that makes a new certificate known, as
//
//	CMD USAGE INFO.json [CERT.pem]
//
// INFO.json is a [rekey.Distribution]. Exit status 0 says that whoever has to
// trust the certificate does.
type distributor struct {
	command string
	// env are variables that the command gets besides those of every program.
	env []string
	// secrets are taken out of what it says.
	secrets *remoteui.Scrubber
	// note shows what it says.
	note func(string)
}

// distributor has the options call the command, if one was given.
func (c *config) distributor(o *rekey.Options, env program.Env, note func(string)) *distributor {
	d := &distributor{command: c.distribute, env: c.distributeEnv, secrets: new(remoteui.Scrubber), note: note}
	for _, name := range append([]string{c.PasswordEnv, c.scepChallengeEnv}, c.distributeEnv...) {
		if value, ok := env(name); ok && name != "" {
			d.secrets.Add(value)
		}
	}
	if c.distribute != "" {
		o.Distribute = d.run
	}
	return d
}

func (r *distributor) run(ctx context.Context, d rekey.Distribution) error {
	dir, err := os.MkdirTemp("", "rekey-distribute-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	args, err := distributionFiles(dir, d)
	if err != nil {
		return err
	}
	name, fixed := splitCommand(r.command)
	cmd := exec.CommandContext(ctx, name, append(append(fixed, string(d.Use)), args...)...)
	cmd.WaitDelay = 5 * time.Second // for children that keep the output open
	cmd.Env = r.environment(os.Environ())
	var said tail
	cmd.Stdout, cmd.Stderr = &said, &said
	err = cmd.Run()
	what := fmt.Sprintf("-distribute: %s %s", filepath.Base(name), d.Use)
	text := said.shown(r.secrets)
	if err != nil {
		return fmt.Errorf("%s: %w: %s", what, err, text)
	}
	if text != "" {
		r.note(what + " says: " + text)
	}
	return nil
}

// everyProgram are the variables that programs need to find files, to write
// theirs and to speak the user's language, of each system. None holds secrets:
// what else a command needs, -distribute-env names.
var everyProgram = strings.Fields("PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR TEMP TMP " +
	"SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT USERPROFILE USERNAME APPDATA LOCALAPPDATA PROGRAMDATA")

// environment is what the command gets of ours.
func (r *distributor) environment(ours []string) []string {
	env := []string{} // nil would be all of it
	for _, variable := range ours {
		name, _, _ := strings.Cut(variable, "=")
		common := name
		if runtime.GOOS == "windows" {
			common = strings.ToUpper(name)
		}
		if slices.Contains(everyProgram, common) || strings.HasPrefix(name, "LC_") || slices.Contains(r.env, name) {
			env = append(env, variable)
		}
	}
	return env
}

// distributionFiles writes what the command is given.
func distributionFiles(dir string, d rekey.Distribution) ([]string, error) {
	info, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, err
	}
	files := []string{filepath.Join(dir, "info.json")}
	err = os.WriteFile(files[0], info, 0o600)
	if d.New.PEM != "" {
		files = append(files, filepath.Join(dir, "cert.pem"))
		err = errors.Join(err, os.WriteFile(files[1], []byte(d.New.PEM), 0o600))
	}
	return files, err
}

// splitCommand takes the whole for a program if there is one of that name,
// blanks and all; else the first word, and the rest for its arguments.
func splitCommand(command string) (name string, args []string) {
	if _, err := exec.LookPath(command); err == nil {
		return command, nil
	}
	words := strings.Fields(command)
	if len(words) == 0 {
		return command, nil
	}
	return words[0], words[1:]
}

// tail keeps the end of what a command says. It keeps more than is shown: a
// secret must not be cut before it is taken out.
type tail struct{ said []byte }

const shownTail = 500 // characters

// Write never fails: the command shall not notice.
func (t *tail) Write(p []byte) (int, error) {
	const kept = 64 << 10
	t.said = append(t.said, p[max(0, len(p)-kept):]...)
	if len(t.said) > kept {
		t.said = append([]byte(nil), t.said[len(t.said)-kept:]...)
	}
	return len(p), nil
}

// shown is the end of it on one line.
func (t *tail) shown(secrets *remoteui.Scrubber) string {
	text := []rune(oneLine(secrets.Text(strings.ToValidUTF8(string(t.said), "\ufffd"))))
	return string(text[max(0, len(text)-shownTail):])
}
