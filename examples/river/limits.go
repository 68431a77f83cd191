package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/fleet"
	"github.com/rekey-go/rekey/keys"
)

// limits hold for all workers together: they stand in the database. -1, or empty: as
// they are.
type limits struct {
	failures, failurePercent, restarts, caOutstanding int
	caInterval                                        time.Duration
	waves, gate                                       string
}

// limit sets those that are given; 0 is none.
func (s *store) limit(ctx context.Context, l limits) error {
	_, err := s.pool.Exec(ctx, `UPDATE rekey_limits SET
		max_failures = CASE WHEN $1::int < 0 THEN max_failures ELSE $1 END,
		max_failure_percent = CASE WHEN $2::int < 0 THEN max_failure_percent ELSE $2 END,
		max_restarts = CASE WHEN $3::int < 0 THEN max_restarts ELSE $3 END,
		ca_outstanding = CASE WHEN $4::int < 0 THEN ca_outstanding ELSE $4 END,
		ca_interval = CASE WHEN $5::interval < '0' THEN ca_interval ELSE $5 END,
		waves = CASE WHEN $6 = '' THEN waves ELSE $6 END,
		gate = CASE WHEN $7 = '' THEN gate ELSE $7 = 'ask' END`,
		l.failures, l.failurePercent, l.restarts, l.caOutstanding, l.caInterval, l.waves, l.gate)
	return err
}

// stopped says why no device is begun any more; empty: they are.
func stopped(ctx context.Context, tx pgx.Tx) (why string, err error) {
	var most, percent, failed, tried int
	var verdict string
	err = tx.QueryRow(ctx, `SELECT max_failures, max_failure_percent, verdict, failed, tried FROM rekey_limits,
		(SELECT count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state IN ('done', 'withheld', 'failed')) AS tried FROM rekey_device) AS c`).
		Scan(&most, &percent, &verdict, &failed, &tried)
	switch {
	case err != nil:
		return "", err
	case verdict != "" && verdict != pass:
		return "held: " + verdict, nil
	case fleet.TooMany(failed, tried, most, percent):
		return fmt.Sprintf("held: %d of %d tried have failed, and that is the limit", failed, tried), nil
	}
	return "", nil
}

// await asks until something is granted, one device of those after another that have a
// name in common, but no longer than for a restart: one of those that are waited for may
// need this worker.
func (l *leg) await(ctx context.Context, names []string, ask func(context.Context, pgx.Tx) (granted bool, err error)) error {
	names = slices.Compact(slices.Sorted(slices.Values(names))) // in one order: no two wait for each other
	for patience := time.After(l.config.patience); ; {
		granted := false
		err := pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error {
			for _, name := range names {
				if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('rekey turn ' || $1, 0))`, name); err != nil {
					return err
				}
			}
			err := l.fence(ctx, tx)
			if err == nil {
				granted, err = ask(ctx, tx)
			}
			return err
		})
		if err != nil {
			l.lose(errors.Join(errLost, err))
			return err
		}
		if l.queues(!granted); granted {
			return nil
		}
		select {
		case <-time.After(l.config.lease / 6):
		case <-patience:
			return errNoTurn
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// errNoTurn ends a leg: the next may have its turn.
var errNoTurn = errors.New("others have their turn")

func (l *leg) queues(waits bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waits = waits
}

// goDown waits until the device may restart: no more than max_restarts of a group are
// down at once, whichever workers they have. The place is kept until the device is up
// and known to be, also if its worker dies.
func (l *leg) goDown(ctx context.Context) error {
	err := l.await(ctx, l.groups, func(ctx context.Context, tx pgx.Tx) (bool, error) {
		tag, err := tx.Exec(ctx, `UPDATE rekey_device SET down = true FROM rekey_limits WHERE id = $1 AND (max_restarts <= 0 OR NOT EXISTS (
			SELECT FROM unnest($2::text[]) AS g WHERE max_restarts <= (SELECT count(*) FROM rekey_device o WHERE o.down AND g = ANY (o.groups) AND o.id <> $1)))`,
			l.args.Device, l.groups)
		return tag.RowsAffected() > 0, err
	})
	if errors.Is(err, errNoTurn) {
		return errLegOver
	}
	return err
}

// isUp gives the place back; what cannot be written is written when the leg ends.
func (l *leg) isUp() { l.set(`down = false`) }

func (l *leg) set(what string) {
	ctx, cancel := context.WithTimeout(context.Background(), l.config.lease/3)
	defer cancel()
	_, _ = l.pool.Exec(ctx, `UPDATE rekey_device SET `+what+` WHERE id = $1 AND owner = $2 AND leg = $3`, l.args.Device, l.me, l.n)
}

// atCA waits for a turn at the CA: each of all devices so long after the last, and no
// more of them at once than may. A place there ends with the lease of who has it.
func (l *leg) atCA(ctx context.Context, _ rekey.DeviceInfo) (done func(), err error) {
	ca := "CA " + l.target.CA
	err = l.await(ctx, []string{ca}, func(ctx context.Context, tx pgx.Tx) (bool, error) {
		tag, err := tx.Exec(ctx, `INSERT INTO rekey_ca SELECT $1, clock_timestamp() + ca_interval FROM rekey_limits WHERE ca_outstanding <= 0 OR ca_outstanding >
				(SELECT count(*) FROM rekey_device WHERE asks = $1 AND owner IS NOT NULL AND until > now() AND id <> $2)
			ON CONFLICT (name) DO UPDATE SET free = EXCLUDED.free WHERE rekey_ca.free <= clock_timestamp()`, ca, l.args.Device)
		if err != nil || tag.RowsAffected() == 0 {
			return false, err
		}
		_, err = tx.Exec(ctx, `UPDATE rekey_device SET asks = $2 WHERE id = $1`, l.args.Device, ca)
		return true, err
	})
	switch {
	case errors.Is(err, errNoTurn):
		return nil, fmt.Errorf("%w: %w", keys.ErrPending, err)
	case err != nil:
		return nil, err
	}
	return func() { l.set(`asks = ''`) }, nil
}
