-- purpose: Take the lock on the importances of all versions of a model until the transaction ends, unless another session has it.
-- params: model_name, environment
-- returns: locked
SELECT
    pg_try_advisory_xact_lock(
        hashtextextended(
            current_schema()
            || '.driftgauge.importance.'
            || jsonb_build_array(%(model_name)s::text, %(environment)s::text)::text,
            0
        )
    ) AS locked
