-- Weekly partitions (Monday 00:00 UTC), made ahead and dropped by retention: the exporter's only DDL at run time.

-- Take tables for oneself, giving way to all others: no service waits longer than the few tries of 100 ms at a time,
-- and none is picked as a deadlock's victim, because every wait here ends before deadlock_timeout.
CREATE FUNCTION lock_alone(tables regclass[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT SET lock_timeout TO '100ms'
AS $$
BEGIN
    FOR attempt IN 1..10 LOOP
        BEGIN
            EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', array_to_string(tables, ', ONLY '));
            RETURN;
        EXCEPTION
            WHEN lock_not_available THEN
                PERFORM pg_sleep(0.05 * attempt);
        END;
    END LOOP;
    RAISE EXCEPTION 'a long transaction on the log tables keeps their partitions as they are'
        USING ERRCODE = 'lock_not_available';
END
$$;

-- The weekly partitions of every log table in a span, whether they exist yet or not.
CREATE FUNCTION weekly_partitions(from_time timestamptz, to_time timestamptz)
RETURNS TABLE (parent regclass, default_partition regclass, name text, lower_bound timestamptz, upper_bound timestamptz)
LANGUAGE sql STABLE
SET search_path FROM CURRENT SET timezone TO 'UTC'
AS $$
    SELECT
        p.partrelid::regclass,
        p.partdefid::regclass,
        format('%I.%I', current_schema(), c.relname || to_char(w.monday, '_YYYYMMDD')),
        w.monday,
        w.monday + interval '168 hours'
    FROM pg_partitioned_table AS p
    INNER JOIN pg_class AS c ON p.partrelid = c.oid
    CROSS JOIN generate_series(date_trunc('week', from_time), to_time, interval '168 hours') AS w (monday)
    WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND w.monday < to_time
    ORDER BY c.relname, w.monday
$$;

CREATE FUNCTION create_partitions(from_time timestamptz, to_time timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET timezone TO 'UTC'
AS $$
DECLARE
    missing record;
    wanted text[];
    created integer := 0;
BEGIN
    IF NOT coalesce(isfinite(from_time) AND isfinite(to_time) AND to_time - from_time <= interval '3660 days', FALSE) THEN
        RAISE EXCEPTION 'create_partitions: from % to % is not a span of at most ten years', from_time, to_time
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('driftgauge partitions ' || current_schema(), 0));
    SELECT array_agg(w.name) INTO wanted
    FROM weekly_partitions(from_time, to_time) AS w
    WHERE to_regclass(w.name) IS NULL;
    IF wanted IS NULL THEN
        RETURN 0;
    END IF;
    -- Alone on the parents, although ATTACH asks for less: a reader that has planned without the new partition would
    -- miss the rows that move into it, and a writer that has routed to the default one would be refused.
    PERFORM lock_alone(
        (
            SELECT array_agg(DISTINCT t.locked)
            FROM weekly_partitions(from_time, to_time) AS w, unnest(ARRAY[w.parent, w.default_partition]) AS t (locked)
            WHERE w.name = ANY(wanted)
        )
    );
    FOR missing IN SELECT * FROM weekly_partitions(from_time, to_time) AS w WHERE w.name = ANY(wanted) LOOP
        EXECUTE format(
            'CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)',
            missing.name, missing.parent
        );
        -- Rows that came before their partition move along, with their ingest_seq, so each is still read once.
        EXECUTE format(
            'WITH moved AS (DELETE FROM %s WHERE "timestamp" >= %L AND "timestamp" < %L RETURNING *) '
            'INSERT INTO %s SELECT * FROM moved',
            missing.default_partition, missing.lower_bound, missing.upper_bound, missing.name
        );
        EXECUTE format(
            'ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
            missing.parent, missing.name, missing.lower_bound, missing.upper_bound
        );
        created := created + 1;
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
    expired regclass[];
    counted bigint;
    last_seq bigint;
    part regclass;
    stray regclass;
    only_counted text;
BEGIN
    IF NOT coalesce(isfinite(older_than) AND older_than <= now(), FALSE) THEN
        RAISE EXCEPTION 'drop_partitions: % is not a moment in the past', older_than
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    floor_time := date_trunc('week', older_than);
    PERFORM pg_advisory_xact_lock(hashtextextended('driftgauge partitions ' || current_schema(), 0));
    -- A partition's end is read from its bound, whatever its width: FOR VALUES FROM ('...') TO ('...')
    SELECT array_agg(i.inhrelid::regclass ORDER BY c.relname) INTO expired
    FROM pg_inherits AS i
    INNER JOIN pg_partitioned_table AS p ON i.inhparent = p.partrelid
    INNER JOIN pg_class AS c ON i.inhrelid = c.oid
    WHERE
        c.relnamespace = quote_ident(current_schema())::regnamespace
        AND c.relkind = 'r'
        AND substring(pg_get_expr(c.relpartbound, c.oid) FROM $re$TO \('([^']+)'\)$re$)::timestamptz <= floor_time;
    IF expired IS NOT NULL THEN
        PERFORM lock_alone(
            (SELECT array_agg(DISTINCT i.inhparent::regclass) FROM pg_inherits AS i WHERE i.inhrelid = ANY(expired))
            || expired
        );
    END IF;
    -- Only now: what writers committed while the locks were waited for is seen, and nobody adds to it.
    counted := coalesce((SELECT w.ingest_seq FROM watermarks AS w WHERE w.job = 'rollup'), 0);
    FOR part IN
        SELECT i.inhrelid::regclass
        FROM pg_inherits AS i
        WHERE i.inhparent = 'prediction_logs'::regclass AND i.inhrelid = ANY(expired)
    LOOP
        EXECUTE format('SELECT max(ingest_seq) FROM %s', part) INTO last_seq; -- one look into its index
        IF last_seq > counted THEN
            RAISE EXCEPTION 'rows before % are not rolled up yet: their partitions stay until they are', floor_time
                USING ERRCODE = 'lock_not_available';
        END IF;
    END LOOP;
    IF expired IS NOT NULL THEN
        EXECUTE format('DROP TABLE %s', array_to_string(expired, ', '));
    END IF;
    FOR stray, only_counted IN
        SELECT
            p.partdefid::regclass,
            CASE WHEN p.partrelid = 'prediction_logs'::regclass THEN format(' AND ingest_seq <= %s', counted) ELSE '' END
        FROM pg_partitioned_table AS p
        INNER JOIN pg_class AS c ON p.partrelid = c.oid
        WHERE c.relnamespace = quote_ident(current_schema())::regnamespace
        ORDER BY c.relname
    LOOP
        EXECUTE format('DELETE FROM %s WHERE "timestamp" < %L', stray, floor_time) || only_counted;
    END LOOP;
    UPDATE watermarks SET retention_floor = floor_time WHERE retention_floor < floor_time;
    RETURN coalesce(cardinality(expired), 0);
END
$$;

COMMENT ON FUNCTION drop_partitions(timestamptz) IS
'Drop the partitions of every log table that end by the Monday of older_than, with older strays; returns how many. '
'Fails with 55P03 while one of them holds predictions that are not rolled up yet.';

REVOKE EXECUTE ON FUNCTION lock_alone(regclass[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION weekly_partitions(timestamptz, timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION create_partitions(timestamptz, timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION drop_partitions(timestamptz) FROM PUBLIC;
