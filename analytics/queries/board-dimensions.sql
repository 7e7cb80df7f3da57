-- Sufficient statistics of every contestant x task x dimension, from the checks of the attempts
-- that count: a trial's score in a dimension is the points it won of those there were, in
-- millionths. A trial with an ungraded check in a dimension has no score in it.
SELECT
    contestant,
    task,
    dimension,
    count() AS valid,
    sum(micros) AS score_micros,
    toFloat64(sum(toUInt64(micros * micros))) AS score_micros_squared
FROM
(
    SELECT
        checks.contestant AS contestant,
        checks.task AS task,
        checks.dimension AS dimension,
        checks.trial_id AS trial_id,
        toInt64(round(1000000 * sumIf(checks.points, checks.verdict = 'pass') / sum(checks.points)))
            AS micros
    FROM (SELECT * FROM sbench.checks FINAL WHERE sweep_id = {sweep:String}) AS checks
    INNER JOIN
    (
        SELECT trial_id, attempt FROM sbench.results FINAL
        WHERE sweep_id = {sweep:String} AND scored
    ) AS results ON results.trial_id = checks.trial_id AND results.attempt = checks.attempt
    GROUP BY contestant, task, dimension, trial_id
    HAVING countIf(checks.verdict = 'ungraded') = 0 AND sum(checks.points) > 0
)
GROUP BY contestant, task, dimension
ORDER BY contestant, task, dimension
