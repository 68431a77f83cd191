//go:build unix

package durable_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/rekey-go/rekey/internal/durable"
)

// within ends the test where a call waits for somebody who never comes.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s waits", what)
	}
}

// A pipe blocks nobody, also where it takes the place of a file between a look
// at the name and its opening.
func TestPipes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	pipe, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "file")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.WriteFile(file, []byte("content"), 0o600)); err != nil {
		t.Fatal(err)
	}
	within(t, "SyncFile", func() { _ = durable.SyncFile(root, "pipe") })
	within(t, "ReadFile", func() {
		if _, err := durable.ReadFile(root, "pipe", 100); !errors.Is(err, durable.ErrIrregular) {
			t.Errorf("got %v", err)
		}
	})
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			for _, from := range []string{pipe, file} {
				_ = os.Link(from, filepath.Join(dir, "next"))
				_ = os.Rename(filepath.Join(dir, "next"), filepath.Join(dir, "name"))
			}
		}
	}()
	within(t, "ReadFile of a name that changes", func() {
		for range 2000 {
			if b, err := durable.ReadFile(root, "name", 100); err == nil && string(b) != "content" {
				t.Errorf("got %q", b)
			}
		}
	})
	close(stop)
	<-stopped
}
