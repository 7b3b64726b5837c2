-- How far the messages have reached each side's screens. What is read has been delivered.

ALTER TABLE conversations ADD COLUMN visitor_delivered_seq INTEGER NOT NULL DEFAULT 0
    CHECK (visitor_delivered_seq BETWEEN 0 AND last_seq);
ALTER TABLE conversations ADD COLUMN agent_delivered_seq INTEGER NOT NULL DEFAULT 0
    CHECK (agent_delivered_seq BETWEEN 0 AND last_seq);

UPDATE conversations SET visitor_delivered_seq = visitor_read_seq, agent_delivered_seq = agent_read_seq;
