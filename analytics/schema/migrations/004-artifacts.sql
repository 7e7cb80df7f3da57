-- What is kept of attempts beside their trajectories; the files themselves are at the coordinator.

ALTER TABLE sbench.attempts
    ADD COLUMN IF NOT EXISTS artifacts Array(String)
        COMMENT 'digests of the packages that the coordinator holds; empty for none',
    ADD COLUMN IF NOT EXISTS artifact_files UInt32 COMMENT 'in all packages',
    ADD COLUMN IF NOT EXISTS artifact_bytes UInt64 COMMENT 'of the contents of all files';
