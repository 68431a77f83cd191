-- What the workers share, beside River's own tables.

-- A device, and who works on it. state is queued, working or snoozed, and in the
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

-- What holds for all workers together; 0: no limit.
CREATE TABLE IF NOT EXISTS rekey_limits (
	one          boolean PRIMARY KEY DEFAULT true CHECK (one),
	max_failures int NOT NULL DEFAULT 0,
	max_restarts int NOT NULL DEFAULT 0 -- of a site
);
INSERT INTO rekey_limits DEFAULT VALUES ON CONFLICT DO NOTHING;

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
