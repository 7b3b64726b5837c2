-- Times are microseconds since 1970 (UTC). Secrets are stored as their SHA-256, passwords as Argon2id.
-- Every table is STRICT. Conversations and messages are AUTOINCREMENT because their ids are public (a channel is named by one)
-- and must never come back after a row is gone.

-- One row per counter. `revision` grows with every change of any conversation.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL CHECK (value >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO counters (name, value) VALUES ('revision', 0);

CREATE TABLE widgets (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    token           TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL CHECK (name <> ''),
    allowed_domains TEXT NOT NULL CHECK (json_valid(allowed_domains) AND json_type(allowed_domains) = 'array'),
    welcome_message TEXT NOT NULL,
    identity_secret TEXT NOT NULL,
    active          INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE agents (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT NOT NULL CHECK (name <> ''),
    email         TEXT NOT NULL UNIQUE,
    role          TEXT NOT NULL CHECK (role IN ('admin', 'agent')),
    password_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE agent_sessions (
    token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
    agent_id   INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX agent_sessions_by_agent ON agent_sessions (agent_id);
CREATE INDEX agent_sessions_by_end ON agent_sessions (expires_at);

CREATE TABLE agent_tokens (
    token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
    agent_id   INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX agent_tokens_by_agent ON agent_tokens (agent_id);

CREATE TABLE setup_tokens (
    token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE visitors (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    widget_id   INTEGER NOT NULL REFERENCES widgets (id),
    name        TEXT,
    email       TEXT,
    phone       TEXT,
    external_id TEXT,
    metadata    TEXT,
    verified    INTEGER NOT NULL CHECK (verified IN (0, 1)),
    created_at  INTEGER NOT NULL,
    CHECK (verified = 0 OR external_id IS NOT NULL)
) STRICT;

-- The same person in every browser. Unverified visitors may claim any id, as often as they like, and are never found by it.
CREATE UNIQUE INDEX visitors_verified ON visitors (widget_id, external_id) WHERE verified = 1;

-- One visitor has one token in each browser it was verified in.
CREATE TABLE visitor_tokens (
    token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
    visitor_id INTEGER NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX visitor_tokens_by_visitor ON visitor_tokens (visitor_id);

CREATE TABLE conversations (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    widget_id         INTEGER NOT NULL REFERENCES widgets (id),
    visitor_id        INTEGER NOT NULL REFERENCES visitors (id),
    status            TEXT NOT NULL CHECK (status IN ('pending', 'active', 'snoozed', 'closed')),
    assigned_agent_id INTEGER REFERENCES agents (id),
    -- The messages are exactly 1 ..= last_seq.
    last_seq          INTEGER NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
    revision          INTEGER NOT NULL CHECK (revision > 0),
    visitor_read_seq  INTEGER NOT NULL DEFAULT 0,
    agent_read_seq    INTEGER NOT NULL DEFAULT 0,
    -- Visitor messages with a seq above agent_read_seq, kept so that a post needs no count.
    unread_count      INTEGER NOT NULL DEFAULT 0 CHECK (unread_count >= 0),
    -- Whether an agent ever posted.
    answered          INTEGER NOT NULL DEFAULT 0 CHECK (answered IN (0, 1)),
    created_at        INTEGER NOT NULL,
    last_message_at   INTEGER,
    CHECK (visitor_read_seq BETWEEN 0 AND last_seq),
    CHECK (agent_read_seq BETWEEN 0 AND last_seq),
    CHECK ((last_seq = 0) = (last_message_at IS NULL))
) STRICT;

CREATE INDEX conversations_by_visitor ON conversations (visitor_id, id);
CREATE INDEX conversations_by_assignee ON conversations (assigned_agent_id) WHERE assigned_agent_id IS NOT NULL;
-- A conversation without a message is not in the inbox; the open ones have an index of their own because they are few among many.
CREATE UNIQUE INDEX conversations_inbox ON conversations (revision) WHERE last_seq > 0;
CREATE INDEX conversations_inbox_open ON conversations (revision) WHERE last_seq > 0 AND status <> 'closed';

CREATE TABLE messages (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    seq             INTEGER NOT NULL CHECK (seq > 0),
    sender_type     TEXT NOT NULL CHECK (sender_type IN ('visitor', 'employee', 'bot', 'system')),
    sender_agent_id INTEGER REFERENCES agents (id),
    sender_name     TEXT,
    body            TEXT NOT NULL,
    client_id       BLOB CHECK (length(client_id) = 16),
    created_at      INTEGER NOT NULL,
    read_at         INTEGER,
    UNIQUE (conversation_id, seq)
) STRICT;

-- A client's id makes its send idempotent: at most one message of the conversation has it.
CREATE UNIQUE INDEX messages_by_client_id ON messages (conversation_id, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX messages_by_agent ON messages (sender_agent_id) WHERE sender_agent_id IS NOT NULL;
