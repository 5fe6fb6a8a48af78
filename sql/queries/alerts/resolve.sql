-- purpose: Resolve an alert by hand; one that another clock let begin later has lasted no time.
-- params: id, resolved_by
UPDATE model_alerts SET
    resolved = TRUE,
    resolved_at = greatest(now(), triggered_at),
    resolution = 'by hand',
    resolved_by = %(resolved_by)s,
    suppressed = FALSE
WHERE id = %(id)s
