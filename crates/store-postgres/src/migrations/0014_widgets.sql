-- Widgets as the inbox administers them: tokens and secrets that were replaced are taken for a while, and the hosts of the pages
-- that asked for a widget are known.

ALTER TABLE widgets
    ADD COLUMN previous_token TEXT,
    ADD COLUMN previous_token_ends_at BIGINT,
    -- As it is: signatures are checked with it.
    ADD COLUMN previous_identity_secret TEXT,
    ADD COLUMN previous_identity_secret_ends_at BIGINT,
    ADD CHECK ((previous_token IS NULL) = (previous_token_ends_at IS NULL)),
    ADD CHECK ((previous_identity_secret IS NULL) = (previous_identity_secret_ends_at IS NULL));

CREATE UNIQUE INDEX widgets_by_previous_token ON widgets (previous_token) WHERE previous_token IS NOT NULL;

CREATE TABLE widget_sightings (
    widget_id     BIGINT NOT NULL REFERENCES widgets (id) ON DELETE CASCADE,
    host          TEXT NOT NULL CHECK (host <> ''),
    -- Whether the page had its answer the last time, or was refused.
    answered      BOOLEAN NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at  BIGINT NOT NULL CHECK (last_seen_at >= first_seen_at),
    PRIMARY KEY (widget_id, host)
);
