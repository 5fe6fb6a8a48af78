-- purpose: Keep that rules were evaluated now, until when that is fresh, and the last of them where there were too many.
-- params: fresh, evaluated_to
INSERT INTO alert_rule_runs AS known (evaluated_at, fresh_until, evaluated_to)
VALUES (now(), now() + %(fresh)s::interval, %(evaluated_to)s)
ON CONFLICT (id)
DO UPDATE
    SET
        evaluated_at = excluded.evaluated_at,
        fresh_until = excluded.fresh_until,
        evaluated_to = excluded.evaluated_to
    WHERE known.evaluated_at <= excluded.evaluated_at
