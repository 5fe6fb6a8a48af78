-- purpose: Judge a task by another standard from now on; what was fitted by another basis is forgotten.
-- params: task_id, standard, basis
WITH outdated AS (
    DELETE FROM performance_references
    WHERE
        task_id = %(task_id)s
        AND basis <> %(basis)s
)

INSERT INTO performance_marks (task_id, standard)
VALUES (%(task_id)s, %(standard)s)
ON CONFLICT (task_id) DO UPDATE SET standard = excluded.standard, revision = -1
