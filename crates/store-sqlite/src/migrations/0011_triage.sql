-- What the team sorts conversations by: teams, labels, priority, until when one is snoozed, who waits, and views that were saved.

CREATE TABLE teams (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL CHECK (name <> ''),
    -- The name in lower case: two teams never share one.
    name_key   TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE team_members (
    team_id  INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    agent_id INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    PRIMARY KEY (team_id, agent_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX team_members_by_agent ON team_members (agent_id);

CREATE TABLE labels (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL CHECK (name <> ''),
    name_key   TEXT NOT NULL UNIQUE,
    color      TEXT NOT NULL CHECK (length(color) = 7),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE views (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id   INTEGER NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    name       TEXT NOT NULL CHECK (name <> ''),
    filter     TEXT NOT NULL CHECK (octet_length(filter) <= 4096 AND json_valid(filter) AND json_type(filter) = 'object'),
    shared     INTEGER NOT NULL CHECK (shared IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX views_by_agent ON views (agent_id);

ALTER TABLE conversations ADD COLUMN team_id INTEGER REFERENCES teams (id);
-- 1 for low to 4 for urgent.
ALTER TABLE conversations ADD COLUMN priority INTEGER CHECK (priority BETWEEN 1 AND 4);
-- Of no account unless the status is 'snoozed'.
ALTER TABLE conversations ADD COLUMN snoozed_until INTEGER;
-- When the oldest message came that the visitor wrote after the team's last one.
ALTER TABLE conversations ADD COLUMN waiting_since INTEGER;

UPDATE conversations SET waiting_since = (
    SELECT m.created_at FROM messages m
    WHERE m.conversation_id = conversations.id AND m.sender_type = 'visitor' AND m.seq > coalesce((
        SELECT e.seq FROM messages e WHERE e.conversation_id = conversations.id AND e.sender_type = 'employee'
        ORDER BY e.seq DESC LIMIT 1
    ), 0)
    ORDER BY m.seq LIMIT 1
) WHERE last_seq > 0;

CREATE TABLE conversation_labels (
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    label_id        INTEGER NOT NULL REFERENCES labels (id) ON DELETE CASCADE,
    PRIMARY KEY (conversation_id, label_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_labels_by_label ON conversation_labels (label_id, conversation_id);

-- Lists walk one of these and look at nothing else until they know which rows they show: so any filter costs as much as the
-- conversations that it passes over, and these are the open ones most of the time. Counts come from the second alone.
CREATE INDEX conversations_list ON conversations
    (last_message_at, id, status, assigned_agent_id, team_id, widget_id, priority, unread_count, waiting_since)
    WHERE last_message_at IS NOT NULL;
CREATE INDEX conversations_list_open ON conversations
    (last_message_at, id, status, assigned_agent_id, team_id, widget_id, priority, unread_count, waiting_since)
    WHERE last_message_at IS NOT NULL AND status <> 'closed';
