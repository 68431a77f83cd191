package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/rekey-go/rekey"
)

var quiet = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))

// River's own bounds: a job may take no longer than a leg may, and a job of a dead
// worker is looked at after that. By then it is one of the past: see legArgs.
const (
	jobTimeout  = 5 * time.Minute
	rescueAfter = 6 * time.Minute
)

type workConfig struct {
	sites    []string
	workers  int
	leg      time.Duration // how long a leg is
	lease    time.Duration // without a sign of life
	patience time.Duration // with a device that restarts, before the leg ends
	restart  time.Duration // snooze across a restart
	wait     time.Duration // snooze for a CA, for jobs, or a device that is off
	maxLegs  int
	deliver  string // URL
	tmp      string
	options  rekey.Options
	// adjust is for tests: it changes the options of a leg, and returns how it
	// connects.
	adjust func(*rekey.Options) func(context.Context, string, string) (net.Conn, error)
}

// work works until the context ends; legs stop at a safe point then.
func (s *store) work(ctx context.Context, url string, c *workConfig) error {
	w := &legs{store: s, config: c, me: fmt.Sprintf("%s/%d/%s", hostname(), os.Getpid(), rand.Text()[:8]), locks: locks{url: url, lease: c.lease}}
	defer w.locks.close()
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	queues := map[string]river.QueueConfig{}
	for _, site := range c.sites {
		queues[queue(site)] = river.QueueConfig{MaxWorkers: c.workers}
	}
	client, err := river.NewClient(riverpgxv5.New(s.pool), &river.Config{
		ID: w.me, Queues: queues, Workers: workers, JobTimeout: jobTimeout, RescueStuckJobsAfter: rescueAfter, Logger: quiet,
	})
	if err != nil {
		return err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	done := make(chan struct{}, 2)
	go func() {
		s.every(ctx, c.lease/6, func() error { return errors.Join(s.orphans(ctx, c.lease), s.advance(ctx)) })
		done <- struct{}{}
	}()
	go func() {
		s.every(ctx, time.Second, func() error { return s.deliver(ctx, c.deliver) })
		done <- struct{}{}
	}()
	<-ctx.Done()
	<-done
	<-done
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobTimeout)
	defer cancel()
	return client.StopAndCancel(stop)
}

// every does something again and again; what fails is told, and tried again.
func (s *store) every(ctx context.Context, period time.Duration, do func() error) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := do(); err != nil && ctx.Err() == nil {
			quiet.Error("tried again soon", "error", err)
		}
	}
}

// deliver posts what is in the outbox. A message may come twice, with the same
// Idempotency-Key; none is lost.
func (s *store) deliver(ctx context.Context, url string) error {
	if url == "" {
		return nil
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		type row struct {
			ID      string
			Message []byte
		}
		rows, err := tx.Query(ctx, `SELECT id, message FROM rekey_outbox WHERE delivered IS NULL ORDER BY made LIMIT 50 FOR UPDATE SKIP LOCKED`)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
		if err != nil {
			return err
		}
		var failed error
		for _, m := range all {
			if failed = post(ctx, url, m.ID, m.Message); failed != nil {
				break // those before it are delivered
			}
			if _, err := tx.Exec(ctx, `UPDATE rekey_outbox SET delivered = now() WHERE id = $1`, m.ID); err != nil {
				return err
			}
		}
		if failed != nil {
			quiet.Error("not delivered", "error", failed)
		}
		return nil
	})
}

func post(ctx context.Context, url, id string, message []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(message))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Idempotency-Key", id)
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(r.Body, 1<<20))
	err = errors.Join(err, r.Body.Close())
	if r.StatusCode/100 != 2 {
		err = errors.Join(err, fmt.Errorf("%s: %s", url, r.Status))
	}
	return err
}
