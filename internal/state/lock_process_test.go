package state_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/state"
)

const (
	childDir  = "REKEY_TEST_LOCK_DIR" // set: this process is the child
	childBeat = 100 * time.Millisecond
)

// TestMain is the child that holds a lock until its standard input ends.
func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	d, err := state.Open(dir)
	if err != nil {
		panic(err)
	}
	state.SetHeartbeat(d, childBeat)
	if _, err := d.Lock(context.Background(), host); err != nil {
		panic(err)
	}
	os.Stdout.WriteString("locked\n")
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// TestLockBetweenProcesses: a live process keeps its lock, a killed one loses it.
func TestLockBetweenProcesses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "locked\n" {
		t.Fatalf("child: %q, %v", line, err)
	}
	d := open(t, dir)
	state.SetHeartbeat(d, 10*childBeat) // patient: the machine may be busy
	_, err = d.Lock(t.Context(), host)
	if held, ok := errors.AsType[*state.HeldError](err); !ok || held.Holder.PID != child.Process.Pid {
		t.Fatalf("Lock: %v: want the child, %d, as holder", err, child.Process.Pid)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed
	lock(t, d, host)()
}
