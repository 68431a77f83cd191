package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	rand2 "crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/audit"
	"github.com/rekey-go/rekey/fleet/window"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/keys"
	"github.com/rekey-go/rekey/revocation"
)

var kills = flag.Int("kills", 10, "how often a worker is killed")

const workerEnv = "RIVER_TEST_WORKER"

func TestMain(m *testing.M) {
	if of := os.Getenv(workerEnv); of != "" {
		os.Exit(testWorker(of))
	}
	os.Exit(func() int {
		flag.Parse()
		stop, err := startPostgres()
		if err != nil {
			fmt.Fprintln(os.Stderr, "PostgreSQL (Debian: postgresql) is needed:", err)
			return 1
		}
		defer stop()
		return m.Run()
	}())
}

var server string // the socket's directory

// startPostgres starts a cluster of its own, on a socket in a temporary directory.
func startPostgres() (stop func(), err error) {
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	stop = func() { os.RemoveAll(dir) }
	defer func() {
		if err != nil {
			stop()
		}
	}()
	as := &syscall.SysProcAttr{}
	if os.Getuid() == 0 { // which it refuses to run as
		u, err := user.Lookup("postgres")
		if err != nil {
			if u, err = user.Lookup("nobody"); err != nil {
				return nil, err
			}
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
	}
	program := func(name string, args ...string) *exec.Cmd {
		if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name); len(found) > 0 {
			name = found[len(found)-1]
		}
		c := exec.Command(name, args...)
		c.Dir, c.SysProcAttr, c.Env = dir, as, []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH")}
		return c
	}
	data := filepath.Join(dir, "data")
	if out, err := program("initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	// No power fails in these tests: what is committed outlives the workers without fsync.
	c := program("postgres", "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=32MB", "-c", "max_connections=60")
	var log bytes.Buffer
	c.Stdout, c.Stderr = &log, &log
	if err := c.Start(); err != nil {
		return nil, err
	}
	server = dir
	remove := stop
	stop = func() {
		_ = c.Process.Signal(syscall.SIGINT) // a fast shutdown
		_ = c.Wait()
		remove()
	}
	for deadline := time.Now().Add(30 * time.Second); ; {
		conn, err := pgx.Connect(context.Background(), database("postgres"))
		if err == nil {
			return stop, conn.Close(context.Background())
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%w\n%s", err, &log)
		}
		<-time.After(50 * time.Millisecond)
	}
}

func database(name string) string { return "host=" + server + " user=postgres dbname=" + name }

// newDatabase makes an empty one.
func newDatabase(t *testing.T) (url string, pool *pgxpool.Pool) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	name := "d" + strings.ToLower(rand2.Text())
	if _, err := conn.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	url = database(name)
	if pool, err = pgxpool.New(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	t.Cleanup(func() {
		if t.Failed() {
			var out bytes.Buffer
			run(context.Background(), []string{"-db", url, "status"}, &out, &out, nil, nil)
			t.Log(out.String())
		}
	})
	call(t, "-db", url, "status") // makes the tables
	if _, err := pool.Exec(t.Context(), `UPDATE rekey_limits SET waves = 'all'`); err != nil {
		t.Fatal(err)
	}
	return url, pool
}

func call(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), args, &out, &errs, nil, nil); code != 0 {
		t.Fatalf("river %q: %d\n%s%s", args, code, &out, &errs)
	}
	return out.String()
}

// testWorker is a worker in a process of its own. Every leg has an address of its own
// among those of loopback, 127.WORKER.x.y, so that a device can tell them apart.
func testWorker(number string) int {
	go func() { // whoever started this is gone
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(3)
	}()
	var legs int
	var mu sync.Mutex
	ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr, nil, func(c *workConfig) {
		c.options.Timeouts.Poll = 20 * time.Millisecond
		c.adjust = func(*rekey.Options) func(context.Context, string, string) (net.Conn, error) {
			mu.Lock()
			defer mu.Unlock()
			legs++
			from, _ := strconv.Atoi(number)
			d := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, byte(from), byte(legs>>8), byte(legs))}}
			return d.DialContext
		}
	})
}

type process struct {
	*exec.Cmd
	stdin io.Closer
	errs  *bytes.Buffer
}

