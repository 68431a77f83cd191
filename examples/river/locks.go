package main

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// locks are advisory locks of the devices that this worker works on, all of one
// session with the database: they end with the process, whatever becomes of it. The
// server has to find out soon where the machine is gone, too.
type locks struct {
	url   string
	lease time.Duration

	mu   sync.Mutex
	conn *pgx.Conn
}

// take locks a device; nil: another session has it.
func (k *locks) take(ctx context.Context, device string) (*pgx.Conn, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.conn == nil || k.conn.IsClosed() {
		p, err := pgxpool.ParseConfig(k.url)
		if err != nil {
			return nil, err
		}
		c := p.ConnConfig
		for name, value := range map[string]string{"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3", "tcp_user_timeout": "20000"} {
			c.RuntimeParams[name] = value
		}
		if k.conn, err = pgx.ConnectConfig(ctx, c); err != nil {
			return nil, err
		}
	}
	ctx, cancel := k.timeout()
	defer cancel()
	var locked bool
	if err := k.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(hashtextextended('rekey device ' || $1, 0))`, device).Scan(&locked); err != nil || !locked {
		return nil, err
	}
	return k.conn, nil
}

// timeout bounds a query. The end of one leg must not end it: that would close the
// connection, and with it the locks of all others.
func (k *locks) timeout() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), k.lease/3)
}

func (k *locks) beat(c *pgx.Conn, l *leg) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ctx, cancel := k.timeout()
	defer cancel()
	tag, err := c.Exec(ctx, `UPDATE rekey_device SET until = now() + $5::interval WHERE id = $1 AND owner = $2 AND ticket = $3 AND leg = $4 AND until > now()`,
		l.args.Device, l.me, l.args.Ticket, l.n, k.lease)
	return err == nil && tag.RowsAffected() == 1, err
}

// give unlocks. If that fails the connection is closed, which unlocks all.
func (k *locks) give(c *pgx.Conn, device string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ctx, cancel := k.timeout()
	defer cancel()
	if _, err := c.Exec(ctx, `SELECT pg_advisory_unlock(hashtextextended('rekey device ' || $1, 0))`, device); err != nil {
		_ = c.Close(ctx)
	}
}

func (k *locks) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.conn != nil {
		ctx, cancel := k.timeout()
		defer cancel()
		_ = k.conn.Close(ctx)
	}
}
