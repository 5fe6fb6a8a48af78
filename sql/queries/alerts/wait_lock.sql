-- purpose: Take the lock of what Alertmanager tells until the transaction ends, waiting for the session that has it.
-- returns: locked
SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.driftgauge.alerts', 0)) AS locked
