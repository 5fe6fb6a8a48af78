-- purpose: Read the database's clock.
-- returns: now
SELECT now() AS now
