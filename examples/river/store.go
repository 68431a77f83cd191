package main

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/inventory"
	"github.com/rekey-go/rekey/fleet/window"
)

// schema makes the tables, and brings those of an earlier version up to schemaVersion.
//
//go:embed schema.sql
var schema string

const schemaVersion = 2

// The states of a device that is not finished; the others are fleet outcomes.
const (
	waiting = "waiting" // for its wave
	queued  = "queued"
	working = "working"
	snoozed = "snoozed"
)

// store is the database.
type store struct {
	pool  *pgxpool.Pool
	river *river.Client[pgx.Tx]
}

// openStore connects, and makes the tables where they are not there.
func openStore(ctx context.Context, url string) (*store, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, err
	}
	s := &store{pool: pool}
	err = s.migrate(ctx)
	if err == nil {
		s.river, err = river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: quiet}) // it only enqueues
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// migrate makes the tables. Of several programs that begin, one does; River's cannot
// all be made in one transaction.
func (s *store) migrate(ctx context.Context) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('rekey schema', 0))`); err != nil {
			return err
		}
		m, err := rivermigrate.New(riverpgxv5.New(s.pool), &rivermigrate.Config{Logger: quiet})
		if err != nil {
			return err
		}
		if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return err
		}
		// Changing a table waits for all who use it, and keeps them waiting: only where
		// it has to be.
		var version int
		if _, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS rekey_schema (one boolean PRIMARY KEY DEFAULT true CHECK (one), version int NOT NULL)`); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM rekey_schema`).Scan(&version); err != nil || version >= schemaVersion {
			return err
		}
		if _, err := tx.Exec(ctx, schema); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO rekey_schema (version) VALUES ($1) ON CONFLICT (one) DO UPDATE SET version = $1`, schemaVersion)
		return err
	})
}

// target is a device as the database keeps it: a time zone has no JSON.
type target struct {
	inventory.Entry
	Window string
}

func targetOf(e inventory.Entry) target {
	t := target{Entry: e}
	if e.Window != nil {
		t.Window = e.Window.String()
	}
	return t
}

func (t *target) entry() (*inventory.Entry, error) {
	e := t.Entry
	if t.Window != "" {
		w, err := window.Parse(t.Window)
		if err != nil {
			return nil, err
		}
		e.Window = &w
	}
	return &e, nil
}

// id is by what a device is known: two rows of one id are one device. The address is
// all there is where the list has no serial number. It is that of rows that there are.
func (t *target) id() string {
	if t.Serial != "" {
		return "serial " + strings.ToUpper(t.Serial)
	}
	return strings.ToLower(strings.TrimSuffix(t.Address, "/"))
}

// credential is the same for devices that are sent the same password; empty: none is.
func (t *target) credential() string {
	if t.PasswordEnv == "" && t.PasswordFile == "" {
		return ""
	}
	return fmt.Sprintf("%q %q %q %q", t.User, t.DeptID, t.PasswordEnv, t.PasswordFile)
}

var queueName = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)

// queue is the queue of a site: River takes names of some letters only.
func queue(site string) string {
	if site == "" {
		return river.QueueDefault
	}
	if queueName.MatchString(site) && len(site) <= 48 {
		return "site_" + site
	}
	sum := sha256.Sum256([]byte(site))
	return "site_x_" + hex.EncodeToString(sum[:8])
}

// legArgs are a leg of the work on a device. Only with the device's last ticket is it
// to be worked: what River rescues later is not.
type legArgs struct {
	Device string `json:"device"`
	Ticket int64  `json:"ticket"`
}

func (legArgs) Kind() string { return "rekey_leg" }

