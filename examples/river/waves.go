package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/fleet"
)

// A run is what was enqueued until nothing of it was left. It goes in waves, over all
// workers: a device waits until the one before its own has ended and was judged, as in
// rekey.RemediateAll. Any worker moves it on; the database says how far it is.

// passage is how far the present run is.
type passage struct {
	sizes   []fleet.Size
	gate    bool   // a person judges
	number  int    // of the run
	wave    int    // the last that was begun; 0: none
	next    int    // of sizes
	verdict string // of a person on the wave: pass, or why not; empty: none yet
}

const pass = "pass"

// readRun reads it, for changing it.
func readRun(ctx context.Context, tx pgx.Tx) (*passage, error) {
	var r passage
	var sizes string
	err := tx.QueryRow(ctx, `SELECT waves, gate, run, wave, next, verdict FROM rekey_limits FOR UPDATE`).
		Scan(&sizes, &r.gate, &r.number, &r.wave, &r.next, &r.verdict)
	if err == nil {
		r.sizes, err = fleet.ParseSizes(sizes)
	}
	return &r, err
}

// join is the run of a device that is enqueued now: a new one if nothing of the last is
// left. straight: it does not go in waves.
func join(ctx context.Context, tx pgx.Tx) (number int, straight bool, err error) {
	r, err := readRun(ctx, tx)
	if err != nil {
		return 0, false, err
	}
	var left bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM rekey_device WHERE state IN ('waiting', 'queued', 'working', 'snoozed'))`).Scan(&left)
	if err == nil && !left {
		r.number++
		_, err = tx.Exec(ctx, `UPDATE rekey_limits SET run = $1, wave = 0, next = 0, verdict = ''`, r.number)
	}
	return r.number, len(r.sizes) == 0, err
}

// begun is what is known of a run: how many devices it has, how many of them wait for
// a wave, how many of the last wave have not ended, and what became of that.
func (r *passage) begun(ctx context.Context, tx pgx.Tx) (all, open int, w fleet.Wave, err error) {
	w = fleet.Wave{Number: r.wave, Counts: map[fleet.Outcome]int{}}
	rows, err := tx.Query(ctx, `SELECT state, wave = $2 AND state <> 'waiting', count(*) FROM rekey_device WHERE run = $1 GROUP BY 1, 2`, r.number, r.wave)
	if err != nil {
		return 0, 0, w, err
	}
	var state string
	var last bool
	var n int
	_, err = pgx.ForEachRow(rows, []any{&state, &last, &n}, func() error {
		all += n
		switch {
		case state == waiting:
			w.Left += n
		case last && (state == queued || state == working || state == snoozed):
			open += n
		case last:
			w.Counts[fleet.Outcome(state)] += n
		}
		return nil
	})
	return all, open, w, err
}

// advance begins the next wave if the last has ended and was as it should be, or holds
// the rest.
func (s *store) advance(ctx context.Context) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		r, err := readRun(ctx, tx)
		if err != nil {
			return err
		}
		all, open, w, err := r.begun(ctx, tx)
		if err != nil || w.Left == 0 {
			return err
		}
		why, err := stopped(ctx, tx)
		switch {
		case err != nil:
			return err
		case why != "":
			return hold(ctx, tx, r.number, why)
		case open > 0:
			return nil
		}
		if w.Met() {
			if err = w.Clean(); r.gate && r.verdict != pass {
				return nil // a person is asked
			}
			if err != nil && !r.gate {
				return hold(ctx, tx, r.number, fmt.Sprintf("held after wave %d: %v", w.Number, err))
			}
			r.next = min(r.next+1, len(r.sizes))
		}
		size := fleet.Size{}
		if r.next < len(r.sizes) {
			size = r.sizes[r.next]
		}
		if _, err := tx.Exec(ctx, `UPDATE rekey_limits SET wave = $1, next = $2, verdict = ''`, r.wave+1, r.next); err != nil {
			return err
		}
		ids, err := idsOf(ctx, tx, `SELECT id FROM rekey_device WHERE run = $1 AND state = 'waiting' ORDER BY place LIMIT $2 FOR UPDATE`, r.number, size.Of(all, w.Left))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE rekey_device SET wave = $2 WHERE id = ANY ($1)`, ids, r.wave+1); err != nil {
			return err
		}
		for _, id := range ids {
			err = errors.Join(err, s.enqueue(ctx, tx, id))
		}
		return errors.Join(err, record(ctx, tx, message{What: fmt.Sprintf("wave %d", r.wave+1), Says: fmt.Sprintf("%d devices", len(ids))}))
	})
}

// hold ends the wait of all that is left of a run.
func hold(ctx context.Context, tx pgx.Tx, run int, why string) error {
	ids, err := idsOf(ctx, tx, `UPDATE rekey_device SET state = $2, says = $3, updated = now() WHERE run = $1 AND state = 'waiting' RETURNING id`, run, rekey.FleetHeld, why)
	for _, id := range ids {
		err = errors.Join(err, record(ctx, tx, message{Device: id, What: string(rekey.FleetHeld), Says: why}))
	}
	return err
}

func idsOf(ctx context.Context, tx pgx.Tx, sql string, args ...any) ([]string, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// judge is what a person says of the last wave. Only one that has ended, and is the one
// that is meant, can pass; a stop holds at any time whatever was not begun.
func (s *store) judge(ctx context.Context, wave int, verdict, who string) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		r, err := readRun(ctx, tx)
		if err != nil {
			return err
		}
		_, open, w, err := r.begun(ctx, tx)
		switch {
		case err != nil:
			return err
		case verdict == pass && wave != r.wave:
			return fmt.Errorf("wave %d is not the last that was begun, that is %d", wave, r.wave)
		case verdict == pass && open > 0:
			return fmt.Errorf("wave %d has not ended: %d devices are left of it", wave, open)
		case verdict == pass && w.Left == 0:
			return errors.New("nothing waits for it")
		case r.verdict != "" && r.verdict != pass:
			return errors.New("the run was stopped")
		}
		if _, err := tx.Exec(ctx, `UPDATE rekey_limits SET verdict = $1`, verdict); err != nil {
			return err
		}
		return record(ctx, tx, message{What: fmt.Sprintf("wave %d judged", r.wave), By: who, Says: verdict})
	})
}

// waves says where the run is; empty: it has none.
func (s *store) waves(ctx context.Context) (text string, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		r, err := readRun(ctx, tx)
		if err != nil || r.wave == 0 {
			return err
		}
		_, open, w, err := r.begun(ctx, tx)
		text = fmt.Sprintf("wave %d: %d devices at work, %d done, %d failed, %d wait for the next", r.wave, open, w.Counts[fleet.Done], w.Counts[fleet.Failed], w.Left)
		if r.gate && r.verdict == "" && open == 0 && w.Left > 0 && w.Met() {
			text += "; " + fmt.Sprintf("it waits for a person: pass %d, or stop", r.wave)
		}
		return err
	})
	return text, err
}
