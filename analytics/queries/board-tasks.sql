-- The tasks of a sweep, and the median time of their valid trials, without their time in the queue.
SELECT
    tasks.task AS task,
    tasks.digest AS digest,
    tasks.category AS category,
    tasks.family AS family,
    tasks.resource_class AS resource_class,
    tasks.agent_timeout_ms AS agent_timeout_ms,
    tasks.verifier_timeout_ms AS verifier_timeout_ms,
    walls.median_wall_seconds AS median_wall_seconds
FROM (SELECT * FROM sbench.tasks FINAL WHERE sweep_id = {sweep:String}) AS tasks
LEFT JOIN
(
    SELECT task, toNullable(quantileExact(0.5)(assumeNotNull(wall_ms)) / 1000) AS median_wall_seconds
    FROM sbench.results FINAL
    WHERE sweep_id = {sweep:String} AND scored AND wall_ms IS NOT NULL
    GROUP BY task
) AS walls ON walls.task = tasks.task
ORDER BY task
