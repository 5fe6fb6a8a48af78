-- purpose: Note that an acknowledgement is no longer under way.
-- params: alert_id, acknowledged_by, silenced_until
DELETE FROM alert_acknowledgements
WHERE
    alert_id = %(alert_id)s
    AND acknowledged_by = %(acknowledged_by)s
    AND silenced_until = %(silenced_until)s
