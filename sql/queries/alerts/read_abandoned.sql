-- purpose: Read the acknowledgements that somebody began longer ago than one takes, or gave up.
-- params: after, ids
-- returns: alert_id, acknowledged_by, silenced_until
SELECT
    alert_id,
    acknowledged_by,
    silenced_until
FROM alert_acknowledgements
WHERE
    begun_at < now() - %(after)s::interval
    AND (%(ids)s::bigint[] IS NULL OR alert_id = any(%(ids)s::bigint[]))
ORDER BY alert_id
