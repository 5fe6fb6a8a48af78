-- purpose: Take the lock of the outcomes' cohorts until the transaction ends, unless another session has it.
-- returns: locked
SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.driftgauge.outcomes', 0)) AS locked
