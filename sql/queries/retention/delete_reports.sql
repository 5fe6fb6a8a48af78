-- purpose: Delete old health checks of services, and importances that no kept comparison was made from.
-- params: before
-- returns: deleted
SELECT delete_reports(%(before)s) AS deleted
