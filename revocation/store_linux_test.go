package revocation_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rekey-go/rekey/revocation"
)

// TestNoRoom lets a child process run out of room in the middle of a file: a
// limit on file size fails a write half-way as a full disk does.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	const variable = "REVOCATION_TEST_FULL_DIR"
	if dir := os.Getenv(variable); dir != "" {
		putWithoutRoom(t, dir)
		return
	}
	dir := t.TempDir()
	put(t, open(t, dir), details("K"))
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNoRoom$")
	child.Env = append(os.Environ(), variable+"="+dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if keys, errs := collect(open(t, dir)); len(keys) != 1 || errs != nil {
		t.Errorf("afterwards: %q, %v", keys, errs)
	}
	if left := files(t, dir); len(left) != 1 {
		t.Errorf("left behind: %q", left)
	}
}

func putWithoutRoom(t *testing.T, dir string) {
	limit := syscall.Rlimit{Cur: 4096, Max: 4096}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	big := details("big")
	big.Fields = append(big.Fields, revocation.Field{Label: "x", Value: strings.Repeat("x", 10_000)})
	r, err := open(t, dir).Put(t.Context(), big)
	if r.Valid() || !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("receipt %v, error %v", r.Valid(), err)
	}
}

// A pipe in a record's place would block whoever opens it.
func TestPipeIsNoRecord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	file := filepath.Join(dir, filepath.FromSlash(put(t, s, details("K")).Record()))
	if err := errors.Join(os.Remove(file), syscall.Mkfifo(file, 0o600)); err != nil {
		t.Fatal(err)
	}
	if keys, errs := collect(s); keys != nil || len(errs) != 1 {
		t.Errorf("%q, %v", keys, errs)
	}
	put(t, s, details("K"))
}
