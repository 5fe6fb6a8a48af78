-- purpose: Create the missing partitions of a span.
-- params: since, until
-- returns: made
SELECT create_partitions(%(since)s, %(until)s) AS made