// enqueue puts a device in the queue of its site. Rows of a device are changed by who
// has them locked.
func (s *store) enqueue(ctx context.Context, tx pgx.Tx, id string) error {
	var site string
	var ticket int64
	err := tx.QueryRow(ctx, `UPDATE rekey_device SET state = 'queued', ticket = ticket + 1, owner = NULL, until = NULL, updated = now()
		WHERE id = $1 RETURNING site, ticket`, id).Scan(&site, &ticket)
	if err != nil {
		return err
	}
	job, err := s.river.InsertTx(ctx, tx, legArgs{id, ticket}, &river.InsertOpts{Queue: queue(site)})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE rekey_device SET job = $2 WHERE id = $1`, id, job.Job.ID)
	return err
}

// add takes a device in, and says whether it is to be worked on now.
func (s *store) add(ctx context.Context, t target, retryFailed, again bool) (bool, error) {
	begun := false
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		entry, err := json.Marshal(t)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO rekey_device (id, site, entry, credential, state) VALUES ($1, '', '{}', '', '') ON CONFLICT DO NOTHING`, t.id())
		if err != nil {
			return err
		}
		var state string
		if err := tx.QueryRow(ctx, `SELECT state FROM rekey_device WHERE id = $1 FOR UPDATE`, t.id()).Scan(&state); err != nil {
			return err
		}
		switch rekey.FleetOutcome(state) {
		case waiting, queued, working, snoozed:
			return nil
		case rekey.FleetDone:
			begun = again
		case rekey.FleetFailed, rekey.FleetHeld:
			begun = retryFailed || again
		default:
			begun = true
		}
		if !begun {
			return nil
		}
		run, straight, err := join(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE rekey_device SET site = $2, entry = $3, credential = $4, groups = $5, run = $6, place = nextval('rekey_place'), wave = 0,
			state = 'waiting', owner = NULL, until = NULL, cut = 0, misses = 0, restarting = NULL, refused = false, leg = leg + 1 WHERE id = $1`,
			t.id(), t.Site, entry, t.credential(), append([]string{}, t.Member(nil).Groups...), run)
		if err != nil {
			return err
		}
		if straight {
			if err := s.enqueue(ctx, tx, t.id()); err != nil {
				return err
			}
		}
		return record(ctx, tx, message{Device: t.id(), Site: t.Site, What: "enqueued"})
	})
	return begun, err
}

// message is an entry of the audit log, and what others are told.
type message struct {
	ID     string          `json:"id"` // idempotency key
	Time   time.Time       `json:"time"`
	Device string          `json:"device"`
	Site   string          `json:"site"`
	Leg    int64           `json:"leg"`
	What   string          `json:"what"` // enqueued, begun, taken over, snoozed, or how it ended
	By     string          `json:"by,omitempty"`
	Says   string          `json:"says,omitempty"`
	Exit   rekey.ExitClass `json:"exit,omitempty"`
	Report string          `json:"report,omitempty"` // SHA-256
}

// record appends to the audit log and to the outbox, in the transaction of what is
// told: neither is without the other.
func record(ctx context.Context, tx pgx.Tx, m message) error {
	var n int64
	var prev string
	if err := tx.QueryRow(ctx, `SELECT n, hash FROM rekey_audit_head FOR UPDATE`).Scan(&n, &prev); err != nil {
		return err
	}
	n++
	m.ID, m.Time = fmt.Sprintf("rekey-%d-%s", n, prev[:16]), time.Now().UTC()
	entry, err := json.Marshal(m)
	if err != nil {
		return err
	}
	line := fmt.Appendf(nil, `{"n":%d,"prev":"%s","entry":%s`, n, prev, entry)
	sum := sha256.Sum256(line)
	hash := hex.EncodeToString(sum[:])
	batch := &pgx.Batch{}
	batch.Queue(`INSERT INTO rekey_audit (n, line) VALUES ($1, $2)`, n, string(line)+`,"hash":"`+hash+`"}`)
	batch.Queue(`UPDATE rekey_audit_head SET n = $1, hash = $2`, n, hash)
	batch.Queue(`INSERT INTO rekey_outbox (id, message) VALUES ($1, $2)`, m.ID, entry)
	return tx.SendBatch(ctx, batch).Close()
}

// orphans enqueues again whatever nobody works on any more: its worker did not give a
// sign of life for a lease, or its job is where none comes from. River's own rescue
// comes minutes later.
func (s *store) orphans(ctx context.Context, lease time.Duration) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT d.id, d.site, d.leg, coalesce(d.owner, '') FROM rekey_device d LEFT JOIN river_job j ON j.id = d.job
			WHERE d.state IN ('queued', 'working', 'snoozed') AND (d.until IS NULL OR d.until < now()) AND (d.owner IS NOT NULL OR j.id IS NULL
				OR j.state IN ('completed', 'cancelled', 'discarded')
				OR j.state IN ('running', 'retryable') AND j.attempted_at < now() - $1::interval
				OR j.state = 'scheduled' AND j.scheduled_at < now() - $1::interval)
			ORDER BY d.id FOR UPDATE OF d SKIP LOCKED`, lease)
		if err != nil {
			return err
		}
		type orphan struct {
			ID, Site string
			Leg      int64
			Owner    string
		}
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[orphan])
		for _, o := range all {
			if o.Owner != "" { // it may be the device that its worker died of
				_, cut := tx.Exec(ctx, `UPDATE rekey_device SET cut = cut + 1 WHERE id = $1`, o.ID)
				err = errors.Join(err, cut)
			}
			err = errors.Join(err, s.enqueue(ctx, tx, o.ID), record(ctx, tx, message{Device: o.ID, Site: o.Site, Leg: o.Leg, What: "taken over", By: o.Owner}))
		}
		return err
	})
}
