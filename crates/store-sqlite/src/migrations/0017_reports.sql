-- What reports are made of. Events of conversations, each written in the transaction of what happened:
-- 'begun'           the first message was posted.
-- 'first_response'  the team's first message after the visitor's first one, which came at `since`; `agent_id` wrote it.
-- 'closed'          it was closed; it had begun, or was reopened the last time, at `since`; `agent_id` looked after it.
-- 'reopened'        it was opened again; `agent_id` looked after it.

CREATE TABLE report_events (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    at              INTEGER NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('begun', 'first_response', 'closed', 'reopened')),
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    agent_id        INTEGER REFERENCES agents (id),
    since           INTEGER CHECK ((since IS NOT NULL) = (kind IN ('first_response', 'closed')))
) STRICT;

CREATE INDEX report_events_by_time ON report_events (at);
CREATE INDEX report_events_by_conversation ON report_events (conversation_id);
CREATE UNIQUE INDEX report_events_first_response ON report_events (conversation_id) WHERE kind = 'first_response';

-- Messages by the quarter of an hour, counted since 1970. No references: 0 is no team and nobody, and what a team did stays done when it
-- is gone. The agent is who sent them, or who looked after the conversation in which they came.
CREATE TABLE message_counts (
    quarter   INTEGER NOT NULL,
    widget_id INTEGER NOT NULL,
    team_id   INTEGER NOT NULL,
    agent_id  INTEGER NOT NULL,
    received  INTEGER NOT NULL CHECK (received >= 0),
    sent      INTEGER NOT NULL CHECK (sent >= 0),
    PRIMARY KEY (quarter, widget_id, team_id, agent_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversations_rated ON conversations (rated_at, id) WHERE rated_at IS NOT NULL;

-- What happened before. When a conversation was closed was not kept: the time of its last message stands for it. Who looked after one then
-- was not kept either: who does now stands for it.

INSERT INTO report_events (at, kind, conversation_id)
SELECT m.created_at, 'begun', m.conversation_id FROM messages m WHERE m.seq = 1 ORDER BY m.conversation_id;

INSERT INTO report_events (at, kind, conversation_id, agent_id, since)
SELECT e.created_at, 'first_response', e.conversation_id, e.sender_agent_id, v.created_at
FROM (SELECT conversation_id, min(seq) AS seq FROM messages WHERE sender_type = 'visitor' GROUP BY conversation_id) f
JOIN messages v ON v.conversation_id = f.conversation_id AND v.seq = f.seq
JOIN messages e ON e.conversation_id = f.conversation_id AND e.seq = (
    SELECT a.seq FROM messages a WHERE a.conversation_id = f.conversation_id AND a.seq > f.seq AND a.sender_type = 'employee'
    ORDER BY a.seq LIMIT 1
);

INSERT INTO report_events (at, kind, conversation_id, agent_id, since)
SELECT c.last_message_at, 'closed', c.id, c.assigned_agent_id, m.created_at
FROM conversations c JOIN messages m ON m.conversation_id = c.id AND m.seq = 1
WHERE c.status = 'closed';

INSERT INTO message_counts (quarter, widget_id, team_id, agent_id, received, sent)
SELECT m.created_at / 900000000, c.widget_id, coalesce(c.team_id, 0),
    coalesce(CASE WHEN m.sender_type = 'visitor' THEN c.assigned_agent_id ELSE m.sender_agent_id END, 0),
    sum(m.sender_type = 'visitor'), sum(m.sender_type = 'employee')
FROM messages m JOIN conversations c ON c.id = m.conversation_id
WHERE m.sender_type IN ('visitor', 'employee')
GROUP BY 1, 2, 3, 4;
