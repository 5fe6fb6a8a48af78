-- purpose: Hold a source's row until the transaction ends, and tell whether others have written since.
-- params: source
-- returns: revision
SELECT revision
FROM sources
WHERE source = %(source)s
FOR UPDATE
