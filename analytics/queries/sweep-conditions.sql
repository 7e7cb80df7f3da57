-- What a sweep's scores depend on besides contestants, one row a task: two sweeps are comparable
-- where these are the same.
SELECT
    tasks.task AS task,
    tasks.digest AS digest,
    tasks.agent_timeout_ms * (
        SELECT any(timeout_multiplier) FROM sbench.sweeps FINAL WHERE sweep_id = {sweep:String}
    ) / 1000 AS agent_timeout_seconds,
    tasks.verifier_timeout_ms / 1000 AS verifier_timeout_seconds,
    limits.cpu_limits AS cpu_limits,
    limits.memory_limits_bytes AS memory_limits_bytes,
    graders.grader_versions AS grader_versions
FROM (SELECT * FROM sbench.tasks FINAL WHERE sweep_id = {sweep:String}) AS tasks
LEFT JOIN
(
    SELECT
        task,
        arraySort(groupUniqArray(assumeNotNull(cpu_limit))) AS cpu_limits,
        arraySort(groupUniqArray(toFloat64(assumeNotNull(memory_limit_bytes)))) AS memory_limits_bytes
    FROM sbench.attempts FINAL
    WHERE sweep_id = {sweep:String} AND cpu_limit IS NOT NULL AND memory_limit_bytes IS NOT NULL
    GROUP BY task
) AS limits ON limits.task = tasks.task
LEFT JOIN
(
    SELECT task, arraySort(groupUniqArray(toString(grader_version))) AS grader_versions
    FROM sbench.results FINAL
    WHERE sweep_id = {sweep:String} AND scored
    GROUP BY task
) AS graders ON graders.task = tasks.task
ORDER BY task
