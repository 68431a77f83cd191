//go:build unix

package acceptance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/rekey-go/rekey"
)

func init() {
	limitFiles = func(bytes uint64) error {
		signal.Ignore(syscall.SIGXFSZ)
		var limit syscall.Rlimit // whose fields are signed on FreeBSD
		if _, err := fmt.Sscan(fmt.Sprint(bytes, bytes), &limit.Cur, &limit.Max); err != nil {
			return err
		}
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
	}
}

// A disk that is full in the middle of the work: the run ends with that error
// before it does what it could not record, logged out, and the next one finishes
// when there is room. A process whose files may not grow stands for the disk.
func TestDiskFull(t *testing.T) {
	tooSlowForRace(t)
	t.Parallel()
	for _, limit := range []uint64{100, 4200, 6500} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			t.Parallel()
			cfg, dir := full(2), t.TempDir()
			cfg.OnDelete = evidenceIn(dir)
			dev := start(t, cfg)
			before := dev.Settings()
			j := job{URL: dev.URL(), Dir: dir, SIPPort: sipPortOf(t, dev), Limit: limit}
			text, err := json.Marshal(j)
			if err != nil {
				t.Fatal(err)
			}
			process := exec.CommandContext(t.Context(), os.Args[0])
			process.Env = append(os.Environ(), childJob+"="+string(text))
			said, err := process.CombinedOutput()
			if err == nil || !strings.Contains(string(said), "file too large") {
				t.Fatalf("%v: %s", err, said)
			}
			if n := dev.OpenSessions(); n != 0 {
				t.Errorf("%d sessions left open", n)
			}
			t.Logf("%d changes before the disk was full: %.200s", dev.StateChanges(), said)
			if r, err := rekey.Remediate(bounded(t), j.device(), j.options()); err != nil {
				t.Fatalf("%v\n%v", err, r)
			}
			finished(t, dev, before)
		})
	}
}
