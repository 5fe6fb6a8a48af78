-- purpose: Read how far a source is read, and before which day roll-ups are kept as whole days.
-- params: source, profile_buckets_kept
-- returns: history_from, read_to, audited_at, revision, late_rows, compacted_before
SELECT
    state.history_from,
    state.read_to,
    state.audited_at,
    state.revision,
    state.late_rows,
    coalesce(
        (
            SELECT mark.compacted_before FROM watermarks AS mark
            WHERE mark.job = 'rollup'
        ),
        date_trunc('day', now() - %(profile_buckets_kept)s::interval, 'UTC')
    ) AS compacted_before
FROM sources AS state
WHERE state.source = %(source)s
