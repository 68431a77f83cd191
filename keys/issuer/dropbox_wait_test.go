package issuer_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/keys/issuer"
)

// In a bubble the clock is not real, the directory is.
func TestDropBoxWaits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ca := newAuthority(t, "CA", ecKey(), nil, nil)
		csr := newCSR(t, ecKey(), "mfp.example")
		cert := ca.issue(t, csr.PublicKey, "mfp.example", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(1000 * time.Hour) })
		var told []string
		d := newDropBox(t, dir, &issuer.DropBoxOptions{Wait: 48 * time.Hour, Interval: time.Hour, Notify: func(p *issuer.PendingError) {
			told = append(told, fmt.Sprint(len(p.Problems), " after ", time.Since(p.Since)))
		}})
		begin := time.Now()
		pendingOf(t, d, csr)
		if d := time.Since(begin); d != 48*time.Hour || fmt.Sprint(told) != "[0 after 0s]" {
			t.Errorf("waited %v, told %q", d, told)
		}
		told, begin = nil, time.Now()
		go func() {
			time.Sleep(90 * time.Minute)
			drop(t, dir, "mfp.cer", []byte("half"))
			time.Sleep(3 * time.Hour)
			drop(t, dir, "mfp.cer", cert.Raw)
		}()
		chain, err := d.Issue(t.Context(), csr)
		if err != nil || !chain[0].Equal(cert) {
			t.Fatal(err)
		}
		// Written after 1.5 hours, seen after 2, settled after 3.
		if d := time.Since(begin); d != 5*time.Hour || fmt.Sprint(told) != "[0 after 48h0m0s 1 after 51h0m0s]" {
			t.Errorf("waited %v, told %q", d, told)
		}
	})
}

func TestDropBoxCancelled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := newDropBox(t, dir, &issuer.DropBoxOptions{Wait: 48 * time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second+time.Millisecond)
		defer cancel()
		begin := time.Now()
		_, err := d.Issue(ctx, newCSR(t, ecKey(), "mfp.example"))
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, keys.ErrPending) || time.Since(begin) != 7*time.Second+time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	untouched := filepath.Join(dir, "untouched")
	if _, err := newDropBox(t, untouched, nil).Issue(ctx, newCSR(t, ecKey(), "mfp.example")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := newDropBox(t, untouched, nil).Issue(t.Context(), tampered(t, newCSR(t, ecKey(), "mfp.example"))); err == nil || errors.Is(err, keys.ErrPending) {
		t.Errorf("a tampered request: %v", err)
	}
	if _, err := os.Stat(untouched); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
}

// Common names come from devices, and are no paths.
func TestDropBoxFileNames(t *testing.T) {
	t.Parallel()
	for cn, want := range map[string]string{
		"mfp.example":           "mfp.example-",
		"192.0.2.7":             "192.0.2.7-",
		"2001:db8::7":           "2001_db8__7-",
		"../../etc/passwd":      "_.._etc_passwd-",
		"..":                    "request-",
		"":                      "request-",
		"複合機":                   "___-",
		"-rf":                   "rf-",
		strings.Repeat("x", 64): strings.Repeat("x", 40) + "-",
	} {
		t.Run(cn, func(t *testing.T) {
			t.Parallel()
			top := t.TempDir()
			dir := filepath.Join(top, "a", "b")
			p := pendingOf(t, newDropBox(t, dir, nil), newCSR(t, ecKey(), cn))
			name := filepath.Base(p.Request)
			if !strings.HasPrefix(name, want) || len(name) != len(want)+16+len(".csr") || len(listed(t, dir)) != 3 || len(listed(t, top)) != 1 {
				t.Errorf("%q became %s", cn, name)
			}
		})
	}
}

// A fleet shares a drop box.
func TestDropBoxConcurrent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := newAuthority(t, "CA", ecKey(), nil, nil)
	d := newDropBox(t, dir, &issuer.DropBoxOptions{Wait: time.Minute, Interval: time.Millisecond})
	var wg sync.WaitGroup
	for i := range 6 {
		csr := newCSR(t, ecKey(), "mfp.example")
		cert := ca.issue(t, csr.PublicKey, "mfp.example", nil)
		wg.Go(func() {
			chain, err := d.Issue(t.Context(), csr)
			if err != nil || !chain[0].Equal(cert) {
				t.Error(err)
			}
		})
		wg.Go(func() { drop(t, dir, fmt.Sprint("certnew", i, ".cer"), cert.Raw) })
	}
	wg.Wait()
	if n := len(listed(t, dir)); n != 1+6*3 {
		t.Errorf("%d files: %q", n, listed(t, dir))
	}
}

func TestDropBoxCheck(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	info, err := newDropBox(t, filepath.Join(top, "not", "yet"), nil).Check(t.Context())
	if err != nil || !strings.Contains(info.Name, "yet") || len(info.Notes) != 1 || info.Names == "" {
		t.Errorf("%+v, %v", info, err)
	}
	if got := listed(t, top); got != nil {
		t.Errorf("Check left %q", got)
	}
	drop(t, top, "file", nil)
	for _, dir := range []string{filepath.Join(top, "file"), filepath.Join(top, "file", "below")} {
		if _, err := newDropBox(t, dir, nil).Check(t.Context()); err == nil {
			t.Errorf("%s: a file passed for a directory", dir)
		}
		if _, err := newDropBox(t, dir, nil).Issue(t.Context(), newCSR(t, ecKey(), "mfp.example")); err == nil || errors.Is(err, keys.ErrPending) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if _, err := issuer.NewDropBox("", nil); err == nil {
		t.Error("no directory")
	}
}

// A file that has lain there is read once, and again when it was replaced.
func TestDropBoxReplacedFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := newAuthority(t, "CA", ecKey(), nil, nil)
	csr := newCSR(t, ecKey(), "mfp.example")
	d := newDropBox(t, dir, nil)
	old := func(age time.Duration, content []byte) {
		drop(t, dir, "certnew.cer", content)
		when := time.Now().Add(-age)
		if err := os.Chtimes(filepath.Join(dir, "certnew.cer"), when, when); err != nil {
			t.Fatal(err)
		}
	}
	old(time.Hour, []byte("rubbish"))
	for range 2 {
		if p := pendingOf(t, d, csr); len(p.Problems) != 1 {
			t.Errorf("got %v", p)
		}
	}
	old(time.Minute, certPEM(ca.issue(t, csr.PublicKey, "mfp.example", nil)))
	if _, err := d.Issue(t.Context(), csr); err != nil {
		t.Error(err)
	}
}
