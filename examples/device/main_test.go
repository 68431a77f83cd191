package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/race"
	"github.com/rekey-go/rekey/remoteui"
)

// What is printed is enough to remediate the device, and then it is content.
func TestServes(t *testing.T) {
	if race.Enabled {
		t.Skip("page scripts are a hundred times slower under the race detector; internal/acceptance covers the library")
	}
	t.Parallel()
	ctx, switchOff := context.WithTimeout(t.Context(), 2*time.Minute)
	defer switchOff()
	r, w := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"-keys", "shared", "-lang", "en", "-restart", "300ms", "-generate", "0s"}, w, &stderr)
		w.Close()
	}()
	lines, said := bufio.NewScanner(r), map[string]string{}
	for said["keys"] == "" && lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		said[name] = strings.TrimSpace(value)
	}
	pin, err := remoteui.ParsePin(said["pin"])
	if err != nil || !strings.Contains(said["keys"], "WEAK") {
		t.Fatalf("%v: %v\n%s", err, said, &stderr)
	}
	report, err := rekey.Remediate(ctx, rekey.Device{
		URL: said["url"], DepartmentID: password, Password: rekey.NewSecret(password), Pins: []remoteui.SPKIHash{pin},
	}, &rekey.Options{Dir: t.TempDir(), AssumeTrusted: true, PollInterval: 50 * time.Millisecond})
	if err != nil {
		t.Errorf("%v\n%v", err, report)
	}
	switchOff()
	var rest []string
	for lines.Scan() {
		rest = append(rest, lines.Text())
	}
	if code := <-ended; code != 0 || len(rest) != 1 || strings.Contains(rest[0], "WEAK") {
		t.Errorf("exit code %d\n%q\n%s", code, rest, &stderr)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-keys", "none"}, {"-lang", "xx"}, {"-login", "xx"}, {"-seed"}, {"more"}, {"-keys", "all", "-slots", "3"}} {
		var stderr bytes.Buffer
		if code := run(t.Context(), args, io.Discard, &stderr); code != 2 || stderr.Len() == 0 {
			t.Errorf("%q: exit code %d, %q", args, code, &stderr)
		}
	}
}
