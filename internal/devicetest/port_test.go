package devicetest_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/internal/devicetest"
)

// otherProcess has TestPortOfAnotherProcess be the other process.
const otherProcess = "REKEY_TEST_PORTS"

// taken opens and closes so many ports, as devices do that restart.
func taken(t *testing.T, n int) (ports []*devicetest.Port) {
	t.Helper()
	for range n {
		var p devicetest.Port
		l, err := p.Listen()
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		ports = append(ports, &p)
	}
	return ports
}

// A device that restarts has its port for itself, and no longer once it is switched off.
func TestPort(t *testing.T) {
	const n = 150
	seen := map[string]bool{}
	first := taken(t, n)
	for _, p := range first {
		seen[p.Addr] = true
	}
	if len(seen) != n {
		t.Fatalf("%d ports for %d devices", len(seen), n)
	}
	for _, p := range taken(t, n) {
		if seen[p.Addr] {
			t.Errorf("%s was given to two", p.Addr)
		}
		defer p.Release()
	}
	again, err := first[0].Listen()
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
	for _, p := range first {
		p.Release()
		p.Release() // is given back once
	}
	given := map[string]bool{}
	back := 0
	for _, p := range taken(t, 3*n) {
		if given[p.Addr] {
			t.Errorf("%s was given to two", p.Addr)
		}
		given[p.Addr] = true
		if seen[p.Addr] {
			back++
		}
		defer p.Release()
	}
	if back == 0 {
		t.Error("no port came back")
	}
}

// Nor has another process's device it: tests of several packages run at once.
func TestPortOfAnotherProcess(t *testing.T) {
	if os.Getenv(otherProcess) != "" {
		for _, p := range taken(t, 60) {
			fmt.Println(otherProcess, p.Addr)
		}
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestPortOfAnotherProcess$")
	cmd.Env = append(os.Environ(), otherProcess+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	theirs := map[string]bool{}
	for len(theirs) < 60 && lines.Scan() {
		if addr, ok := strings.CutPrefix(lines.Text(), otherProcess+" "); ok {
			theirs[addr] = true
		}
	}
	for _, p := range taken(t, 200) {
		if theirs[p.Addr] {
			t.Errorf("%s was given to two", p.Addr)
		}
		p.Release()
	}
	_ = in.Close()
	for lines.Scan() {
	}
	if err := cmd.Wait(); err != nil || len(theirs) != 60 {
		t.Errorf("%d ports of the other process: %v", len(theirs), err)
	}
}
