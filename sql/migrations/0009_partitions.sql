-- Weekly partitions (Monday 00:00 UTC), made ahead and dropped by retention: the exporter's only DDL at run time.
-- Call both with a lock_timeout: they need a moment alone with a default partition or a parent table.

CREATE FUNCTION create_partitions(from_time timestamptz, to_time timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET timezone TO 'UTC'
AS $$
DECLARE
    week CONSTANT interval := '168 hours';
    parent record;
    week_start timestamptz;
    partition_name text;
    created integer := 0;
BEGIN
    IF from_time IS NULL OR to_time IS NULL OR NOT isfinite(from_time) OR NOT isfinite(to_time)
        OR to_time - from_time > interval '3660 days'
    THEN
        RAISE EXCEPTION 'create_partitions: from % to % is not a span of at most ten years', from_time, to_time
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('driftgauge partitions ' || current_schema(), 0));
    FOR parent IN
        SELECT
            c.relname AS name,
            format('%I.%I', current_schema(), c.relname) AS qualified,
            p.partdefid::regclass AS default_partition
        FROM pg_partitioned_table AS p
        INNER JOIN pg_class AS c ON p.partrelid = c.oid
        WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND p.partstrat = 'r'
        ORDER BY c.relname
    LOOP
        week_start := date_trunc('week', from_time);
        WHILE week_start < to_time LOOP
            partition_name := parent.name || to_char(week_start, '_YYYYMMDD');
            IF to_regclass(format('%I.%I', current_schema(), partition_name)) IS NULL THEN
                -- Built apart and attached: writers of other partitions go on meanwhile. Rows that came before
                -- their partition move along, with their ingest_seq, so each is still read once.
                EXECUTE format(
                    'CREATE TABLE %I.%I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)',
                    current_schema(), partition_name, parent.qualified
                );
                EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', parent.default_partition);
                EXECUTE format(
                    'WITH moved AS (DELETE FROM %s WHERE "timestamp" >= %L AND "timestamp" < %L RETURNING *) '
                    'INSERT INTO %I.%I SELECT * FROM moved',
                    parent.default_partition, week_start, week_start + week, current_schema(), partition_name
                );
                EXECUTE format(
                    'ALTER TABLE %s ATTACH PARTITION %I.%I FOR VALUES FROM (%L) TO (%L)',
                    parent.qualified, current_schema(), partition_name, week_start, week_start + week
                );
                created := created + 1;
            END IF;
            week_start := week_start + week;
        END LOOP;
    END LOOP;
    RETURN created;
END
$$;

COMMENT ON FUNCTION create_partitions(timestamptz, timestamptz) IS
'Make the missing weekly partitions of every log table from the week of from_time up to to_time; returns how many.';

CREATE FUNCTION drop_partitions(older_than timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET timezone TO 'UTC'
AS $$
DECLARE
    floor_time timestamptz;
    parent record;
    expired text;
    dropped integer := 0;
BEGIN
    IF older_than IS NULL OR NOT isfinite(older_than) OR older_than > now() THEN
        RAISE EXCEPTION 'drop_partitions: % is not a moment in the past', older_than
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    floor_time := date_trunc('week', older_than);
    PERFORM pg_advisory_xact_lock(hashtextextended('driftgauge partitions ' || current_schema(), 0));
    FOR parent IN
        SELECT
            c.oid,
            c.relname AS name,
            p.partdefid::regclass AS default_partition
        FROM pg_partitioned_table AS p
        INNER JOIN pg_class AS c ON p.partrelid = c.oid
        WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND p.partstrat = 'r'
        ORDER BY c.relname
    LOOP
        -- The end of a partition is read from its bound, whatever its width: FOR VALUES FROM ('…') TO ('…').
        FOR expired IN
            SELECT i.inhrelid::regclass::text
            FROM pg_inherits AS i
            INNER JOIN pg_class AS c ON i.inhrelid = c.oid
            WHERE
                i.inhparent = parent.oid
                AND substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz <= floor_time
            ORDER BY c.relname
        LOOP
            EXECUTE format('DROP TABLE %s', expired);
            dropped := dropped + 1;
        END LOOP;
        EXECUTE format('DELETE FROM %s WHERE "timestamp" < %L', parent.default_partition, floor_time);
    END LOOP;
    UPDATE watermarks SET retention_floor = floor_time WHERE retention_floor < floor_time;
    RETURN dropped;
END
$$;

COMMENT ON FUNCTION drop_partitions(timestamptz) IS
'Drop the partitions of every log table that end by the Monday of older_than, with older strays; returns how many.';

REVOKE EXECUTE ON FUNCTION create_partitions(timestamptz, timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION drop_partitions(timestamptz) FROM PUBLIC;
