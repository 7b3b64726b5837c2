-- What waits or runs, in the order in which it was made: whole lanes are claimed so.

CREATE INDEX jobs_live ON jobs (id) WHERE died_at IS NULL;
