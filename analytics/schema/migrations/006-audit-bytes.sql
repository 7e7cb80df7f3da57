-- The audit of the sink counts bytes now, which is what was meant.

ALTER TABLE sbench.ingest_log RENAME COLUMN IF EXISTS characters TO bytes;

ALTER TABLE sbench.ingest_log COMMENT COLUMN bytes 'of JSON sent to the engine';
