-- purpose: Record that a source's closed buckets were recounted at a moment of its clock.
-- params: source, audited_at
UPDATE sources
SET audited_at = %(audited_at)s
WHERE source = %(source)s
