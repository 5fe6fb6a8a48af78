-- purpose: Take the lock on a model's performance until the transaction ends, unless another session has it.
-- params: model_name, version, environment
-- returns: locked
SELECT
    pg_try_advisory_xact_lock(
        hashtextextended(
            current_schema()
            || '.driftgauge.performance.'
            || jsonb_build_array(%(model_name)s::text, %(version)s::text, %(environment)s::text)::text,
            0
        )
    ) AS locked
