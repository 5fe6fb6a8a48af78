-- purpose: Drop the partitions that end before a moment, and raise the retention floor.
-- params: before
-- returns: dropped
SELECT drop_partitions(%(before)s) AS dropped
