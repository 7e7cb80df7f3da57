-- Views for people. They read the latest state of each row, and never count a missing trial as zero.

CREATE VIEW IF NOT EXISTS sbench.task_matrix AS
SELECT
    sweep_id,
    contestant,
    any(agent) AS agent,
    any(model) AS model,
    any(simulated) AS simulated,
    task,
    max(category) AS category,
    max(family) AS family,
    greatest(max(planned), countIf(finished)) AS planned,
    countIf(finished AND scored) AS valid,
    countIf(finished AND pass) AS passed,
    if(valid = 0, NULL, passed / valid) AS pass_rate,
    if(valid = 0, NULL, sumIf(score_micros, finished AND scored) / valid / 1000000) AS mean_score,
    planned - valid AS missing,
    countIf(finished AND outcome = 'infra-failed') AS infra_failed,
    countIf(finished AND outcome = 'ungraded') AS ungraded,
    countIf(finished AND outcome = 'cancelled') AS cancelled,
    planned - countIf(finished) AS unfinished,
    if(valid = 0, NULL, quantileExactIf(0.5)(ifNull(wall_ms, 0), finished AND scored) / 1000)
        AS median_wall_seconds
FROM
(
    SELECT
        sweep_id, contestant, task, planned, agent, model, simulated,
        false AS finished, false AS scored, false AS pass, toInt64(0) AS score_micros,
        '' AS outcome, toUInt64(0) AS wall_ms, '' AS category, '' AS family
    FROM sbench.cells FINAL
    UNION ALL
    SELECT
        sweep_id, contestant, task, 0 AS planned, agent, model, simulated,
        true AS finished, scored, ifNull(pass, false), ifNull(score_micros, 0),
        outcome, ifNull(wall_ms, 0), category, family
    FROM sbench.results FINAL
)
GROUP BY sweep_id, contestant, task
COMMENT 'One row a sweep x contestant x task: planned, valid and missing trials and their means. Rates and scores are fractions of 1, NULL without a valid trial.';

CREATE VIEW IF NOT EXISTS sbench.leaderboard_pass_fail AS
SELECT
    sweep_id,
    contestant,
    any(agent) AS agent,
    any(model) AS model,
    any(simulated) AS simulated,
    avg(pass_rate) AS pass_rate,
    countIf(matrix.valid > 0) AS tasks,
    count() AS planned_tasks,
    sum(valid) AS valid,
    sum(planned) AS planned,
    sum(missing) AS missing,
    sum(infra_failed) AS infra_failed,
    sum(ungraded) AS ungraded,
    sum(cancelled) AS cancelled,
    sum(unfinished) AS unfinished
FROM sbench.task_matrix AS matrix
GROUP BY sweep_id, contestant
COMMENT 'One row a sweep x contestant: pass_rate is the mean over tasks of each task''s pass rate, a fraction of 1, NULL without a valid trial. Runs are never pooled. Intervals: sbench leaderboard.';

CREATE VIEW IF NOT EXISTS sbench.leaderboard_partial_credit AS
SELECT
    sweep_id,
    contestant,
    any(agent) AS agent,
    any(model) AS model,
    any(simulated) AS simulated,
    avg(mean_score) AS score,
    countIf(matrix.valid > 0) AS tasks,
    count() AS planned_tasks,
    sum(valid) AS valid,
    sum(planned) AS planned,
    sum(missing) AS missing,
    sum(infra_failed) AS infra_failed,
    sum(ungraded) AS ungraded,
    sum(cancelled) AS cancelled,
    sum(unfinished) AS unfinished
FROM sbench.task_matrix AS matrix
GROUP BY sweep_id, contestant
COMMENT 'One row a sweep x contestant: score is the mean over tasks of each task''s mean partial credit, a fraction of 1, NULL without a valid trial. Intervals: sbench leaderboard.';

CREATE VIEW IF NOT EXISTS sbench.trial_timeline AS
SELECT
    sweep_id,
    trial_id,
    attempt,
    contestant,
    task,
    seed,
    node,
    end,
    position,
    phase,
    offsets[position] AS starts_after_ms,
    durations[position] AS took_ms,
    started_at
