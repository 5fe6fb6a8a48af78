-- Models that were ever counted.
SELECT DISTINCT model_name
FROM driftgauge.model_list
ORDER BY model_name
