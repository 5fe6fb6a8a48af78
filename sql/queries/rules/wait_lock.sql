-- purpose: Take the lock of the alerts that given metrics of a model raise until the transaction ends, waiting for who has it.
-- params: model_name, version, environment
-- returns: locked
SELECT
    pg_advisory_xact_lock(
        hashtextextended(
            jsonb_build_array(
                current_schema(), 'driftgauge.rules', %(model_name)s::text, %(version)s::text, %(environment)s::text
            )::text,
            0
        )
    ) AS locked
