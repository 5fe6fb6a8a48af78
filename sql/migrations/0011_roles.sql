-- Three roles by least privilege. They belong to the cluster, the grants to this schema.
-- They cannot log in until an administrator says so: see sql/README.md.

-- Another database of the cluster may be migrating at this moment: losing a race for a shared catalog row is no fault.
DO $$
DECLARE
    wanted text;
    statement text;
    attempts integer;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['driftgauge_writer', 'driftgauge_exporter', 'driftgauge_grafana'] LOOP
        IF to_regrole(wanted) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN
                    NULL;
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION 'role % is missing and % may not create roles', wanted, current_user
                        USING
                            ERRCODE = 'insufficient_privilege',
                            HINT = 'CREATE ROLE driftgauge_writer NOLOGIN; CREATE ROLE driftgauge_exporter NOLOGIN; '
                                'CREATE ROLE driftgauge_grafana NOLOGIN;';
            END;
        END IF;
    END LOOP;

    FOREACH statement IN ARRAY ARRAY[
        -- lets the exporter name the query that holds up the roll-up
        'GRANT pg_read_all_stats TO driftgauge_exporter',
        'ALTER ROLE driftgauge_grafana SET default_transaction_read_only = on',
        'ALTER ROLE driftgauge_grafana SET statement_timeout = ''15s'''
    ] LOOP
        attempts := 0;
        LOOP
            BEGIN
                attempts := attempts + 1;
                EXECUTE statement;
                EXIT;
            EXCEPTION
                WHEN insufficient_privilege THEN
                    RAISE NOTICE 'left to an administrator: %;', statement;
                    EXIT;
                WHEN duplicate_object OR unique_violation OR internal_error THEN
                    IF attempts >= 5 THEN
                        RAISE;
                    END IF;
                    PERFORM pg_sleep(0.1);
            END;
        END LOOP;
    END LOOP;

    EXECUTE format(
        'GRANT USAGE ON SCHEMA %I TO driftgauge_writer, driftgauge_exporter, driftgauge_grafana', current_schema()
    );
END
$$;

-- Services: write the logs, read nothing, and never choose an ingest_seq.
GRANT USAGE ON SEQUENCE prediction_logs_ingest_seq, prediction_outcomes_ingest_seq TO driftgauge_writer;
GRANT INSERT (
    id, model_name, version, environment, user_id, segment, input_data_hash, features, prediction_result,
    predicted_label, predicted_value, predicted_score, confidence, latency_ms, status, "timestamp"
) ON prediction_logs TO driftgauge_writer;
GRANT INSERT (id, prediction_id, label, value, "timestamp", created_at) ON prediction_outcomes TO driftgauge_writer;
GRANT INSERT ON
model_metrics,
model_health_checks,
shap_values,
lime_explanations,
explanation_metadata,
feature_importance_history
TO driftgauge_writer;

-- The exporter: reads everything, writes what it derives.
GRANT SELECT ON SEQUENCE prediction_logs_ingest_seq, prediction_outcomes_ingest_seq TO driftgauge_exporter;
GRANT SELECT ON
schema_version,
prediction_logs,
prediction_outcomes,
model_metrics,
model_health_checks,
shap_values,
lime_explanations,
explanation_metadata,
feature_importance_history
TO driftgauge_exporter;
GRANT SELECT, INSERT, UPDATE, DELETE ON
reference_profiles,
reference_buckets,
profile_rollups,
traffic_rollups,
traffic_totals,
watermarks,
data_drift_results,
drift_alerts,
model_performance_history,
concept_drift_results,
feature_importance_drift,
explainability_drift_results,
model_alerts,
alert_rules
TO driftgauge_exporter;
GRANT SELECT ON
model_traffic, drift_results, drift_alerts_open, model_alerts_open, reference_list
TO driftgauge_exporter, driftgauge_grafana;
GRANT EXECUTE ON FUNCTION create_partitions(timestamptz, timestamptz) TO driftgauge_exporter;
GRANT EXECUTE ON FUNCTION drop_partitions(timestamptz) TO driftgauge_exporter;
