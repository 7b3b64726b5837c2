-- What visitors have besides messages: settings of their widget, ratings, and how their conversations began.

-- The members of the settings that are not as they are by default.
ALTER TABLE widgets ADD COLUMN settings TEXT NOT NULL DEFAULT '{}' CHECK (json_typeof(settings::json) = 'object');

ALTER TABLE conversations ADD COLUMN rating_score BIGINT CHECK (rating_score BETWEEN 1 AND 5);
ALTER TABLE conversations ADD COLUMN rating_comment TEXT CHECK (rating_comment IS NULL OR rating_score IS NOT NULL);
ALTER TABLE conversations ADD COLUMN rated_at BIGINT CHECK ((rated_at IS NULL) = (rating_score IS NULL));

-- Apart from the conversations, which are read with every message: this is read when an agent looks at one.
CREATE TABLE conversation_details (
    conversation_id BIGINT PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
    -- [{"name", "label", "value"}], in the order of the form.
    answers         TEXT NOT NULL CHECK (json_typeof(answers::json) = 'array'),
    consent_at      BIGINT,
    page_url        TEXT,
    page_title      TEXT,
    referrer        TEXT,
    locale          TEXT,
    time_zone       TEXT
);

-- A visitor's oldest tokens are forgotten when there are too many.
DROP INDEX visitor_tokens_by_visitor;
CREATE INDEX visitor_tokens_by_visitor ON visitor_tokens (visitor_id, created_at);
