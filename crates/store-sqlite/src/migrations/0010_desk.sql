-- What a team keeps beside messages: notes with mentions, answers that are ready, what became of messages, what is known of visitors, and
-- who is kept out.

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

-- Messages that were edited, deleted, or answer another one.

ALTER TABLE messages ADD COLUMN edited_at INTEGER;
-- What is deleted keeps its place; its text and its files are gone.
ALTER TABLE messages ADD COLUMN deleted_at INTEGER CHECK (deleted_at IS NULL OR body = '');
ALTER TABLE messages ADD COLUMN reply_to_seq INTEGER CHECK (reply_to_seq BETWEEN 1 AND seq - 1);
-- The conversation's revision of the last change; NULL for the many that are as they were posted.
ALTER TABLE messages ADD COLUMN changed_revision INTEGER;

CREATE INDEX messages_changed ON messages (conversation_id, changed_revision) WHERE changed_revision IS NOT NULL;

-- What agents note of it, and the device that it came with last.
ALTER TABLE visitors ADD COLUMN note TEXT;
ALTER TABLE visitors ADD COLUMN browser TEXT;
ALTER TABLE visitors ADD COLUMN location TEXT;

-- The newest so many of each conversation.
CREATE TABLE page_views (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    url             TEXT NOT NULL,
    title           TEXT,
    at              INTEGER NOT NULL
) STRICT;

CREATE INDEX page_views_by_conversation ON page_views (conversation_id, id);

CREATE TABLE blocks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    visitor_id INTEGER UNIQUE REFERENCES visitors (id) ON DELETE CASCADE,
    -- In its canonical form, with the length of the prefix.
    network    TEXT UNIQUE,
    agent_id   INTEGER NOT NULL REFERENCES agents (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    CHECK ((visitor_id IS NULL) <> (network IS NULL))
) STRICT;

CREATE INDEX blocks_by_agent ON blocks (agent_id);
CREATE INDEX blocks_by_end ON blocks (expires_at) WHERE expires_at IS NOT NULL;
