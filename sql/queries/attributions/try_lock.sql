-- purpose: Take the lock of the attributions' roll-ups until the transaction ends, unless another session has it.
-- returns: locked
SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.driftgauge.attributions', 0)) AS locked
