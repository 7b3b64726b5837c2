-- The place of all logs of a schema. UNLOGGED: it is a transport, and costs no write-ahead log; after a crash of the server the
-- logs begin anew. Names end with the version of the layout, since nodes of two versions may run beside each other for a while.

CREATE UNLOGGED TABLE IF NOT EXISTS broker_logs_1 (
    log   TEXT PRIMARY KEY,
    epoch BIGINT NOT NULL
);

-- Rows come at one end and go at the other, so the usual share of dead ones that wakes the autovacuum is reached too late.
CREATE UNLOGGED TABLE IF NOT EXISTS broker_entries_1 (
    log    TEXT NOT NULL,
    number BIGINT NOT NULL,
    entry  BYTEA NOT NULL,
    PRIMARY KEY (log, number)
) WITH (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000
);

-- Events are short-lived, and often random or encrypted: compressing them costs more than it saves.
ALTER TABLE broker_entries_1 ALTER COLUMN entry SET STORAGE EXTERNAL;

CREATE UNLOGGED TABLE IF NOT EXISTS broker_kept_1 (
    log           TEXT NOT NULL,
    name          TEXT NOT NULL,
    content       BYTEA NOT NULL,
    until_unix_ms BIGINT NOT NULL,
    PRIMARY KEY (log, name)
);
CREATE INDEX IF NOT EXISTS broker_kept_1_by_end ON broker_kept_1 (log, until_unix_ms);

CREATE UNLOGGED TABLE IF NOT EXISTS broker_claims_1 (
    log   TEXT NOT NULL,
    name  TEXT NOT NULL,
    until TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (log, name)
);

-- One statement, and so one message to the server: a node whose network fails in the midst of it holds no lock. The lock ends with the
-- commit, after the entry can be seen, so entries appear in the order of their numbers. Every statement in here sees what was
-- committed before it began, the one behind the lock included.
CREATE OR REPLACE FUNCTION broker_append_1(
    the_log TEXT, the_entry BYTEA, trim_from BIGINT, trim_below BIGINT, names TEXT[], contents BYTEA[], ends BIGINT[],
    OUT the_number BIGINT, OUT the_epoch BIGINT
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1095652418, hashtext(current_schema() || '/' || the_log));
    SELECT coalesce(max(number), 0) + 1 INTO the_number FROM broker_entries_1 WHERE log = the_log;
    SELECT epoch INTO the_epoch FROM broker_logs_1 WHERE log = the_log;
    INSERT INTO broker_entries_1 (log, number, entry) VALUES (the_log, the_number, the_entry);
    IF trim_below > trim_from THEN
        DELETE FROM broker_entries_1
        WHERE log = the_log AND number >= trim_from AND number < least(trim_below, the_number);
    END IF;
    IF cardinality(names) > 0 THEN
        INSERT INTO broker_kept_1 (log, name, content, until_unix_ms)
        SELECT DISTINCT ON (name) the_log, name, content, until_unix_ms
        FROM unnest(names, contents, ends) WITH ORDINALITY AS given (name, content, until_unix_ms, place)
        ORDER BY name, place DESC
        ON CONFLICT (log, name) DO UPDATE
        SET content = excluded.content, until_unix_ms = excluded.until_unix_ms;
    END IF;
    -- Now and then what has ended goes, and of very many values the oldest.
    IF the_number % 256 = 0 THEN
        DELETE FROM broker_claims_1 WHERE log = the_log AND until <= clock_timestamp();
        DELETE FROM broker_kept_1
        WHERE log = the_log AND until_unix_ms <= greatest(
            (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
            (SELECT until_unix_ms FROM broker_kept_1 WHERE log = the_log
             ORDER BY until_unix_ms DESC OFFSET 100000 LIMIT 1)
        );
    END IF;
    PERFORM pg_notify('antiphon_' || md5(current_schema() || '/' || the_log), the_number::text);
END
$$;
