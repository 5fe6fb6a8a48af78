-- purpose: Start a source where its history is to begin.
-- params: source, history_from, audited_at
INSERT INTO sources (source, history_from, read_to, audited_at)
VALUES (%(source)s, %(history_from)s, %(history_from)s, %(audited_at)s)
ON CONFLICT (source) DO NOTHING
