-- Median time of a task's valid trials, without their time in the queue.
SELECT toString(task) AS task, quantileExact(0.5)(assumeNotNull(wall_ms)) / 1000 AS median_wall_seconds
FROM sbench.results FINAL
WHERE sweep_id = {sweep:String} AND scored AND wall_ms IS NOT NULL
GROUP BY task
