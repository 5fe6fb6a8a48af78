-- purpose: Let a source give up the models that it cannot have any more; a name that is NULL comes from a column.
-- params: source, model_name, version, environment
DELETE FROM source_models
WHERE
    source = %(source)s
    AND (
        model_name <> %(model_name)s::text
        OR version <> %(version)s::text
        OR environment <> %(environment)s::text
    )
