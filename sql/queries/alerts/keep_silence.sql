-- purpose: Keep the silence of an alert that ended meanwhile, so that the exporter ends it.
-- params: id, silence_id, silenced_until
UPDATE model_alerts SET
    silence_id = %(silence_id)s,
    silenced_until = %(silenced_until)s
WHERE id = %(id)s
