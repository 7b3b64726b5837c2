-- Work that follows from a write. A row is there until its job is done; one with `died_at` was given up and waits for a person.

CREATE TABLE jobs (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    queue        TEXT NOT NULL CHECK (queue <> ''),
    kind         TEXT NOT NULL CHECK (kind <> ''),
    payload      TEXT NOT NULL CHECK (octet_length(payload) <= 262144 AND json_valid(payload)),
    run_at       INTEGER NOT NULL,
    -- Runs that were begun. With the id and the worker's name it is the lease: a run that lost it is not listened to.
    attempts     INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    max_attempts INTEGER NOT NULL CHECK (max_attempts > 0),
    locked_until INTEGER,
    locked_by    TEXT,
    last_error   TEXT,
    dedupe_key   TEXT,
    lane         TEXT,
    created_at   INTEGER NOT NULL,
    died_at      INTEGER,
    CHECK ((locked_until IS NULL) = (locked_by IS NULL)),
    CHECK (died_at IS NULL OR locked_by IS NULL)
) STRICT;

CREATE INDEX jobs_due ON jobs (run_at, id) WHERE died_at IS NULL;
CREATE INDEX jobs_locked ON jobs (locked_until) WHERE locked_until IS NOT NULL;
CREATE INDEX jobs_dead ON jobs (died_at) WHERE died_at IS NOT NULL;
-- What stands before a job in its lane.
CREATE INDEX jobs_by_lane ON jobs (lane, id) WHERE lane IS NOT NULL AND died_at IS NULL;
CREATE UNIQUE INDEX jobs_by_dedupe_key ON jobs (queue, dedupe_key) WHERE dedupe_key IS NOT NULL AND died_at IS NULL;
