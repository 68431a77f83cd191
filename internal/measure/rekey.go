package measure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/rekey-go/rekey"
)

// variable tells a process that it is to remediate devices, and which.
const variable = "REKEY_MEASURED_DEVICES"

// ID and Password are those of the simulated devices.
const ID, Password = "7654321", "7654321"

// atOnce is how many devices a measured process works on at a time.
const atOnce = 8

// Spent is what a process of this library spent on devices.
type Spent struct {
	Cost
	Wall     time.Duration
	Requests int // of all devices together
}

// Child does the work of a measured process, which is all that its program does,
// and ends it.
func Child() {
	var urls []string
	err := json.Unmarshal([]byte(os.Getenv(variable)), &urls)
	if err == nil {
		var requests int
		if requests, err = remediate(urls); err == nil {
			fmt.Println(requests)
			os.Exit(0)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func remediate(urls []string) (requests int, err error) {
	dir, err := os.MkdirTemp("", "rekey-measure")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	var mu sync.Mutex
	var wait sync.WaitGroup
	room := make(chan struct{}, atOnce)
	for i, url := range urls {
		wait.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			d := rekey.Device{URL: url, DepartmentID: ID, Password: rekey.NewSecret(Password), TrustOnFirstUse: true}
			report, failed := rekey.Remediate(context.Background(), d, &rekey.Options{
				Dir: fmt.Sprintf("%s/%d", dir, i), AssumeTrusted: true,
				Timeouts: rekey.Timeouts{Poll: 50 * time.Millisecond}, // simulated devices take no longer
			})
			mu.Lock()
			defer mu.Unlock()
			err = errors.Join(err, failed)
			if report != nil {
				requests += report.Requests
			}
		})
	}
	wait.Wait()
	return requests, err
}

// Build makes the program of measured processes in a directory: of this library and
// nothing else. Of a program that the measuring one runs, too, the two would share
// the pages, and half of them would count.
func Build(ctx context.Context, dir string) (program string, err error) {
	program = filepath.Join(dir, "rekey")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/rekey-go/rekey/internal/measure/child").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return program, nil
}

// Rekey has a process remediate the devices, and says what it spent from its start
// to its end.
func Rekey(ctx context.Context, program string, urls []string) (Spent, error) {
	text, err := json.Marshal(urls)
	if err != nil {
		return Spent{}, err
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(os.Environ(), variable+"="+string(text))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return Spent{}, err
	}
	cmd.Stderr = os.Stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return Spent{}, err
	}
	tree := Watch(cmd.Process.Pid, true)
	var s Spent
	_, scanErr := fmt.Fscan(out, &s.Requests)
	s.Cost = tree.Stop()
	if err := cmd.Wait(); err != nil {
		return Spent{}, err
	}
	s.Wall = time.Since(began)
	// The kernel's own account of it is exact.
	s.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return s, scanErr
}
