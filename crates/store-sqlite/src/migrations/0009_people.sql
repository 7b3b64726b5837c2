-- The team: a role that only reads, agents who have left, sessions and tokens that can be listed, invitations, two-factor
-- authentication, and the log of what was administered.

CREATE TABLE agents_new (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    name              TEXT NOT NULL CHECK (name <> ''),
    email             TEXT NOT NULL UNIQUE,
    role              TEXT NOT NULL CHECK (role IN ('admin', 'agent', 'viewer')),
    password_hash     TEXT NOT NULL,
    created_at        INTEGER NOT NULL,
    -- An agent who has left stays, for the messages that name it, and cannot log in.
    deactivated_at    INTEGER,
    -- Of the inbox; none is that of the browser.
    language          TEXT,
    -- The key of RFC 6238, from when it was confirmed by a code.
    two_factor_secret BLOB CHECK (length(two_factor_secret) = 20),
    -- The time step of the last code that was taken: none is taken twice.
    two_factor_step   INTEGER
) STRICT;

INSERT INTO agents_new (id, name, email, role, password_hash, created_at)
SELECT id, name, email, role, password_hash, created_at FROM agents;
DROP TABLE agents;
ALTER TABLE agents_new RENAME TO agents;

CREATE TABLE agent_sessions_new (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash   BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    agent_id     INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    -- Where it began, and by which browser.
    address      TEXT,
    user_agent   TEXT,
    -- To within some minutes.
    last_used_at INTEGER
) STRICT;

INSERT INTO agent_sessions_new (token_hash, agent_id, created_at, expires_at)
SELECT token_hash, agent_id, created_at, expires_at FROM agent_sessions ORDER BY created_at;
DROP TABLE agent_sessions;
ALTER TABLE agent_sessions_new RENAME TO agent_sessions;
CREATE INDEX agent_sessions_by_agent ON agent_sessions (agent_id);
CREATE INDEX agent_sessions_by_end ON agent_sessions (expires_at);

CREATE TABLE agent_tokens_new (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash   BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    agent_id     INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    created_at   INTEGER NOT NULL,
    name         TEXT NOT NULL DEFAULT '',
    -- Names with spaces between.
    scopes       TEXT NOT NULL DEFAULT 'read answer admin',
    expires_at   INTEGER,
    -- To within some minutes.
    last_used_at INTEGER
) STRICT;

INSERT INTO agent_tokens_new (token_hash, agent_id, created_at)
SELECT token_hash, agent_id, created_at FROM agent_tokens ORDER BY created_at;
DROP TABLE agent_tokens;
ALTER TABLE agent_tokens_new RENAME TO agent_tokens;
CREATE INDEX agent_tokens_by_agent ON agent_tokens (agent_id);

-- One for each address: a new one takes the place of the old.
CREATE TABLE invitations (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    email      TEXT NOT NULL UNIQUE,
    name       TEXT,
    role       TEXT NOT NULL CHECK (role IN ('admin', 'agent', 'viewer')),
    invited_by INTEGER REFERENCES agents (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX invitations_by_agent ON invitations (invited_by);

CREATE TABLE password_resets (
    agent_id   INTEGER PRIMARY KEY REFERENCES agents (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- Each is good for one login, and gone then.
CREATE TABLE recovery_codes (
    code_hash BLOB PRIMARY KEY CHECK (length(code_hash) = 32),
    agent_id  INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX recovery_codes_by_agent ON recovery_codes (agent_id);

-- What holds for the whole team, by name; JSON.
CREATE TABLE account_settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    at           INTEGER NOT NULL,
    agent_id     INTEGER REFERENCES agents (id),
    -- As it was.
    agent_name   TEXT NOT NULL,
    action       TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id   INTEGER,
    details      TEXT CHECK (json_valid(details) AND json_type(details) = 'object'),
    address      TEXT
) STRICT;

CREATE INDEX audit_log_by_time ON audit_log (at);
