-- purpose: Note that somebody is about to acknowledge an alert, unless somebody else is.
-- params: alert_id, acknowledged_by, span
-- returns: alert_id, acknowledged_by, silenced_until
INSERT INTO alert_acknowledgements (alert_id, acknowledged_by, silenced_until)
VALUES (%(alert_id)s, %(acknowledged_by)s, date_trunc('milliseconds', now() + %(span)s::interval))
ON CONFLICT (alert_id) DO NOTHING
RETURNING alert_id, acknowledged_by, silenced_until
