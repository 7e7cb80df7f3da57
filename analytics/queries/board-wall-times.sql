-- Median time of a contestant's valid trials, without the time in the queue. A query of its own: beside
-- the sums of every task the values of a million trials would have to be merged task by task.
SELECT contestant, quantileExact(0.5)(assumeNotNull(wall_ms)) / 1000 AS median_wall_seconds
FROM sbench.results FINAL
WHERE sweep_id = {sweep:String} AND scored AND wall_ms IS NOT NULL
GROUP BY contestant
