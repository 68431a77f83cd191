package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rekey-go/rekey"
)

// distributor runs a command that makes a new certificate known, as
//
//	CMD USAGE INFO.json [CERT.pem]
//
// INFO.json is a [rekey.Distribution]. Exit status 0 says that whoever has to
// trust the certificate does.
func distributor(command string) func(context.Context, rekey.Distribution) error {
	return func(ctx context.Context, d rekey.Distribution) error {
		dir, err := os.MkdirTemp("", "rekey-distribute-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		args, err := distributionFiles(dir, d)
		if err != nil {
			return err
		}
		name, fixed := splitCommand(command)
		cmd := exec.CommandContext(ctx, name, append(append(fixed, string(d.Usage)), args...)...)
		cmd.WaitDelay = 5 * time.Second // for children that keep the output open
		said, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("-distribute: %s %s: %w: %s", filepath.Base(name), d.Usage, err, tail(said))
		}
		return nil
	}
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

// tail is the end of what a command said.
func tail(said []byte) string {
	const most = 500
	said = bytes.TrimSpace(said)
	if len(said) > most {
		said = said[len(said)-most:]
	}
	return string(said)
}
