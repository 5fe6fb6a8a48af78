-- purpose: Tell whether this role inherits what the exporter's role may do, and may see the queries of other roles.
-- returns: exporter, read_all_stats
SELECT
    coalesce(pg_has_role(to_regrole('driftgauge_exporter'), 'USAGE'), FALSE) AS exporter,
    pg_has_role('pg_read_all_stats', 'USAGE') AS read_all_stats
