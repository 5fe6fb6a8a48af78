-- purpose: Tell whether rows older than a moment wait for the roll-up; they must not be dropped before.
-- params: before, job
-- returns: found
SELECT
    coalesce(
        (
            SELECT TRUE
            FROM prediction_logs
            WHERE
                ingest_seq > coalesce(
                    (
                        SELECT ingest_seq FROM watermarks
                        WHERE job = %(job)s
                    ), 0
                )
                AND "timestamp" < %(before)s
            ORDER BY ingest_seq DESC -- by index, though the planner cannot know how few rows wait
            LIMIT 1
        ),
        FALSE
    ) AS found
