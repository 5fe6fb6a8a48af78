-- purpose: Tell whether rows older than a moment wait for the roll-up; they must not be dropped before.
-- params: before, job
-- returns: found
SELECT
    exists(
        SELECT
        FROM prediction_logs
        WHERE
            ingest_seq > (
                SELECT ingest_seq FROM watermarks
                WHERE job = %(job)s
            )
            AND "timestamp" < %(before)s
    ) AS found
