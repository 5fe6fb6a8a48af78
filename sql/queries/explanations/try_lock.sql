-- purpose: Take the lock on what was judged of a model's explanations until the transaction ends, unless another session has it.
-- params: model_name, version, environment, explanation_type
-- returns: locked
SELECT
    pg_try_advisory_xact_lock(
        hashtextextended(
            current_schema()
            || '.driftgauge.explanations.'
            || jsonb_build_array(
                %(model_name)s::text, %(version)s::text, %(environment)s::text, %(explanation_type)s::text
            )::text,
            0
        )
    ) AS locked