func startWorker(t *testing.T, number int, db, deliver string, more ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(exe, append([]string{"-db", db, "work", "-site", "north,south", "-workers", "3", "-lease", lease.String(),
		"-wait", "300ms", "-restart", "100ms", "-patience", "100ms", "-restart-timeout", "60s", "-max-legs", "1000", "-deliver", deliver}, more...)...), errs: &bytes.Buffer{}}
	p.Stderr = p.errs
	p.Env = append(os.Environ(), workerEnv+"="+strconv.Itoa(number), "RIVER_TEST_PASSWORD=7654321", "RIVER_TEST_OTHER=7654321", "GOMAXPROCS=2")
	if p.stdin, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *process) kill() {
	_ = p.Process.Kill()
	_ = p.Wait()
}

// end kills it, and shows what it said if the test has failed.
func (p *process) end(t *testing.T) {
	if p.kill(); t.Failed() && p.errs.Len() > 0 {
		t.Logf("worker: %s", p.errs)
	}
}

// lease of the workers; the default of the program is 30s.
var lease = flag.Duration("lease", 1200*time.Millisecond, "how long a worker may give no sign of life")

// device is a simulated one, and the legs that it saw.
type device struct {
	*simdevice.Device
	seed     uint64
	id       string
	password string // its variable
	kind     string // of its certificate; empty: like for like
	mu       sync.Mutex
	from     []string // address of each leg, in order
	requests int
	bad      []string
}

func (d *device) see(r *http.Request) bool {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.requests++
	if n := len(d.from); n > 0 && d.from[n-1] == host {
		return false
	}
	if slices.Contains(d.from, host) {
		d.bad = append(d.bad, fmt.Sprintf("%s came back after %s: two at once", host, d.from[len(d.from)-1]))
	}
	d.from = append(d.from, host)
	return false
}

