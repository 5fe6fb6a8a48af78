-- purpose: Delete the detectors of a task but for those that still follow it.
-- params: task_id, kept
DELETE FROM concept_detectors
WHERE
    task_id = %(task_id)s
    AND detector <> all(%(kept)s::text[])
