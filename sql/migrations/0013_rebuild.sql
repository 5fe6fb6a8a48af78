-- A rebuild recounts the retained rows. Rows before the retention floor that were counted into buckets which stay must
-- not be counted again; those that arrive later must be.

ALTER TABLE watermarks ADD COLUMN rebuilt_to bigint NOT NULL DEFAULT 0;

COMMENT ON COLUMN watermarks.rebuilt_to IS
'rows numbered up to this one were counted before a rebuild: of them, those before retention_floor are passed over';
