-- purpose: Keep that an alert's silence has gone, or that another has taken its place, unless somebody was faster.
-- params: id, silence_id, replacement, silenced_until
UPDATE model_alerts SET
    silence_id = %(replacement)s,
    silenced_until = least(silenced_until, %(silenced_until)s::timestamptz)
WHERE
    id = %(id)s
    AND silence_id = %(silence_id)s
    AND (%(replacement)s::text IS NULL OR NOT resolved)
