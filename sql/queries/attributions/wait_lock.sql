-- purpose: Take the lock of the attributions' roll-ups until the transaction ends, waiting for the session that has it.
-- returns: locked
SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.driftgauge.attributions', 0)) AS locked
