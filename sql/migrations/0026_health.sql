-- How well each model is, from 0 to 1, and what that follows from: a row where it has changed, or an hour has passed.

CREATE TABLE model_health_scores (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name text NOT NULL,
    version text NOT NULL,
    environment text NOT NULL,
    score double precision NOT NULL,
    threshold double precision NOT NULL,
    rule text NOT NULL,
    components jsonb NOT NULL,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT model_health_scores_score_is_a_share CHECK (score BETWEEN 0 AND 1),
    CONSTRAINT model_health_scores_rule_is_known CHECK (rule IN ('components', 'classic'))
);

COMMENT ON COLUMN model_health_scores.components IS
'[{component, value, weight, reason}]; the score is the product of 1 - weight (1 - value) over those with a value';
COMMENT ON COLUMN model_health_scores."timestamp" IS 'when the interval began that it was scored in';

CREATE UNIQUE INDEX model_health_scores_one_an_interval ON model_health_scores (
    model_name, version, environment, "timestamp"
);

CREATE INDEX model_health_scores_recent ON model_health_scores (model_name, "timestamp");

CREATE INDEX model_health_scores_by_time ON model_health_scores ("timestamp");

GRANT SELECT, INSERT, UPDATE, DELETE ON model_health_scores TO driftgauge_exporter;

CREATE VIEW model_health AS
SELECT
    "timestamp",
    model_name,
    version,
    environment,
    score,
    threshold,
    rule
FROM model_health_scores;

CREATE VIEW model_health_components AS
SELECT
    scored."timestamp",
    scored.model_name,
    scored.version,
    scored.environment,
    part.place::integer AS place,
    part.told ->> 'component' AS component,
    (part.told ->> 'value')::double precision AS value,
    (part.told ->> 'weight')::double precision AS weight,
    (part.told ->> 'weight')::double precision * (1 - (part.told ->> 'value')::double precision) AS takes_away,
    part.told ->> 'reason' AS reason
FROM model_health_scores AS scored
CROSS JOIN LATERAL jsonb_array_elements(scored.components) WITH ORDINALITY AS part (told, place);

COMMENT ON COLUMN model_health_components.value IS 'from 0 to 1; NULL where nobody can tell, which takes nothing away';
COMMENT ON COLUMN model_health_components.takes_away IS 'the share of the score that it takes away';

GRANT SELECT ON model_health, model_health_components TO driftgauge_exporter, driftgauge_grafana;
