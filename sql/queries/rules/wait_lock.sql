-- purpose: Take the lock of the alerts that given metrics raise until the transaction ends, waiting for who has it.
-- returns: locked
SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.driftgauge.rules', 0)) AS locked
