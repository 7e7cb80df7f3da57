-- Where a contestant's attempts spent their time, in the order in which phases pass.
SELECT contestant, phase, attempts, total_seconds, median_seconds, p95_seconds
FROM sbench.where_time_went
WHERE sweep_id = {sweep:String}
ORDER BY contestant, position
