-- Sufficient statistics of every contestant x task: all that the leaderboards' estimators need.
-- Who a contestant is stands in the plan alone, which is short. Costs are of valid trials; a contestant without a model costs nothing and has none here.
-- One more row a contestant, of all its tasks together, for its median: everything is in one reading of the results, which are many.
SELECT
    contestant,
    max(agent) AS agent,
    max(model) AS model,
    max(simulated) AS simulated,
    task,
    toBool(grouping(task)) AS of_all_tasks,
    greatest(max(planned), countIf(finished)) AS planned,
    countIf(scored) AS valid,
    countIf(pass) AS passed,
    sum(score) AS score_micros,
    toFloat64(sum(toUInt64(score * score))) AS score_micros_squared,
    countIf(outcome = 'infra-failed') AS infra_failed,
    countIf(outcome = 'ungraded') AS ungraded,
    countIf(outcome = 'cancelled') AS cancelled,
    planned - countIf(finished) AS unfinished,
    sum(cost) AS cost_micros,
    countIf(cost_known) AS known_costs,
    if(countIf(timed) = 0, NULL, quantileExactIf(0.5)(wall_ms, timed) / 1000) AS median_wall_seconds
FROM
(
    SELECT
        contestant, agent, model, simulated, task, planned, false AS finished, false AS scored,
        false AS pass, toInt64(0) AS score, '' AS outcome, toInt64(0) AS cost, false AS cost_known,
        toUInt64(0) AS wall_ms, false AS timed
    FROM sbench.cells FINAL
    WHERE sweep_id = {sweep:String}
    UNION ALL
    SELECT
        contestant, '', '', false, task, 0, true, scored, ifNull(pass, false),
        ifNull(score_micros, 0), outcome,
        if(scored AND model != '', ifNull(cost_micros, 0), 0),
        scored AND model != '' AND cost_micros IS NOT NULL,
        ifNull(wall_ms, 0), scored AND wall_ms IS NOT NULL
    FROM sbench.results FINAL
    WHERE sweep_id = {sweep:String}
)
GROUP BY GROUPING SETS ((contestant, task), (contestant))
ORDER BY contestant, task
