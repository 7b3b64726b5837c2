-- What agents write to each other beside a conversation, whom they mention there, and the answers that they have ready.

-- Those that are not deleted, kept so that a row of the inbox needs no count.
ALTER TABLE conversations ADD COLUMN note_count INTEGER NOT NULL DEFAULT 0 CHECK (note_count >= 0);

CREATE TABLE notes (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    agent_id        INTEGER NOT NULL REFERENCES agents (id),
    body            TEXT NOT NULL,
    -- The newest message when it was written.
    after_seq       INTEGER NOT NULL CHECK (after_seq >= 0),
    created_at      INTEGER NOT NULL,
    edited_at       INTEGER,
    deleted_at      INTEGER,
    CHECK ((deleted_at IS NOT NULL) = (body = ''))
) STRICT;

CREATE INDEX notes_by_conversation ON notes (conversation_id, id);
CREATE INDEX notes_by_agent ON notes (agent_id);

CREATE TABLE mentions (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    note_id  INTEGER NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
    agent_id INTEGER NOT NULL REFERENCES agents (id),
    read_at  INTEGER,
    UNIQUE (note_id, agent_id)
) STRICT;

CREATE INDEX mentions_by_agent ON mentions (agent_id, id);
CREATE INDEX mentions_unread ON mentions (agent_id, id) WHERE read_at IS NULL;

CREATE TABLE canned_replies (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id   INTEGER NOT NULL REFERENCES agents (id),
    shared     INTEGER NOT NULL CHECK (shared IN (0, 1)),
    shortcut   TEXT NOT NULL CHECK (shortcut <> ''),
    title      TEXT NOT NULL CHECK (title <> ''),
    body       TEXT NOT NULL CHECK (body <> ''),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX canned_replies_shared ON canned_replies (shortcut) WHERE shared = 1;
CREATE UNIQUE INDEX canned_replies_own ON canned_replies (agent_id, shortcut) WHERE shared = 0;
CREATE INDEX canned_replies_by_agent ON canned_replies (agent_id);
