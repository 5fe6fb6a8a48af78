-- purpose: Take the roll-up lock until the transaction ends, waiting for the session that has it.
-- returns: locked
SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.driftgauge.rollup', 0)) AS locked
