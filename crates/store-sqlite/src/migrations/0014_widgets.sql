-- Widgets as the inbox administers them: tokens and secrets that were replaced are taken for a while, and the hosts of the pages
-- that asked for a widget are known.

ALTER TABLE widgets ADD COLUMN previous_token TEXT;
ALTER TABLE widgets ADD COLUMN previous_token_ends_at INTEGER
    CHECK ((previous_token IS NULL) = (previous_token_ends_at IS NULL));
-- As it is: signatures are checked with it.
ALTER TABLE widgets ADD COLUMN previous_identity_secret TEXT;
ALTER TABLE widgets ADD COLUMN previous_identity_secret_ends_at INTEGER
    CHECK ((previous_identity_secret IS NULL) = (previous_identity_secret_ends_at IS NULL));

CREATE UNIQUE INDEX widgets_by_previous_token ON widgets (previous_token) WHERE previous_token IS NOT NULL;

CREATE TABLE widget_sightings (
    widget_id     INTEGER NOT NULL REFERENCES widgets (id) ON DELETE CASCADE,
    host          TEXT NOT NULL CHECK (host <> ''),
    -- Whether the page had its answer the last time, or was refused.
    answered      INTEGER NOT NULL CHECK (answered IN (0, 1)),
    first_seen_at INTEGER NOT NULL,
    last_seen_at  INTEGER NOT NULL CHECK (last_seen_at >= first_seen_at),
    PRIMARY KEY (widget_id, host)
) STRICT, WITHOUT ROWID;
