-- Files of messages. The files are kept elsewhere, under random keys; a row names one that is complete.

ALTER TABLE messages ADD COLUMN is_voice INTEGER NOT NULL DEFAULT 0 CHECK (is_voice IN (0, 1));
-- Kept so that reading a message without files looks no further.
ALTER TABLE messages ADD COLUMN n_attachments INTEGER NOT NULL DEFAULT 0 CHECK (n_attachments >= 0);

-- AUTOINCREMENT because an id stands in an address, and must never come back after a row is gone.
CREATE TABLE attachments (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id    INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    -- The visitor who sent it, for the limit by day; NULL for an agent.
    visitor_id    INTEGER REFERENCES visitors (id),
    file_key      TEXT NOT NULL UNIQUE CHECK (length(file_key) = 32),
    name          TEXT NOT NULL CHECK (name <> ''),
    content_type  TEXT NOT NULL,
    size_bytes    INTEGER NOT NULL CHECK (size_bytes > 0),
    width         INTEGER CHECK (width > 0),
    height        INTEGER CHECK (height > 0),
    thumbnail_key TEXT UNIQUE CHECK (length(thumbnail_key) = 32),
    duration_ms   INTEGER CHECK (duration_ms >= 0),
    waveform      BLOB CHECK (length(waveform) = 64),
    created_at    INTEGER NOT NULL,
    -- When the file was looked into; whatever was found out then is in the columns above.
    described_at  INTEGER,
    CHECK ((width IS NULL) = (height IS NULL))
) STRICT;

CREATE INDEX attachments_by_message ON attachments (message_id);
CREATE INDEX attachments_by_visitor ON attachments (visitor_id, created_at) WHERE visitor_id IS NOT NULL;
-- Those that wait to be looked into are few among many.
CREATE INDEX attachments_undescribed ON attachments (id) WHERE described_at IS NULL;
