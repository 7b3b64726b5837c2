-- Browsers that are told of messages by their push services, and which agents are looking.

CREATE TABLE push_subscriptions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id     INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    -- A browser has one of each, and they end together, however the session ends.
    session_id   INTEGER NOT NULL UNIQUE REFERENCES agent_sessions (id) ON DELETE CASCADE,
    endpoint     TEXT NOT NULL UNIQUE CHECK (endpoint <> ''),
    public_key   BLOB NOT NULL CHECK (length(public_key) = 65),
    auth         BLOB NOT NULL CHECK (length(auth) = 16),
    notify_of    TEXT NOT NULL CHECK (notify_of IN ('all', 'mine', 'mentions', 'none')),
    with_text    INTEGER NOT NULL CHECK (with_text IN (0, 1)),
    created_at   INTEGER NOT NULL,
    delivered_at INTEGER,
    -- Why the push service did not take the newest message.
    error        TEXT
) STRICT;

CREATE INDEX push_subscriptions_by_agent ON push_subscriptions (agent_id, id);

-- Until when the agent is taken to be looking at an inbox of this session.
ALTER TABLE agent_sessions ADD COLUMN looking_until INTEGER;
