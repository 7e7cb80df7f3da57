-- Sweeps, the latest first: UUIDv7 sorts by the time of submission.
SELECT *
FROM sbench.sweep_progress
WHERE {sweep:String} = '' OR sweep_id = {sweep:String}
ORDER BY sweep_id DESC
LIMIT {limit:UInt32}
