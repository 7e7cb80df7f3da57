-- Sufficient statistics of every contestant x task: all that the leaderboards' estimators need.
SELECT
    contestant,
    any(agent) AS agent,
    any(model) AS model,
    any(simulated) AS simulated,
    task,
    greatest(max(planned), countIf(finished)) AS planned,
    countIf(scored) AS valid,
    countIf(pass) AS passed,
    sum(score) AS score_micros,
    toFloat64(sum(toUInt64(score * score))) AS score_micros_squared,
    countIf(outcome = 'infra-failed') AS infra_failed,
    countIf(outcome = 'ungraded') AS ungraded,
    countIf(outcome = 'cancelled') AS cancelled,
    planned - countIf(finished) AS unfinished
FROM
(
    SELECT
        contestant, agent, model, simulated, task, planned, false AS finished, false AS scored,
        false AS pass, toInt64(0) AS score, '' AS outcome
    FROM sbench.cells FINAL
    WHERE sweep_id = {sweep:String}
    UNION ALL
    SELECT
        contestant, agent, model, simulated, task, 0, true, scored, ifNull(pass, false),
        ifNull(score_micros, 0), outcome
    FROM sbench.results FINAL
    WHERE sweep_id = {sweep:String}
)
GROUP BY contestant, task
ORDER BY contestant, task
