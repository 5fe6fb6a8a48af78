-- A judgement replaces the rows of its window: found by the window's end, not by reading all that a model ever got.

DROP INDEX data_drift_results_one_live;

CREATE UNIQUE INDEX data_drift_results_one_live ON data_drift_results (
    model_name, version, environment, window_end, feature_name, statistical_test
) WHERE replay_id IS NULL;
