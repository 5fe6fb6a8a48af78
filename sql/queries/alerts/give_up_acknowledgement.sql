-- purpose: Note that whoever began an acknowledgement does not know what became of it.
-- params: alert_id, acknowledged_by, silenced_until
UPDATE alert_acknowledgements SET begun_at = '-infinity'
WHERE
    alert_id = %(alert_id)s
    AND acknowledged_by = %(acknowledged_by)s
    AND silenced_until = %(silenced_until)s
