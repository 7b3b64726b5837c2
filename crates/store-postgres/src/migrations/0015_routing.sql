-- What happens to conversations by itself: who is given one, and when one is closed.

CREATE TABLE widget_routing (
    widget_id          BIGINT PRIMARY KEY REFERENCES widgets (id) ON DELETE CASCADE,
    assignment         TEXT NOT NULL CHECK (assignment IN ('off', 'round_robin', 'least_busy')),
    assignment_team_id BIGINT REFERENCES teams (id),
    close_after_hours  BIGINT CHECK (close_after_hours BETWEEN 1 AND 8760)
);

CREATE INDEX widget_routing_by_team ON widget_routing (assignment_team_id) WHERE assignment_team_id IS NOT NULL;

ALTER TABLE agents
    -- The agent's own switch.
    ADD COLUMN available BOOLEAN NOT NULL DEFAULT TRUE,
    -- How many open conversations it is given at most; none is what holds for everybody.
    ADD COLUMN capacity BIGINT CHECK (capacity BETWEEN 0 AND 1000),
    -- The revision of the last conversation that it was given by itself: the order of the turns.
    ADD COLUMN last_given_revision BIGINT NOT NULL DEFAULT 0;

ALTER TABLE conversations
    -- Since when it awaits an agent, who is given by itself; NULL for one that awaits none.
    ADD COLUMN awaits_agent_since BIGINT,
    -- Whether an agent gave it to nobody: it awaits none until somebody has had it.
    ADD COLUMN unassigned_by_hand BOOLEAN NOT NULL DEFAULT FALSE,
    -- When it was last reopened, or woke, without a message: silence is counted from then.
    ADD COLUMN reopened_at BIGINT;

CREATE INDEX conversations_awaiting ON conversations (awaits_agent_since, id, widget_id)
    WHERE awaits_agent_since IS NOT NULL AND status IN ('pending', 'active');
-- How many each agent has: those that were closed would have to be passed over.
CREATE INDEX conversations_load ON conversations (assigned_agent_id)
    WHERE assigned_agent_id IS NOT NULL AND status IN ('pending', 'active');
-- Those in which the team spoke last, by how long nothing was said.
CREATE INDEX conversations_silent ON conversations (widget_id, last_message_at)
    WHERE last_message_at IS NOT NULL AND waiting_since IS NULL AND status IN ('pending', 'active');
