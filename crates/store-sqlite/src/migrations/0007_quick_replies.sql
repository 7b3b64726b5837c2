-- Answers that a message offers: [["text", "value" or null, "url" or null]]. NULL for the many that offer none.

ALTER TABLE messages ADD COLUMN quick_replies TEXT
    CHECK (json_valid(quick_replies) AND json_type(quick_replies) = 'array');
