-- purpose: Count the predictions of every model, to hold against what was written and what was exported.
-- returns: predictions
SELECT count(*) AS predictions FROM prediction_logs
