-- Sufficient statistics of every contestant x task: all that the leaderboards' estimators need.
-- Who a contestant is stands in the plan alone, which is short. Costs are of valid trials; a contestant without a model costs nothing and has none here.
-- Results are added up before they meet the plan, as long as their names are numbers to the engine.
SELECT
    contestant,
    max(agent) AS agent,
    max(model) AS model,
    max(simulated) AS simulated,
    task,
    greatest(max(planned), sum(finished)) AS planned,
    sum(valid) AS valid,
    sum(passed) AS passed,
    sum(score) AS score_micros,
    toFloat64(sum(score_squared)) AS score_micros_squared,
    sum(infra_failed) AS infra_failed,
    sum(ungraded) AS ungraded,
    sum(cancelled) AS cancelled,
    planned - sum(finished) AS unfinished,
    sum(cost) AS cost_micros,
    sum(known_costs) AS known_costs
FROM
(
    SELECT
        contestant, agent, model, simulated, task, planned, 0 AS finished, 0 AS valid, 0 AS passed,
        toInt64(0) AS score, toUInt64(0) AS score_squared, 0 AS infra_failed, 0 AS ungraded,
        0 AS cancelled, toInt64(0) AS cost, 0 AS known_costs
    FROM sbench.cells FINAL
    WHERE sweep_id = {sweep:String}
    UNION ALL
    SELECT
        contestant, '', '', false, task, 0, count(), countIf(scored), countIf(ifNull(pass, false)),
        sum(ifNull(score_micros, 0)), sum(toUInt64(ifNull(score_micros, 0) * ifNull(score_micros, 0))),
        countIf(outcome = 'infra-failed'), countIf(outcome = 'ungraded'),
        countIf(outcome = 'cancelled'),
        sumIf(ifNull(cost_micros, 0), scored AND model != ''),
        countIf(scored AND model != '' AND cost_micros IS NOT NULL)
    FROM sbench.results FINAL
    WHERE sweep_id = {sweep:String}
    GROUP BY contestant, task
)
GROUP BY contestant, task
ORDER BY contestant, task
