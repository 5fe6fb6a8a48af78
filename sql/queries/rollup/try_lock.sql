-- purpose: Take the roll-up lock until the transaction ends, unless another session has it.
-- returns: locked
SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.driftgauge.rollup', 0)) AS locked
