-- Tables of the sbench database. Each has a natural key and an engine that keeps one row per key,
-- so that writing anything twice changes nothing; read them with FINAL, or through the views.
-- Scores are integers of a millionth, times are milliseconds, ts columns are UTC.

CREATE TABLE IF NOT EXISTS sbench.sweeps
(
    sweep_id String COMMENT 'UUIDv7',
    version UInt64 COMMENT 'grows with every change; the highest counts',
    name String,
    suite LowCardinality(String),
    suite_version LowCardinality(String),
    suite_digest String,
    manifest String COMMENT 'digest of the plan',
    status LowCardinality(String) COMMENT 'running, paused, cancelling, cancelled or finished',
    planned UInt32 COMMENT 'trials',
    attempts_limit UInt16 COMMENT 'executions of one trial at most',
    timeout_multiplier Float64 COMMENT 'of every agent timeout; part of what is measured',
    started_at DateTime64(3, 'UTC'),
    finished_at Nullable(DateTime64(3, 'UTC')) COMMENT 'NULL while it runs'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY sweep_id
COMMENT 'One row a sweep.';

CREATE TABLE IF NOT EXISTS sbench.tasks
(
    sweep_id LowCardinality(String),
    task String COMMENT 'name in its suite',
    version UInt64,
    digest String COMMENT 'of the content of the task',
    resource_class LowCardinality(String),
    category LowCardinality(String) COMMENT 'empty when not given',
    family LowCardinality(String) COMMENT 'empty when not given',
    agent_timeout_ms UInt64,
    verifier_timeout_ms UInt64,
    build_timeout_ms UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (sweep_id, task)
COMMENT 'One row a task of a sweep.';

CREATE TABLE IF NOT EXISTS sbench.cells
(
    sweep_id LowCardinality(String),
    contestant LowCardinality(String) COMMENT 'unique name of agent and model in the sweep',
    task String,
    version UInt64,
    agent LowCardinality(String),
    model LowCardinality(String) COMMENT 'provider/name; empty for an agent without a model',
    simulated Bool COMMENT 'draws its results by chance instead of working',
    planned UInt32 COMMENT 'trials: seeds of this contestant on this task'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (sweep_id, contestant, task)
COMMENT 'One row a contestant x task of a sweep: what is planned, run or not.';

CREATE TABLE IF NOT EXISTS sbench.trials
(
    sweep_id LowCardinality(String),
    trial_id String COMMENT '32 hex digits, from sweep, contestant, task and seed',
    trial_index UInt32 COMMENT 'place in the plan, from 0',
    contestant LowCardinality(String),
    agent LowCardinality(String),
    model LowCardinality(String),
    simulated Bool,
    task LowCardinality(String),
    task_digest LowCardinality(String),
    category LowCardinality(String),
    family LowCardinality(String),
    seed UInt32
)
ENGINE = ReplacingMergeTree
ORDER BY (sweep_id, trial_id)
COMMENT 'One row a trial that has been handed to the farm.';

CREATE TABLE IF NOT EXISTS sbench.attempts
(
    sweep_id LowCardinality(String),
    trial_id String,
    attempt UInt16 COMMENT 'from 1; only infrastructure faults make a second one',
    version UInt64,
    contestant LowCardinality(String),
    task LowCardinality(String),
    seed UInt32,
    node LowCardinality(String),
    end LowCardinality(String) COMMENT 'complete, or the failure code that ended it',
    detail String,
    image LowCardinality(String),
    events UInt32 COMMENT 'of a complete attempt; 0 for one that was lost',
    queue_ms UInt64,
    image_ms UInt64,
    boot_ms UInt64,
    setup_ms UInt64,
    agent_ms UInt64,
    model_wait_ms UInt64 COMMENT 'part of agent_ms',
    tool_ms UInt64 COMMENT 'part of agent_ms',
    collect_ms UInt64,
    grade_ms UInt64,
    teardown_ms UInt64,
    cpu_limit Nullable(Float64) COMMENT 'cores; NULL when the attempt was lost',
    memory_limit_bytes Nullable(UInt64),
    peak_memory_bytes Nullable(UInt64),
    cpu_ms Nullable(UInt64),
    out_of_memory Nullable(Bool),
    input_tokens Nullable(UInt64) COMMENT 'NULL when unknown, never 0',
    output_tokens Nullable(UInt64) COMMENT 'NULL when unknown, never 0',
    cost_micros Nullable(Int64) COMMENT 'millionths of a US dollar; NULL when unknown, never 0',
    started_at Nullable(DateTime64(3, 'UTC')) COMMENT 'clock of the node; NULL when lost',
    finished_at Nullable(DateTime64(3, 'UTC')) COMMENT 'clock of the node; NULL when lost'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (sweep_id, trial_id, attempt)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'One row an execution of a trial, whether or not it led to the result.';

-- No partitions: rows of one key meet in every merge, and no node's clock can spread an insert
-- over more partitions than the engine allows.
CREATE TABLE IF NOT EXISTS sbench.events
(
    sweep_id LowCardinality(String),
    trial_id String CODEC(ZSTD(1)),
    attempt UInt16,
    seq UInt32 COMMENT 'from 0 without gaps: the order of events' CODEC(Delta, ZSTD(1)),
    ts DateTime64(3, 'UTC') COMMENT 'clock of the node' CODEC(Delta, ZSTD(1)),
    kind LowCardinality(String),
    turn UInt32 COMMENT 'turn of the agent from 1; 0 outside of turns' CODEC(Delta, ZSTD(1)),
    tool LowCardinality(String) COMMENT 'tool of a tool-call or tool-result, phase of a phase',
    body String CODEC(ZSTD(3)),
    meta String COMMENT 'JSON object of strings, numbers and booleans' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
ORDER BY (sweep_id, trial_id, attempt, seq)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'One row a step of a trajectory.';

CREATE TABLE IF NOT EXISTS sbench.checks
(
    sweep_id LowCardinality(String),
    trial_id String,
    attempt UInt16,
    check_id String,
    version UInt64 COMMENT 'that of the result it belongs to',
    contestant LowCardinality(String),
    task LowCardinality(String),
    seed UInt32,
    dimension LowCardinality(String) COMMENT 'correctness, deployment or quality',
    points Float64,
    verdict LowCardinality(String) COMMENT 'pass, fail or ungraded',
    evidence String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (sweep_id, trial_id, attempt, check_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'One row a graded item of an attempt.';

CREATE TABLE IF NOT EXISTS sbench.results
(
    sweep_id LowCardinality(String),
    trial_id String,
    version UInt64 COMMENT 'grows with every grading; the highest counts',
    contestant LowCardinality(String),
    agent LowCardinality(String),
    model LowCardinality(String),
    simulated Bool,
    task LowCardinality(String),
    category LowCardinality(String),
    family LowCardinality(String),
    seed UInt32,
    outcome LowCardinality(String),
    detail String,
    attempt UInt16 COMMENT 'that the result comes from; 0 when none counted',
    attempts UInt16 COMMENT 'executions, lost ones too',
    scored Bool COMMENT 'false: the trial is missing, which is not a zero',
    pass Nullable(Bool) COMMENT 'NULL when missing',
    score_micros Nullable(Int64) COMMENT 'partial credit, 0 to 1000000; NULL when missing',
    rewards Map(LowCardinality(String), Float64) COMMENT 'as the verifier wrote them',
    warnings Array(String),
    grader_version LowCardinality(String),
    grader_output String COMMENT 'end of what the verifier printed' CODEC(ZSTD(3)),
    wall_ms Nullable(UInt64) COMMENT 'of the attempt, from image to teardown, without the queue',
    events UInt32 COMMENT 'of the attempt',
    trajectory_complete Bool COMMENT 'all events were stored when the result was',
    cost_micros Nullable(Int64) COMMENT 'of all attempts; NULL when unknown, never 0',
    finished_at DateTime64(3, 'UTC') COMMENT 'clock of the coordinator'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (sweep_id, trial_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'One row a finished trial: the result that counts.';

CREATE TABLE IF NOT EXISTS sbench.node_metrics
(
    metric LowCardinality(String) COMMENT 'slots, running, cpus, memory_mb or draining',
    node LowCardinality(String),
    ts DateTime('UTC') COMMENT 'each ten seconds' CODEC(Delta, ZSTD(1)),
    value Float64 CODEC(Gorilla, ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (metric, node, ts)
TTL ts + INTERVAL 30 DAY
COMMENT 'One row a metric of a node and ten seconds; kept for 30 days.';

CREATE TABLE IF NOT EXISTS sbench.ingest_log
(
    ts DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    sink LowCardinality(String) COMMENT 'process that wrote the batch',
    stream LowCardinality(String),
    first_seq UInt64 COMMENT 'lowest place in the stream',
    last_seq UInt64,
    chunks UInt32,
    redelivered UInt32 COMMENT 'chunks that had been delivered before',
    rows UInt32,
    characters UInt64 COMMENT 'of JSON sent to the engine',
    insert_ms UInt32
)
ENGINE = MergeTree
ORDER BY (stream, ts)
TTL toDateTime(ts) + INTERVAL 30 DAY
COMMENT 'One row a batch of events: an audit, which nothing else depends on. Kept for 30 days.';
