//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// In a process with this variable the test binary is the program; its files may
// not grow beyond so many bytes, if it says a number.
const asProgram = "SURVEY_AS_PROGRAM"

func TestMain(m *testing.M) {
	limit, yes := os.LookupEnv(asProgram)
	if !yes {
		os.Exit(m.Run())
	}
	var most syscall.Rlimit // whose fields are signed on FreeBSD
	if _, err := fmt.Sscan(limit+" "+limit, &most.Cur, &most.Max); err == nil {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &most); err != nil {
			panic(err)
		}
	}
	main()
}

// inProcess runs it in a process of its own; onLine sees what it says.
func inProcess(t *testing.T, limit string, onLine func(*exec.Cmd, string), args ...string) (code int, said string) {
	t.Helper()
	process := exec.CommandContext(t.Context(), os.Args[0], args...)
	process.Env = append(os.Environ(), asProgram+"="+limit, "P=7654321")
	stderr, err := process.StderrPipe()
	if err == nil {
		err = process.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said += lines.Text() + "\n"
		if onLine != nil {
			onLine(process, lines.Text())
		}
	}
	err = process.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), said
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, said
}

// Ctrl-C half-way, or a disk that is full at the end: the device is left logged
// out, and no half of a bundle stays.
func TestProgramEndsTidily(t *testing.T) {
	if race.Enabled {
		t.Skip("page scripts are a hundred times slower under the race detector; the tests of runs cover the program there")
	}
	t.Parallel()
	for name, c := range map[string]struct {
		limit  string
		onLine func(*exec.Cmd, string)
		code   int
		want   string
	}{
		"interrupted": {"", func(p *exec.Cmd, line string) {
			if strings.HasSuffix(line, "looking at page generate-menu") {
				_ = p.Process.Signal(os.Interrupt) // it may be over; the exit code tells
			}
		}, exitInterrupted, "interrupted; nothing was changed"},
		"full disk": {"3000", nil, exitFailed, "-bundle: it was not written"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dev, err := simdevice.New(simdevice.Config{Errorf: t.Errorf})
			if err == nil {
				err = dev.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(dev.Close)
			dir := t.TempDir()
			code, said := inProcess(t, c.limit, c.onLine, "-url", dev.URL(), "-dept-id", "7654321", "-password-env", "P", "-trust-on-first-use", "-bundle", filepath.Join(dir, "b.zip"))
			if code != c.code || !strings.Contains(said, c.want) {
				t.Errorf("exit code %d, want %d:\n%s", code, c.code, said)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			if n := dev.OpenSessions(); n != 0 {
				t.Errorf("%d sessions left open", n)
			}
		})
	}
}
