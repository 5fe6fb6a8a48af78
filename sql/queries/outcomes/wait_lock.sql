-- purpose: Take the lock of the outcomes' cohorts until the transaction ends, waiting for the session that has it.
-- returns: locked
SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.driftgauge.outcomes', 0)) AS locked