func newDevice(t *testing.T, seed uint64, pool *pgxpool.Pool, adjust ...func(*simdevice.Config)) *device {
	t.Helper()
	d := &device{seed: seed, id: fmt.Sprintf("SER%d", seed), password: "RIVER_TEST_PASSWORD"}
	c := simdevice.Config{
		Seed: seed, Errorf: t.Errorf, RestartTime: 300 * time.Millisecond,
		Tolerate: []simdevice.Invariant{simdevice.InvariantNoOpenSession}, // a killed worker does not log out
		Faults:   []simdevice.Fault{{Kind: simdevice.FaultDelay, Match: d.see, Count: -1}},
		OnDelete: func(k simdevice.KeyState) error { // what cannot be undone is known to the database before
			var n int
			err := pool.QueryRow(context.Background(), `SELECT count(*) FROM rekey_file WHERE device = $1 AND path LIKE 'evidence/%.json'
				AND position(convert_to($2, 'UTF8') IN content) > 0`, "serial "+d.id, k.SPKI).Scan(&n)
			if err == nil && n == 0 {
				err = errors.New("its evidence is not in the database")
			}
			return err
		},
	}
	for _, f := range adjust {
		f(&c)
	}
	var err error
	c.Serial = d.id
	if d.Device, err = simdevice.New(c); err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func writeList(t *testing.T, devices ...*device) string {
	t.Helper()
	text := "address;dept-id;password-env;trust-on-first-use;site;serial;kind\n"
	for _, d := range devices {
		text += fmt.Sprintf("%s;7654321;%s;yes;%s;%s;%s\n", d.URL(), d.password, []string{"north", "south"}[d.seed%2], d.id, d.kind)
	}
	name := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// receiver gets what is delivered; of every fifth message it says that it has not.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	n    int
	got  map[string]string
	bad  []string
	many int // came again
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{got: map[string]string{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		id := q.Header.Get("Idempotency-Key")
		if old, ok := r.got[id]; ok {
			if r.many++; old != string(body) {
				r.bad = append(r.bad, fmt.Sprintf("%s: %s, and before %s", id, body, old))
			}
		}
		r.got[id] = string(body)
		if r.n++; r.n%5 == 0 || err != nil {
			http.Error(w, "not now", http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// until polls.
func until(t *testing.T, what string, within time.Duration, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("after %v, still not: %s", within, what)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func query[T any](t *testing.T, pool *pgxpool.Pool, sql string, args ...any) []T {
	t.Helper()
	rows, err := pool.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Two workers, one of them killed again and again: every device is finished, by one
// leg after another, and nothing of what was done is lost.
func TestKilledWorkers(t *testing.T) {
	db, pool := newDatabase(t)
	r := newReceiver(t)
	rng := rand.New(rand.NewPCG(21, uint64(*kills)))
	var devices []*device
	more := func(n int) { // devices, so that there is work to be killed at
		for open := query[int](t, pool, `SELECT count(*) FROM rekey_device WHERE state IN ('queued', 'working', 'snoozed')`)[0]; open < n; open++ {
			devices = append(devices, newDevice(t, uint64(len(devices)+1), pool))
			if out := call(t, "-db", db, "enqueue", writeList(t, devices[len(devices)-1])); !strings.HasPrefix(out, "1 device enqueued") {
				t.Fatal(out)
			}
		}
	}
	more(3)
	numbers := 0
	start := func() *process { // every other one stays with a device that restarts
		numbers++
		return startWorker(t, numbers, db, r.URL, "-patience", []string{"100ms", "30s"}[numbers%2])
	}
	workers := []*process{start(), start()}
	defer func() {
		for _, w := range workers {
			w.kill()
			if t.Failed() {
				t.Logf("worker: %s", w.errs)
			}
		}
		if t.Failed() {
			log := strings.Split(call(t, "-db", db, "audit"), "\n")
			t.Logf("%s%s", call(t, "-db", db, "status"), strings.Join(log[max(0, len(log)-40):], "\n"))
		}
	}()
	var longest time.Duration
	var held, legs int
	for range *kills {
		i := rng.IntN(2)
		owner := func() string { return fmt.Sprintf("%%/%d/%%", workers[i].Process.Pid) }
		until(t, "the worker has a device", time.Minute, func() bool {
			more(3)
			return query[int](t, pool, `SELECT count(*) FROM rekey_device WHERE owner LIKE $1`, owner())[0] > 0
		})
		<-time.After(time.Duration(rng.IntN(2000)) * time.Millisecond)
		killed := time.Now()
		workers[i].kill()
		type orphan struct {
			ID  string
			Leg int
		}
		rows, err := pool.Query(t.Context(), `SELECT id, leg FROM rekey_device WHERE owner LIKE $1`, owner())
		if err != nil {
			t.Fatal(err)
		}
		orphans, err := pgx.CollectRows(rows, pgx.RowToStructByPos[orphan])
		if err != nil {
			t.Fatal(err)
		}
		workers[i] = start()
		for _, o := range orphans {
			held++
			until(t, o.ID+" is taken over", 20*time.Second+2**lease, func() bool {
				return query[int](t, pool, `SELECT count(*) FROM rekey_device WHERE id = $1 AND leg > $2`, o.ID, o.Leg)[0] > 0
			})
			longest = max(longest, time.Since(killed))
		}
	}
	until(t, "every device is finished", time.Minute, func() bool {
		return query[int](t, pool, `SELECT count(*) FROM rekey_device WHERE state IN ('queued', 'working', 'snoozed')`)[0] == 0
	})
	until(t, "everything is delivered", time.Minute, func() bool {
		return query[int](t, pool, `SELECT count(*) FROM rekey_outbox WHERE delivered IS NULL`)[0] == 0
	})
	for _, w := range workers { // interrupted, they end by themselves
		if err := w.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}
	status := call(t, "-db", db, "status")
	if want := fmt.Sprintf("\n%d devices, %d done, 0 messages not delivered\n", len(devices), len(devices)); !strings.HasSuffix(status, want) {
		t.Errorf("want%sgot\n%s", want, status)
	}
	for _, d := range devices {
		d.check(t, pool)
		legs += len(d.from)
	}
	ids := query[string](t, pool, `SELECT id FROM rekey_outbox`)
	messages := query[string](t, pool, `SELECT message::text FROM rekey_outbox`)
	for i, id := range ids {
		if r.got[id] != messages[i] {
			t.Errorf("%s: delivered %q, want %q", id, r.got[id], messages[i])
		}
	}
	if len(r.got) != len(ids) || len(r.bad) > 0 {
		t.Errorf("%d messages delivered of %d; %q", len(r.got), len(ids), r.bad)
	}
	checkAudit(t, call(t, "-db", db, "audit"), len(ids))
	t.Logf("%d kills, %d devices at work then, %d devices in all, %d legs; taken over after %v at most (a lease is %v); %d messages, %d came again",
		*kills, held, len(devices), legs, longest.Round(time.Millisecond), *lease, len(ids), r.many)
}

// check looks at a device that is finished, and at what the database has of it.
func (d *device) check(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for _, k := range d.Keys() {
		if k.Weak {
			t.Errorf("%s: key %q is weak", d.id, k.Name)
		}
	}
	for _, bad := range d.bad {
		t.Errorf("%s: %s", d.id, bad)
	}
	dir := t.TempDir()
	rows, err := pool.Query(t.Context(), `SELECT path, content FROM rekey_file WHERE device = $1 AND path LIKE 'evidence/%'`, "serial "+d.id)
	if err != nil {
		t.Fatal(err)
	}
	var name string
	var content []byte
	if _, err := pgx.ForEachRow(rows, []any{&name, &content}, func() error {
		file := filepath.Join(dir, name)
		return errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, content, 0o600))
	}); err != nil {
		t.Fatal(err)
	}
	s, err := revocation.OpenStore(filepath.Join(dir, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := 0
	for e, err := range s.All() {
		if err != nil {
			t.Errorf("%s: %v", d.id, err)
		}
		if e.Key == "TLS-2021" && e.Weakness.State == "proved" && e.Certificate != nil {
			n++
		}
	}
	reports := query[int](t, pool, `SELECT count(*) FROM rekey_report WHERE device = $1 AND report->'exit'->>'class' = 'done'`, "serial "+d.id)[0]
	if n != 1 || reports != 1 {
		t.Errorf("%s: %d records of evidence of the weak key, %d reports of the end: want 1", d.id, n, reports)
	}
}

// checkAudit has the log judged by fleet/audit, as nobody has signed it yet; and once
// more with a word of it changed.
func checkAudit(t *testing.T, log string, lines int) {
	t.Helper()
	key, err := audit.NewKey("river.test")
	if err != nil {
		t.Fatal(err)
	}
	none := sha256.Sum256(nil)
	head, err := key.Sign("river.test\n0\n" + base64.StdEncoding.EncodeToString(none[:]) + "\n")
	if err != nil {
		t.Fatal(err)
	}
	_, err = audit.Verify(strings.NewReader(log), head, key.Verifier(), nil, nil)
	if u, ok := errors.AsType[*audit.UnsignedError](err); !ok || u.From != 1 || u.To != lines || u.Torn != 0 {
		t.Errorf("%v, want %d lines", err, lines)
	}
	_, err = audit.Verify(strings.NewReader(strings.Replace(log, `"what":"begun"`, `"what":"ended"`, 1)), head, key.Verifier(), nil, nil)
	if f, ok := errors.AsType[*audit.Fault](err); !ok || f.Line < 1 {
		t.Errorf("changed: %v", err)
	}
}

// waitFor waits until a device is in a state.
func waitFor(t *testing.T, pool *pgxpool.Pool, d *device, state string) {
	t.Helper()
	until(t, d.id+" is "+state, time.Minute, func() bool {
		return slices.Contains(query[string](t, pool, `SELECT state FROM rekey_device WHERE id = $1`, "serial "+d.id), state)
	})
}

// A worker that stands still and does not know it: its device is nobody else's while
// its process is there. When it wakes up it sends nothing more, and the device is
// finished by another leg.
func TestStoppedWorker(t *testing.T) {
	t.Parallel()
	db, pool := newDatabase(t)
	d := newDevice(t, 71, pool)
	call(t, "-db", db, "enqueue", writeList(t, d))
	stopped := startWorker(t, 201, db, "")
	defer stopped.kill()
	until(t, "the worker is at work", time.Minute, func() bool { return d.legs() > 0 })
	if err := stopped.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	other := startWorker(t, 202, db, "")
	defer other.kill()
	until(t, "the lease is over", time.Minute, func() bool {
		return query[int](t, pool, `SELECT count(*) FROM rekey_audit WHERE line LIKE '%taken over%'`)[0] > 0
	})
	<-time.After(*lease) // the other one tries, and may not
	if n := d.legs(); n != 1 {
		t.Errorf("%d legs while one stands still", n)
	}
	if err := stopped.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	waitFor(t, pool, d, "done")
	d.check(t, pool)
}

// The database goes away while a device is worked on, as when its server is started
// anew: once the lease is over nothing is sent to the device, and when the database is
// back another leg finishes it.
func TestDatabaseRestart(t *testing.T) {
	t.Parallel()
	db, pool := newDatabase(t)
	d := newDevice(t, 90, pool)
	call(t, "-db", db, "enqueue", writeList(t, d))
	w := startWorker(t, 210, db, "")
	defer w.kill()
	until(t, "the worker is at work", time.Minute, func() bool { return d.legs() > 0 })
	conn, err := pgx.Connect(t.Context(), database("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	name := pool.Config().ConnConfig.Database
	server := func(sql string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	server("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false")
	server("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
	<-time.After(*lease)
	sent := d.sent()
	<-time.After(*lease)
	if now := d.sent(); now != sent || d.legs() != 1 {
		t.Errorf("%d requests without the database, %d legs", now-sent, d.legs())
	}
	server("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true")
	waitFor(t, pool, d, "done")
	d.check(t, pool)
	if d.legs() < 2 {
		t.Error("the database was away, and nobody noticed")
	}
}

func (d *device) sent() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.requests
}

func (d *device) legs() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.from)
}

// The worker is not kept while a device restarts, and the device restarts once.
func TestSnoozedAcrossTheRestart(t *testing.T) {
	t.Parallel()
	db, pool := newDatabase(t)
	d := newDevice(t, 72, pool, func(c *simdevice.Config) { c.RestartTime = 2 * time.Second })
	call(t, "-db", db, "enqueue", writeList(t, d))
	w := startWorker(t, 203, db, "")
	defer w.kill()
	until(t, "it is snoozed", time.Minute, func() bool {
		return query[int](t, pool, `SELECT count(*) FROM rekey_device WHERE state = 'snoozed' AND restarting IS NOT NULL AND owner IS NULL`)[0] > 0
	})
	waitFor(t, pool, d, "done")
	if d.Restarts() != 1 || d.legs() < 2 {
		t.Errorf("%d restarts, %d legs", d.Restarts(), d.legs())
	}
	d.check(t, pool)
}

// An interrupted worker gives its devices back at once.
func TestInterruptedWorker(t *testing.T) {
	t.Parallel()
	db, pool := newDatabase(t)
	d := newDevice(t, 73, pool)
	call(t, "-db", db, "enqueue", writeList(t, d))
	first := startWorker(t, 204, db, "")
	defer first.kill()
	until(t, "the worker is at work", time.Minute, func() bool { return d.legs() > 0 })
	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Errorf("%v\n%s", err, first.errs)
	}
	if n := query[int](t, pool, `SELECT count(*) FROM rekey_device WHERE owner IS NULL`)[0]; n != 1 || d.OpenSessions() != 0 {
		t.Errorf("the device is not given back, or %d sessions are open", d.OpenSessions())
	}
	second := startWorker(t, 205, db, "")
	defer second.kill()
	waitFor(t, pool, d, "done")
	d.check(t, pool)
	if n := query[int](t, pool, `SELECT count(*) FROM rekey_audit WHERE line LIKE '%taken over%'`)[0]; n != 0 {
		t.Errorf("taken over %d times", n)
	}
}

// A wrong password goes to one device, from whichever worker; one that does not
// answer is given up after some legs, and so is one of which workers die;
// nobody speaks to one whose password is not there.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	db, pool := newDatabase(t)
	var devices []*device
	for i := range uint64(3) {
		devices = append(devices, newDevice(t, 74+i, pool, func(c *simdevice.Config) { c.ID, c.Password = "7654321", "1234567" }))
	}
	off := newDevice(t, 79, pool)
	off.Close()
	off.password = "RIVER_TEST_OTHER"
	list := writeList(t, append(devices, off)...)
	call(t, "-db", db, "enqueue", list)
	fatal := newDevice(t, 80, pool) // its workers die of it
	fatal.password = "RIVER_TEST_FATAL"
	call(t, "-db", db, "enqueue", writeList(t, fatal))
	if _, err := pool.Exec(t.Context(), `UPDATE rekey_device SET cut = 1000 WHERE id = $1`, "serial "+fatal.id); err != nil {
		t.Fatal(err)
	}
	nowhere := newDevice(t, 81, pool)
	nowhere.password = "RIVER_TEST_NOWHERE"
	call(t, "-db", db, "enqueue", writeList(t, nowhere))
	for n := range 2 {
		w := startWorker(t, 206+n, db, "")
		defer w.kill()
	}
	until(t, "all are finished", time.Minute, func() bool {
		return query[int](t, pool, `SELECT count(*) FROM rekey_device WHERE state IN ('queued', 'working', 'snoozed')`)[0] == 0
	})
	logins := 0
	for _, d := range devices {
		logins += d.LoginAttempts()
	}
	status := call(t, "-db", db, "status", "-json")
	if logins != 1 || fatal.legs()+nowhere.legs() != 0 || !strings.Contains(status, `"counts":{"failed":2,"held":3,"unreachable":1}`) {
		t.Errorf("%d logins\n%s", logins, status)
	}
	if out := call(t, "-db", db, "enqueue", list); out != "1 device enqueued, 3 left as they are\n" { // what did not answer
		t.Error(out)
	}
}

// However many workers there are, no more devices of a group restart at once than may,
// these of two sites and one subnet; and once as many have failed as may, no other is begun.
func TestLimitsOfAll(t *testing.T) {
	t.Parallel()
	db, pool := newDatabase(t)
	var devices []*device
	for i := range uint64(4) { // down for long enough to be seen
		devices = append(devices, newDevice(t, 92+i, pool, func(c *simdevice.Config) { c.RestartTime = 700 * time.Millisecond }))
	}
	call(t, "-db", db, "enqueue", "-max-restarts", "1", "-max-failures", "1", "-max-failure-percent", "0", writeList(t, devices...))
	for n := range 2 {
		w := startWorker(t, 212+n, db, "", "-patience", []string{"1s", "30s"}[n])
		defer w.kill()
	}
	most := 0
	until(t, "all are finished", 3*time.Minute, func() bool {
		down := 0
		for _, d := range devices {
			c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(d.URL(), "https://"), "/"))
			if err != nil {
				down++
			} else {
				c.Close()
			}
		}
		most = max(most, down)
		return query[int](t, pool, `SELECT count(*) FROM rekey_device WHERE state <> 'done'`)[0] == 0
	})
	if left := query[int](t, pool, `SELECT count(*) FROM rekey_device WHERE down`)[0]; most != 1 || left != 0 {
		t.Errorf("%d were down at once, %d are taken for down", most, left)
	}
	for _, d := range devices {
		d.check(t, pool)
	}
	wrong := newDevice(t, 104, pool, func(c *simdevice.Config) { c.ID, c.Password = "7654321", "1234567" })
	wrong.password = "RIVER_TEST_OTHER"
	call(t, "-db", db, "enqueue", writeList(t, wrong))
	waitFor(t, pool, wrong, "failed")
	held := newDevice(t, 106, pool)
	call(t, "-db", db, "enqueue", writeList(t, held))
	waitFor(t, pool, held, "held")
	if held.legs() != 0 {
		t.Error("begun after the limit")
	}
	call(t, "-db", db, "enqueue", "-retry-failed", "-max-failures", "0", writeList(t, held))
	waitFor(t, pool, held, "done")
}

// A wave begins once all devices of the last have ended, on whichever worker, and a
// person has said that it was good, or none failed in it; one that met nothing is
// repeated.
func TestWavesOfAll(t *testing.T) {
	t.Parallel()
	db, pool := newDatabase(t)
	for n := range 2 {
		w := startWorker(t, 214+n, db, "")
		defer w.end(t)
	}
	canary, second, third := newDevice(t, 110, pool), newDevice(t, 111, pool), newDevice(t, 112, pool)
	call(t, "-db", db, "enqueue", "-waves", "1", "-gate", "ask", writeList(t, canary, second, third))
	waitFor(t, pool, canary, "done")
	until(t, "a person is asked", time.Minute, func() bool {
		return strings.Contains(call(t, "-db", db, "status"), "1 done, 0 failed, 2 wait for the next; it waits for a person: pass 1, or stop\n")
	})
	for lang, want := range map[string]string{
		"zh-TW": "\n3 個裝置、1 完成、2 等待中、",
		"ja":    "、失敗 0 台、2 台が次の波を待っています；人の判断を待っています：pass 1 または stop\n",
	} {
		if status := call(t, "-db", db, "status", "-task-lang", lang); !strings.Contains(status, want) {
			t.Errorf("%s: want %q in %s", lang, want, status)
		}
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"-db", db, "pass", "2"}, &out, &errs, nil, nil); code != exitFailed || !strings.Contains(errs.String(), "not the last that was begun") {
		t.Errorf("%d, %s", code, &errs)
	}
	if second.legs()+third.legs() != 0 {
		t.Error("begun before the canary was judged")
	}
	call(t, "-db", db, "pass", "1")
	waitFor(t, pool, second, "done")
	waitFor(t, pool, third, "done")
	if log := call(t, "-db", db, "audit"); strings.Count(log, `"what":"wave `) != 3 {
		t.Error(log)
	}
	// Nothing was left, so this is another run: its canary is off, the next one fails,
	// and nobody speaks to the others.
	off, wrong := newDevice(t, 113, pool), newDevice(t, 114, pool, func(c *simdevice.Config) { c.ID, c.Password = "7654321", "1234567" })
	off.Close()
	wrong.password = "RIVER_TEST_OTHER"
	held := []*device{newDevice(t, 115, pool), newDevice(t, 116, pool)}
	call(t, "-db", db, "enqueue", "-waves", "1,10", "-gate", "auto", writeList(t, append([]*device{off, wrong}, held...)...))
	for _, d := range held {
		waitFor(t, pool, d, "held")
		if why := query[string](t, pool, `SELECT says FROM rekey_device WHERE id = $1`, "serial "+d.id)[0]; d.legs() != 0 || why != "held after wave 2: 1 failed in it" {
			t.Errorf("%d legs, %s", d.legs(), why)
		}
	}
	waitFor(t, pool, off, "unreachable")
	// And what was stopped is not begun, whatever the limits say.
	call(t, "-db", db, "enqueue", "-waves", "1", "-gate", "ask", "-retry-failed", writeList(t, off, held[0]))
	until(t, "the canary is off again", time.Minute, func() bool { return strings.Contains(call(t, "-db", db, "status"), "wave 1: 1 device at work") })
	call(t, "-db", db, "stop", "the CUPS clients print nothing")
	waitFor(t, pool, held[0], "held")
	if why := query[string](t, pool, `SELECT says FROM rekey_device WHERE id = $1`, "serial "+held[0].id)[0]; held[0].legs() != 0 || why != "held: stopped: the CUPS clients print nothing" {
		t.Errorf("%d legs, %s", held[0].legs(), why)
	}
}

// All devices of a CA have one turn after another there, on whichever worker.
func TestTurnsAtTheCA(t *testing.T) {
	t.Parallel()
	db, pool := newDatabase(t)
	// What the database sees: when a turn was granted, and who else had one.
	if _, err := pool.Exec(t.Context(), `CREATE TABLE seen (n serial, at timestamptz, others int);
		CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			INSERT INTO seen (at, others) SELECT (SELECT free FROM rekey_ca), count(*) FROM rekey_device WHERE asks <> '' AND id <> NEW.id;
			RETURN NEW;
		END $$;
		CREATE TRIGGER see BEFORE UPDATE ON rekey_device FOR EACH ROW WHEN (OLD.asks = '' AND NEW.asks <> '') EXECUTE FUNCTION see()`); err != nil {
		t.Fatal(err)
	}
	cert, key := writeCA(t)
	var devices []*device
	for i := range uint64(3) {
		d := newDevice(t, 120+i, pool)
		d.kind = "csr"
		devices = append(devices, d)
	}
	// Somebody else has the only turn, for as long as his lease.
	if _, err := pool.Exec(t.Context(), `INSERT INTO rekey_device (id, site, entry, credential, state, owner, until, asks)
		VALUES ('another', 'nowhere', '{}', '', 'working', 'x', now() + interval '1 hour', 'CA ')`); err != nil {
		t.Fatal(err)
	}
	call(t, "-db", db, "enqueue", "-ca-outstanding", "1", "-ca-interval", "1s", writeList(t, devices...))
	for n := range 2 { // one of them does not wait for long, and comes again
		w := startWorker(t, 216+n, db, "", "-patience", []string{"100ms", "2s"}[n], "-issuer-cert", cert, "-issuer-key", key)
		defer w.end(t)
	}
	until(t, "one has waited for its turn", time.Minute, func() bool {
		return query[int](t, pool, `SELECT count(*) FROM rekey_device WHERE says LIKE '%others have their turn%'`)[0] > 0
	})
	if n := query[int](t, pool, `SELECT count(*) FROM seen`)[0]; n > 0 {
		t.Errorf("%d turns beside another", n)
	}
	if _, err := pool.Exec(t.Context(), `UPDATE rekey_device SET asks = '', state = 'done', owner = NULL WHERE id = 'another'`); err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		waitFor(t, pool, d, "done")
		d.check(t, pool)
	}
	others := query[int](t, pool, `SELECT others FROM seen`)
	near := query[int](t, pool, `SELECT count(*) FROM seen a JOIN seen b ON b.n > a.n AND b.at < a.at + interval '1s'`)[0]
	if len(others) != 3 || slices.Max(others) > 0 || near != 0 {
		t.Errorf("others that had a turn: %v; %d turns too early", others, near)
	}
}

// writeCA makes a CA.
func writeCA(t *testing.T) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand2.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand2.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), "ca.pem"), filepath.Join(t.TempDir(), "ca.key")
	for name, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// A device whose window is closed is not spoken to, and is when it opens; what stopped
// there is not given up.
func TestWindowOfAWorker(t *testing.T) {
	t.Parallel()
	db, pool := newDatabase(t)
	d := newDevice(t, 130, pool)
	call(t, "-db", db, "enqueue", writeList(t, d))
	at := func(from, to int) {
		t.Helper()
		now := time.Now().UTC()
		w := fmt.Sprintf("%02d:00-%02d:00 UTC", (now.Hour()+from)%24, (now.Hour()+to)%24)
		if _, err := pool.Exec(t.Context(), `UPDATE rekey_device SET entry = jsonb_set(entry::jsonb, '{Window}', to_jsonb($1::text))::json`, w); err != nil {
			t.Fatal(err)
		}
	}
	at(3, 5)
	w := startWorker(t, 218, db, "")
	defer w.end(t)
	until(t, "it waits for its window", time.Minute, func() bool {
		return strings.Contains(call(t, "-db", db, "status"), "serial SER130  outside its window")
	})
	if state := query[string](t, pool, `SELECT state FROM rekey_device`)[0]; d.legs() != 0 || state != "queued" {
		t.Errorf("%d legs, %s", d.legs(), state)
	}
	at(23, 5)
	waitFor(t, pool, d, "done")
	d.check(t, pool)
}

// What comes of how a leg ended.
func TestJudge(t *testing.T) {
	t.Parallel()
	c := &workConfig{wait: 10 * time.Minute, restart: 30 * time.Second}
	c.options.Timeouts.Restart = 15 * time.Minute
	closed := &window.ClosedError{}
	now := time.Now()
	for name, tc := range map[string]struct {
		leg      *leg
		err      error
		state    string
		snooze   time.Duration
		accepted bool
	}{
		"done":                           {&leg{}, nil, "done", 0, true},
		"closed before it was contacted": {&leg{}, &rekey.HeldError{Err: closed}, snoozed, c.wait, false},
		"closed before the restart":      {&leg{}, fmt.Errorf("restart: %w", closed), snoozed, c.wait, true},
		"its password is not here":       {&leg{}, &rekey.HeldError{Why: "no password"}, "held", 0, false},
		"no turn at the CA":              {&leg{waits: true}, fmt.Errorf("%w: %w", rekey.ErrUnfinished, fmt.Errorf("%w: %w", keys.ErrPending, errNoTurn)), snoozed, c.restart, false},
		"the CA has not signed":          {&leg{}, fmt.Errorf("%w: %w", rekey.ErrUnfinished, keys.ErrPending), snoozed, c.wait, true},
		"no turn to restart":             {&leg{waits: true}, errLegOver, snoozed, c.restart, false},
		"over while it restarts":         {&leg{restart: true, since: &now}, errLegOver, snoozed, c.restart, false},
		"over":                           {&leg{}, errLegOver, snoozed, time.Second, false},
		"off for the first time":         {&leg{}, &net.OpError{Op: "dial", Err: errors.New("refused")}, snoozed, c.wait, false},
		"off for long":                   {&leg{misses: maxMisses}, &net.OpError{Op: "dial", Err: errors.New("refused")}, "unreachable", 0, false},
		"anything else":                  {&leg{}, errors.New("look at it"), "failed", 0, false},
	} {
		tc.leg.legs = &legs{config: c}
		e := tc.leg.judge(t.Context(), nil, tc.err)
		if e.state != tc.state || e.snooze != tc.snooze || e.accepted != tc.accepted {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// A program that begins does not wait for the work of others, and others not for it: the
// tables are there.
func TestBeginsBesideWork(t *testing.T) {
	t.Parallel()
	db, pool := newDatabase(t)
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), `SELECT FROM rekey_device; UPDATE rekey_limits SET verdict = ''`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"-db", db, "audit"}, &out, &errs, nil, nil); code != 0 {
		t.Errorf("%d, %s", code, &errs)
	}
}

func TestWrongCalls(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-db", "x"}, {"-db", "x", "sleep"}, {"-db", "x", "enqueue"}, {"-db", "x", "status", "more"}, {"-db", "x", "work", "-lease", "31s"},
		{"-db", "x", "pass"}, {"-db", "x", "pass", "one"}, {"-db", "x", "stop"}, {"-db", "x", "enqueue", "-waves", "0", "absent"}, {"-db", "x", "enqueue", "-gate", "no", "absent"},
		{"-db", "x", "work", "-issuer-cert", "x"}, {"-db", "x", "work", "-leg", "5m"}, {"-db", "x", "work", "-workers", "0"}, {"-db", "x", "enqueue", "absent"}, {"-db", "", "status"},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, &out, &errs, nil, nil); code != exitUsage || out.Len() > 0 || !strings.HasPrefix(errs.String(), "river: ") {
			t.Errorf("%q: %d, %q, %q", args, code, &out, &errs)
		}
	}
	japanese := func(name string) (string, bool) { return "ja_JP.UTF-8", name == "LANG" }
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"-db", "", "status"}, &out, &errs, japanese, nil); code != exitUsage || !strings.HasPrefix(errs.String(), "river: -db がありません\n") {
		t.Errorf("in Japanese: %d, %q", code, &errs)
	}
	if code := run(t.Context(), []string{"-db", "host=" + t.TempDir(), "status"}, &out, &errs, nil, nil); code != exitFailed || errs.Len() == 0 {
		t.Errorf("no database: %d, %q", code, &errs)
	}
}
