-- What the workers share, beside River's own tables.

-- A device, and who works on it. state is waiting (for its wave), queued, working or snoozed, and in the
-- end an outcome of docs/fleet.md. The job with the ticket is the only one that may
-- work; owner may do so until "until". Without an owner, the supervisor leaves the
-- device alone until then.
CREATE TABLE IF NOT EXISTS rekey_device (
	id         text PRIMARY KEY, -- serial number, or address
	site       text NOT NULL,
	entry      json NOT NULL,
	credential text NOT NULL, -- where the password is, never the password
	state      text NOT NULL,
	ticket     bigint NOT NULL DEFAULT 0,
	job        bigint,
	owner      text,
	until      timestamptz,
	leg        bigint NOT NULL DEFAULT 0,
	cut        int NOT NULL DEFAULT 0, -- legs that were cut short, by a worker's death among others
	misses     int NOT NULL DEFAULT 0, -- legs in a row in which it did not answer
	restarting timestamptz, -- since when
	accepted   boolean NOT NULL DEFAULT false, -- it took its password
	refused    boolean NOT NULL DEFAULT false, -- it did not
	says       text NOT NULL DEFAULT '',
	updated    timestamptz NOT NULL DEFAULT now()
);

-- down: it restarts, or is about to, and nobody knows yet that it is up again.
ALTER TABLE rekey_device ADD COLUMN IF NOT EXISTS down boolean NOT NULL DEFAULT false;

-- groups: devices that do not restart together with too many others of them: its site,
-- its group, its subnet. place: when it was enqueued, wave: that of its run, 0: none.
-- asks: the CA that it asks, or empty.
ALTER TABLE rekey_device ADD COLUMN IF NOT EXISTS groups text[] NOT NULL DEFAULT '{}';
ALTER TABLE rekey_device ADD COLUMN IF NOT EXISTS run bigint NOT NULL DEFAULT 0;
ALTER TABLE rekey_device ADD COLUMN IF NOT EXISTS place bigint NOT NULL DEFAULT 0;
ALTER TABLE rekey_device ADD COLUMN IF NOT EXISTS wave int NOT NULL DEFAULT 0;
ALTER TABLE rekey_device ADD COLUMN IF NOT EXISTS asks text NOT NULL DEFAULT '';
CREATE SEQUENCE IF NOT EXISTS rekey_place;

-- What holds for all workers together; 0: no limit.
CREATE TABLE IF NOT EXISTS rekey_limits (
	one          boolean PRIMARY KEY DEFAULT true CHECK (one),
	max_failures int NOT NULL DEFAULT 0,
	max_restarts int NOT NULL DEFAULT 0 -- of a group
);
ALTER TABLE rekey_limits ADD COLUMN IF NOT EXISTS max_failure_percent int NOT NULL DEFAULT 0;
ALTER TABLE rekey_limits ADD COLUMN IF NOT EXISTS ca_interval interval NOT NULL DEFAULT '0';
ALTER TABLE rekey_limits ADD COLUMN IF NOT EXISTS ca_outstanding int NOT NULL DEFAULT 0;
-- Sizes of the waves, whether a person judges them, and where the run is: see run in
-- waves.go.
ALTER TABLE rekey_limits ADD COLUMN IF NOT EXISTS waves text NOT NULL DEFAULT '1,10,10%';
ALTER TABLE rekey_limits ADD COLUMN IF NOT EXISTS gate boolean NOT NULL DEFAULT false;
ALTER TABLE rekey_limits ADD COLUMN IF NOT EXISTS run bigint NOT NULL DEFAULT 0;
ALTER TABLE rekey_limits ADD COLUMN IF NOT EXISTS wave int NOT NULL DEFAULT 0;
ALTER TABLE rekey_limits ADD COLUMN IF NOT EXISTS next int NOT NULL DEFAULT 0;
ALTER TABLE rekey_limits ADD COLUMN IF NOT EXISTS verdict text NOT NULL DEFAULT '';
INSERT INTO rekey_limits DEFAULT VALUES ON CONFLICT DO NOTHING;

-- When a CA may be asked next.
CREATE TABLE IF NOT EXISTS rekey_ca (
	name text PRIMARY KEY,
	free timestamptz NOT NULL
);

-- The state directory of a device (docs/state-directory.md), a row for each file.
CREATE TABLE IF NOT EXISTS rekey_file (
	device  text NOT NULL REFERENCES rekey_device,
	path    text NOT NULL,
	content bytea NOT NULL,
	leg     bigint NOT NULL, -- in which it was written last
	PRIMARY KEY (device, path)
);

-- Progress, as rekey.Event has it.
CREATE TABLE IF NOT EXISTS rekey_event (
	device text NOT NULL REFERENCES rekey_device,
	leg    bigint NOT NULL,
	n      int NOT NULL,
	at     timestamptz NOT NULL,
	kind   text NOT NULL,
	step   text NOT NULL,
	says   text NOT NULL,
	PRIMARY KEY (device, leg, n)
);

CREATE TABLE IF NOT EXISTS rekey_report (
	device text NOT NULL REFERENCES rekey_device,
	leg    bigint NOT NULL,
	report json NOT NULL, -- rekey.Report
	PRIMARY KEY (device, leg)
);

-- The audit log: lines as fleet/audit has them, each with the hash of the one before.
CREATE TABLE IF NOT EXISTS rekey_audit (
	n    bigint PRIMARY KEY,
	line text NOT NULL
);
CREATE TABLE IF NOT EXISTS rekey_audit_head (
	one  boolean PRIMARY KEY DEFAULT true CHECK (one),
	n    bigint NOT NULL,
	hash text NOT NULL
);
INSERT INTO rekey_audit_head (n, hash) VALUES (0, repeat('0', 64)) ON CONFLICT DO NOTHING;

-- What others have to be told of, written with what it tells of. id is the
-- idempotency key.
CREATE TABLE IF NOT EXISTS rekey_outbox (
	id        text PRIMARY KEY,
	made      timestamptz NOT NULL DEFAULT now(),
	message   json NOT NULL,
	delivered timestamptz
);
