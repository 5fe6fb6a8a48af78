-- purpose: Record, in the roll-ups' own transaction, up to when a source is read.
-- params: source, read_to, late_rows
UPDATE sources
SET
    read_to = %(read_to)s,
    late_rows = late_rows + %(late_rows)s,
    revision = revision + 1,
    updated_at = now()
WHERE source = %(source)s
