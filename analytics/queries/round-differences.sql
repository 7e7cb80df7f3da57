-- Differences of contestants from one other, over the rounds in which both have a score: sufficient
-- statistics of each contestant x task, in millionths. Trials are those of the plan's beginning.
SELECT
    firsts.contestant AS first,
    firsts.task AS task,
    count() AS n,
    sum(firsts.value - seconds.value) AS sum,
    toFloat64(sum(toUInt64((firsts.value - seconds.value) * (firsts.value - seconds.value)))) AS sum_squares
FROM
(
    SELECT
        toString(contestant) AS contestant,
        toString(task) AS task,
        seed,
        toInt64(if({measure:String} = 'pass', 1000000 * toInt64(ifNull(pass, false)), ifNull(score_micros, 0))) AS value
    FROM sbench.results FINAL
    WHERE sweep_id = {sweep:String} AND scored AND contestant IN {firsts:Array(String)}
        AND trial_id IN (
            SELECT trial_id FROM sbench.trials FINAL
            WHERE sweep_id = {sweep:String} AND trial_index < {trials:UInt32}
        )
) AS firsts
INNER JOIN
(
    SELECT
        toString(task) AS task,
        seed,
        toInt64(if({measure:String} = 'pass', 1000000 * toInt64(ifNull(pass, false)), ifNull(score_micros, 0))) AS value
    FROM sbench.results FINAL
    WHERE sweep_id = {sweep:String} AND scored AND contestant = {second:String}
) AS seconds ON seconds.task = firsts.task AND seconds.seed = firsts.seed
GROUP BY first, task
ORDER BY first, task
