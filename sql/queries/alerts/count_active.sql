-- purpose: Count the alerts that are not resolved, by model, severity and whether somebody has acknowledged them.
-- returns: model_name, version, environment, severity, acknowledged, alerts
SELECT
    model_name,
    version,
    environment,
    severity,
    acknowledged,
    count(*) AS alerts
FROM model_alerts
WHERE NOT resolved
GROUP BY model_name, version, environment, severity, acknowledged
