-- Sweeps that may stop early: what each round showed, by what rule, and how such a sweep ended.

ALTER TABLE sbench.sweeps
    ADD COLUMN IF NOT EXISTS stop_rule String
        COMMENT 'JSON object: when it may stop early; empty when all of the plan is run',
    ADD COLUMN IF NOT EXISTS stopped_round Nullable(UInt32)
        COMMENT 'round after which its rule said stop; NULL when it has not',
    ADD COLUMN IF NOT EXISTS stop_reason LowCardinality(String)
        COMMENT 'different, equivalent, precise, decided or budget; empty when it has not',
    ADD COLUMN IF NOT EXISTS left_out UInt32
        COMMENT 'trials that the early stop took out of the plan: neither planned nor missing; 0 when the last round decided';

CREATE TABLE IF NOT EXISTS sbench.looks
(
    sweep_id LowCardinality(String),
    round UInt32 COMMENT 'from 1: whole rounds that had ended',
    first LowCardinality(String) COMMENT 'contestant',
    second LowCardinality(String) COMMENT 'contestant it is compared with',
    measure LowCardinality(String) COMMENT 'pass or score',
    method LowCardinality(String) COMMENT 'confidence-sequence or obrien-fleming',
    level Float64 COMMENT 'confidence of all comparisons of the sweep together, a fraction',
    margin Nullable(Float64) COMMENT 'smallest difference that matters, a fraction of 1',
    tasks UInt32,
    missing UInt32 COMMENT 'tasks x rounds in which one of both has no score: left out',
    estimate Nullable(Float64)
        COMMENT 'mean difference on these tasks, first less second, a fraction of 1; NULL while a task has fewer than two rounds',
    low Nullable(Float64)
        COMMENT 'of the interval that holds at all looks together; NULL where one may not look yet',
    high Nullable(Float64),
    reason LowCardinality(String)
        COMMENT 'different, equivalent or precise; empty while it is undecided',
    decided_round Nullable(UInt32)
        COMMENT 'round after which it was different or equivalent first: that stands',
    spent_micros Nullable(Int64)
        COMMENT 'millionths of a US dollar, what is known of it; NULL when nothing is',
    stop LowCardinality(String)
        COMMENT 'why the sweep stops after this round, if any are left; empty: it goes on'
)
ENGINE = ReplacingMergeTree
ORDER BY (sweep_id, round, first, second)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'One row a sweep x round x compared pair, of sweeps that may stop early: what was judged after the round. Written once.';

CREATE VIEW IF NOT EXISTS sbench.stop_intervals AS
SELECT
    sweep_id,
    first,
    second,
    argMax(looks.measure, round) AS measure,
    argMax(looks.method, round) AS method,
    argMax(looks.level, round) AS level,
    argMax(looks.margin, round) AS margin,
    argMax(looks.tasks, round) AS tasks,
    max(round) AS rounds,
    argMax(looks.missing, round) AS missing,
    argMaxIf(looks.estimate, round, looks.low IS NOT NULL) AS estimate,
    argMaxIf(looks.low, round, looks.low IS NOT NULL) AS low,
    argMaxIf(looks.high, round, looks.low IS NOT NULL) AS high,
    if(countIf(looks.low IS NOT NULL) = 0, NULL, maxIf(round, looks.low IS NOT NULL))
        AS interval_round,
    argMax(looks.reason, round) AS reason,
    argMax(looks.decided_round, round) AS decided_round,
    argMax(looks.stop, round) AS stop
FROM sbench.looks AS looks FINAL
GROUP BY sweep_id, first, second
COMMENT 'One row a sweep x compared pair, of sweeps that may stop early: the difference of first less second as the latest look had it, a fraction of 1, with the interval that holds at all looks together (NULL before the first). stop says why the sweep stopped, or what its last round decided; empty while it is undecided.';

CREATE OR REPLACE VIEW sbench.sweep_progress AS
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
    sweeps.stopped_round AS stopped_round,
    sweeps.stop_reason AS stop_reason,
    sweeps.left_out AS left_out,
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
COMMENT 'One row a sweep: planned, finished and unfinished trials, by how they ended. retried counts trials of more than one attempt. left_out counts trials that an early stop took out of the plan, which are in no other number.';
