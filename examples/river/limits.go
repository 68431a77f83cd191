package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// limits hold for all workers together: they stand in the database. -1: as they are.
type limits struct{ failures, restarts int }

// limit sets those that are given; 0 is none.
func (s *store) limit(ctx context.Context, l limits) error {
	_, err := s.pool.Exec(ctx, `UPDATE rekey_limits SET max_failures = CASE WHEN $1::int < 0 THEN max_failures ELSE $1 END,
		max_restarts = CASE WHEN $2::int < 0 THEN max_restarts ELSE $2 END`, l.failures, l.restarts)
	return err
}

// stopped says why no device is begun any more; empty: they are.
func stopped(ctx context.Context, tx pgx.Tx) (why string, err error) {
	var most, failed int
	err = tx.QueryRow(ctx, `SELECT max_failures, (SELECT count(*) FROM rekey_device WHERE state = 'failed') FROM rekey_limits`).Scan(&most, &failed)
	if err == nil && most > 0 && failed >= most {
		why = fmt.Sprintf("%d devices have failed, and %d is the limit", failed, most)
	}
	return why, err
}

// goDown waits until the device may restart: no more than max_restarts of a site are
// down at once, whichever workers they have. The place is kept until the device is up
// and known to be, also if its worker dies. It does not wait for longer than for a
// restart: one of those that are down may need this worker.
func (l *leg) goDown(ctx context.Context) error {
	for patience := time.After(l.config.patience); ; {
		granted, err := l.place(ctx)
		if err != nil || granted {
			return err
		}
		l.queues(true)
		select {
		case <-time.After(l.config.lease / 6):
		case <-patience:
			return errLegOver
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (l *leg) queues(waits bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waits = waits
}

func (l *leg) place(ctx context.Context) (granted bool, err error) {
	err = pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('rekey restarts ' || $1, 0))`, l.site); err != nil {
			return err
		}
		if err := l.fence(ctx, tx); err != nil {
			return err
		}
		var free bool
		err := tx.QueryRow(ctx, `SELECT max_restarts <= 0 OR max_restarts > (SELECT count(*) FROM rekey_device WHERE down AND site = $1 AND id <> $2) FROM rekey_limits`,
			l.site, l.args.Device).Scan(&free)
		if err != nil || !free {
			return err
		}
		granted = true
		_, err = tx.Exec(ctx, `UPDATE rekey_device SET down = true WHERE id = $1`, l.args.Device)
		return err
	})
	if err != nil {
		l.lose(errors.Join(errLost, err))
	}
	return granted && err == nil, err
}

// isUp gives the place back; what cannot be written is written when the leg ends.
func (l *leg) isUp() {
	ctx, cancel := context.WithTimeout(context.Background(), l.config.lease/3)
	defer cancel()
	_, _ = l.pool.Exec(ctx, `UPDATE rekey_device SET down = false WHERE id = $1 AND owner = $2 AND leg = $3`, l.args.Device, l.me, l.n)
}
