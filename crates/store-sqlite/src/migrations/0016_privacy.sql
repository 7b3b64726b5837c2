-- How long a website keeps what is over, and why somebody is kept out.

-- None is for ever.
ALTER TABLE widgets ADD COLUMN closed_conversations_days INTEGER CHECK (closed_conversations_days BETWEEN 7 AND 3650);
ALTER TABLE widgets ADD COLUMN visits_days INTEGER CHECK (visits_days BETWEEN 7 AND 3650);

ALTER TABLE blocks ADD COLUMN reason TEXT CHECK (reason <> '');

-- What is over is found by its age: conversations in which nothing was said, and pages that were looked at.
CREATE INDEX conversations_empty ON conversations (widget_id, created_at) WHERE last_message_at IS NULL;
CREATE INDEX page_views_by_time ON page_views (at);
