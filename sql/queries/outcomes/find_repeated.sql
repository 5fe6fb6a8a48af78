-- purpose: Find the predictions of a final range of outcomes that have several up to its end, as the text of an array.
-- params: low, high
-- returns: prediction_ids
SELECT coalesce(array_agg(prediction_id), '{}')::text AS prediction_ids
FROM (
    SELECT outcome.prediction_id
    FROM usable_outcomes AS outcome
    WHERE
        outcome.ingest_seq > %(low)s
        AND outcome.ingest_seq <= %(high)s
        AND EXISTS (
            SELECT FROM usable_outcomes AS other
            WHERE
                other.prediction_id = outcome.prediction_id
                AND other.ingest_seq > %(low)s
                AND other.ingest_seq <= %(high)s
                AND (other.id, other."timestamp") <> (outcome.id, outcome."timestamp")
        )
    UNION
    SELECT former.prediction_id
    FROM usable_outcomes AS former
    WHERE
        %(low)s > 0
        AND former.ingest_seq <= %(low)s
        AND former.prediction_id IN (
            SELECT prediction_id FROM usable_outcomes
            WHERE
                ingest_seq > %(low)s
                AND ingest_seq <= %(high)s
        )
) AS repeated
