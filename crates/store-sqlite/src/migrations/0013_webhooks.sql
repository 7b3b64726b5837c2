-- Webhooks of the account, and the log of what they were told.

CREATE TABLE webhooks (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    url           TEXT NOT NULL CHECK (url <> ''),
    events        TEXT NOT NULL CHECK (json_valid(events) AND json_type(events) = 'array'),
    -- None is all.
    widget_ids    TEXT NOT NULL CHECK (json_valid(widget_ids) AND json_type(widget_ids) = 'array'),
    active        INTEGER NOT NULL CHECK (active IN (0, 1)),
    -- As it is: requests are signed with it.
    secret        TEXT NOT NULL CHECK (secret <> ''),
    created_at    INTEGER NOT NULL,
    failing_since INTEGER,
    -- Why the server switched it off.
    disabled      TEXT CHECK (disabled IS NULL OR (disabled IN ('failing', 'crowded') AND active = 0))
) STRICT;

CREATE TABLE webhook_deliveries (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id   INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id     TEXT NOT NULL,
    event        TEXT NOT NULL,
    body         TEXT NOT NULL CHECK (json_valid(body)),
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'retrying', 'delivered', 'failed')),
    attempts     INTEGER NOT NULL CHECK (attempts >= 0),
    status       INTEGER,
    error        TEXT,
    duration_ms  INTEGER NOT NULL CHECK (duration_ms >= 0),
    response     TEXT,
    created_at   INTEGER NOT NULL,
    attempted_at INTEGER,
    -- No reference: the log forgets.
    replay_of    INTEGER
) STRICT;

CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id);
CREATE UNIQUE INDEX webhook_deliveries_by_event ON webhook_deliveries (webhook_id, event_id) WHERE replay_of IS NULL;
