-- purpose: Resolve an alert by hand.
-- params: id, resolved_by
UPDATE model_alerts SET
    resolved = TRUE,
    resolved_at = now(),
    resolution = 'by hand',
    resolved_by = %(resolved_by)s,
    suppressed = FALSE
WHERE id = %(id)s
