-- Files are looked into by jobs, which are made with their messages. Those that wait get theirs here.

INSERT INTO jobs (queue, kind, payload, run_at, max_attempts, dedupe_key, created_at)
SELECT 'default', 'attachment.describe', json_build_object('attachment_id', id)::text, created_at, 3, 'attachment.describe ' || id, created_at
FROM attachments
WHERE described_at IS NULL
ORDER BY id;

DROP INDEX attachments_undescribed;
