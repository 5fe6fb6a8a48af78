-- What services report in plain tables, health checks and importances, goes with the results that follow from it.

-- Importances stay from the oldest comparison of a version on that is kept, and until they are compared.
CREATE FUNCTION delete_reports(older_than timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
    WITH RECURSIVE names AS ( -- the index is entered once for each model, not read
        SELECT min(model_name) AS model_name FROM model_health_checks
        UNION ALL
        SELECT (SELECT min(c.model_name) FROM model_health_checks AS c WHERE c.model_name > names.model_name)
        FROM names
        WHERE names.model_name IS NOT NULL
    ),
    of_checks AS (
        DELETE FROM model_health_checks AS logged
        USING names
        WHERE
            logged.model_name = names.model_name
            AND logged.checked_at < older_than
            AND logged.created_at < older_than
        RETURNING 1
    ),
    kept AS (
        SELECT model_name, version, environment, min("timestamp") AS oldest
        FROM feature_importance_comparisons
        WHERE basis = 'logged'
        GROUP BY model_name, version, environment
    ),
    of_importances AS (
        DELETE FROM feature_importance_history AS logged
        USING kept
        WHERE
            logged.model_name = kept.model_name
            AND logged.version = kept.version
            AND logged.environment = kept.environment
            AND logged."timestamp" < least(kept.oldest, older_than)
            AND logged.created_at < older_than
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM of_checks) + (SELECT count(*) FROM of_importances)
$$;

COMMENT ON FUNCTION delete_reports(timestamptz) IS
'Delete health checks and importances that are older, but for importances that a kept comparison was made from.';

REVOKE EXECUTE ON FUNCTION delete_reports(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION delete_reports(timestamptz) TO driftgauge_exporter;