FROM
(
    SELECT
        *,
        ['queue', 'image', 'boot', 'setup', 'agent', 'collect', 'grade', 'teardown'] AS phases,
        [queue_ms, image_ms, boot_ms, setup_ms, agent_ms, collect_ms, grade_ms, teardown_ms]
            AS durations,
        arrayMap(place -> arraySum(arraySlice(durations, 1, place - 1)), range(1, 9)) AS offsets
    FROM sbench.attempts FINAL
)
ARRAY JOIN phases AS phase, arrayEnumerate(phases) AS position
COMMENT 'One row a trial x attempt x phase, in the order of position: when the phase began, in milliseconds after the attempt was queued, and how long it took.';

CREATE VIEW IF NOT EXISTS sbench.where_time_went AS
SELECT
    sweep_id,
    contestant,
    phase,
    any(position) AS position,
    count() AS attempts,
    sum(took_ms) / 1000 AS total_seconds,
    quantileExact(0.5)(took_ms) / 1000 AS median_seconds,
    quantileExact(0.95)(took_ms) / 1000 AS p95_seconds,
    if(sum(total_ms) = 0, NULL, sum(took_ms) / sum(total_ms)) AS share
FROM
(
    SELECT
        sweep_id,
        contestant,
        phase,
        position,
        took_ms,
        arraySum(durations) AS total_ms
    FROM
    (
        SELECT
            sweep_id,
            contestant,
            ['queue', 'image', 'boot', 'setup', 'model wait', 'tools', 'agent, else', 'collect',
                'grade', 'teardown'] AS phases,
            [queue_ms, image_ms, boot_ms, setup_ms, model_wait_ms, tool_ms,
                toUInt64(agent_ms - least(agent_ms, model_wait_ms + tool_ms)), collect_ms, grade_ms,
                teardown_ms] AS durations
        FROM sbench.attempts FINAL
    )
    ARRAY JOIN phases AS phase, durations AS took_ms, arrayEnumerate(phases) AS position
)
GROUP BY sweep_id, contestant, phase
COMMENT 'One row a sweep x contestant x phase, over all attempts: seconds in total, median, 95th percentile, and the share of all time. The time of the agent is split into model wait, tools and the rest.';

CREATE VIEW IF NOT EXISTS sbench.spend AS
SELECT
    sweep_id,
    contestant,
    count() AS attempts,
    countIf(cost_micros IS NULL) AS attempts_of_unknown_cost,
    sum(input_tokens) AS known_input_tokens,
    sum(output_tokens) AS known_output_tokens,
    sum(cost_micros) / 1000000 AS known_cost_usd,
    if(attempts_of_unknown_cost > 0, NULL, known_cost_usd) AS cost_usd
FROM sbench.attempts FINAL
GROUP BY sweep_id, contestant
COMMENT 'One row a sweep x contestant, over all attempts: cost_usd is NULL as long as the cost of one attempt is unknown; the known_ columns add up what is known and are NULL when nothing is.';

CREATE VIEW IF NOT EXISTS sbench.sweep_progress AS
SELECT
    sweeps.sweep_id AS sweep_id,
    sweeps.name AS name,
    sweeps.suite AS suite,
    sweeps.suite_version AS suite_version,
    sweeps.status AS status,
    sweeps.planned AS planned,
    ended.finished AS finished,
    sweeps.planned - least(sweeps.planned, ended.finished) AS unfinished,
    ended.valid AS valid,
    ended.passed AS passed,
    ended.infra_failed AS infra_failed,
    ended.ungraded AS ungraded,
    ended.cancelled AS cancelled,
    ended.retried AS retried,
    sweeps.started_at AS started_at,
    sweeps.finished_at AS finished_at,
    if(ended.finished = 0, NULL, ended.last_result_at) AS last_result_at
FROM (SELECT * FROM sbench.sweeps FINAL) AS sweeps
LEFT JOIN
(
    SELECT
        sweep_id,
        count() AS finished,
        countIf(scored) AS valid,
        countIf(ifNull(pass, false)) AS passed,
        countIf(outcome = 'infra-failed') AS infra_failed,
        countIf(outcome = 'ungraded') AS ungraded,
        countIf(outcome = 'cancelled') AS cancelled,
        countIf(attempts > 1) AS retried,
        max(results.finished_at) AS last_result_at
    FROM sbench.results FINAL
    GROUP BY sweep_id
) AS ended ON ended.sweep_id = sweeps.sweep_id
COMMENT 'One row a sweep: planned, finished and unfinished trials, by how they ended. retried counts trials of more than one attempt.';
