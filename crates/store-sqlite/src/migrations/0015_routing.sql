-- What happens to conversations by itself: who is given one, and when one is closed.

CREATE TABLE widget_routing (
    widget_id          INTEGER PRIMARY KEY REFERENCES widgets (id) ON DELETE CASCADE,
    assignment         TEXT NOT NULL CHECK (assignment IN ('off', 'round_robin', 'least_busy')),
    assignment_team_id INTEGER REFERENCES teams (id),
    close_after_hours  INTEGER CHECK (close_after_hours BETWEEN 1 AND 8760)
) STRICT;

CREATE INDEX widget_routing_by_team ON widget_routing (assignment_team_id) WHERE assignment_team_id IS NOT NULL;

-- The agent's own switch.
ALTER TABLE agents ADD COLUMN available INTEGER NOT NULL DEFAULT 1 CHECK (available IN (0, 1));
-- How many open conversations it is given at most; none is what holds for everybody.
ALTER TABLE agents ADD COLUMN capacity INTEGER CHECK (capacity BETWEEN 0 AND 1000);
-- The revision of the last conversation that it was given by itself: the order of the turns.
ALTER TABLE agents ADD COLUMN last_given_revision INTEGER NOT NULL DEFAULT 0;

-- Since when it awaits an agent, who is given by itself; NULL for one that awaits none.
ALTER TABLE conversations ADD COLUMN awaits_agent_since INTEGER;
-- Whether an agent gave it to nobody: it awaits none until somebody has had it.
ALTER TABLE conversations ADD COLUMN unassigned_by_hand INTEGER NOT NULL DEFAULT 0 CHECK (unassigned_by_hand IN (0, 1));
-- When it was last reopened, or woke, without a message: silence is counted from then.
ALTER TABLE conversations ADD COLUMN reopened_at INTEGER;

CREATE INDEX conversations_awaiting ON conversations (awaits_agent_since, id, widget_id)
    WHERE awaits_agent_since IS NOT NULL AND status IN ('pending', 'active');
-- How many each agent has: those that were closed would have to be passed over.
CREATE INDEX conversations_load ON conversations (assigned_agent_id)
    WHERE assigned_agent_id IS NOT NULL AND status IN ('pending', 'active');
-- Those in which the team spoke last, by how long nothing was said.
CREATE INDEX conversations_silent ON conversations (widget_id, last_message_at)
    WHERE last_message_at IS NOT NULL AND waiting_since IS NULL AND status IN ('pending', 'active');
