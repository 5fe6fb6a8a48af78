-- purpose: Find the ids that no alert has.
-- params: ids
-- returns: id
SELECT asked.id
FROM unnest(%(ids)s::bigint[]) AS asked (id)
LEFT JOIN model_alerts ON asked.id = model_alerts.id
WHERE model_alerts.id IS NULL
ORDER BY asked.id
