-- What agents ask of models: tokens, cost, waiting; and what makes a contestant what it is.

ALTER TABLE sbench.sweeps
    ADD COLUMN IF NOT EXISTS budget_micros Nullable(Int64)
        COMMENT 'millionths of a US dollar for models; NULL is unlimited',
    ADD COLUMN IF NOT EXISTS replay_of String
        COMMENT 'sweep whose recorded answers stood in for the models; empty when models were asked';

ALTER TABLE sbench.cells
    ADD COLUMN IF NOT EXISTS agent_version LowCardinality(String)
        COMMENT 'of an agent that is installed; empty for the others',
    ADD COLUMN IF NOT EXISTS parameters String COMMENT 'JSON object; empty for none';

ALTER TABLE sbench.trials
    ADD COLUMN IF NOT EXISTS agent_version LowCardinality(String)
        COMMENT 'of an agent that is installed; empty for the others',
    ADD COLUMN IF NOT EXISTS parameters String COMMENT 'JSON object; empty for none';

ALTER TABLE sbench.results
    ADD COLUMN IF NOT EXISTS agent_version LowCardinality(String)
        COMMENT 'of an agent that is installed; empty for the others',
    ADD COLUMN IF NOT EXISTS parameters String COMMENT 'JSON object; empty for none';

ALTER TABLE sbench.attempts
    ADD COLUMN IF NOT EXISTS calls Nullable(UInt32)
        COMMENT 'of models; 0 for an agent without a model; NULL when the attempt was lost',
    ADD COLUMN IF NOT EXISTS cached_input_tokens Nullable(UInt64) COMMENT 'part of input_tokens',
    ADD COLUMN IF NOT EXISTS reasoning_tokens Nullable(UInt64)
        COMMENT 'part of output_tokens; 0 where providers do not tell',
    ADD COLUMN IF NOT EXISTS model_ms Nullable(UInt64)
        COMMENT 'in which at least one call was being answered',
    ADD COLUMN IF NOT EXISTS waited_ms Nullable(UInt64)
        COMMENT 'that calls waited for a turn at the provider: not the time of the agent';

CREATE OR REPLACE VIEW sbench.spend AS
SELECT
    sweep_id,
    contestant,
    count() AS attempts,
    sum(calls) AS known_calls,
    countIf(cost_micros IS NULL) AS attempts_of_unknown_cost,
    sum(input_tokens) AS known_input_tokens,
    sum(cached_input_tokens) AS known_cached_input_tokens,
    sum(output_tokens) AS known_output_tokens,
    sum(reasoning_tokens) AS known_reasoning_tokens,
    sum(waited_ms) / 1000 AS known_waited_seconds,
    sum(cost_micros) / 1000000 AS known_cost_usd,
    if(attempts_of_unknown_cost > 0, NULL, known_cost_usd) AS cost_usd
FROM sbench.attempts FINAL
GROUP BY sweep_id, contestant
COMMENT 'One row a sweep x contestant, over all attempts: cost_usd is NULL as long as the cost of one attempt is unknown; the known_ columns add up what is known and are NULL when nothing is.';

CREATE VIEW IF NOT EXISTS sbench.model_calls AS
SELECT
    calls.sweep_id AS sweep_id,
    calls.trial_id AS trial_id,
    trials.contestant AS contestant,
    trials.task AS task,
    trials.seed AS seed,
    calls.attempt AS attempt,
    calls.seq AS seq,
    calls.ts AS ts,
    calls.call AS call,
    calls.model AS model,
    calls.dialect AS dialect,
    calls.provider_dialect AS provider_dialect,
    calls.end AS end,
    calls.status AS status,
    calls.retries AS retries,
    calls.input_tokens AS input_tokens,
    calls.cached_input_tokens AS cached_input_tokens,
    calls.output_tokens AS output_tokens,
    calls.reasoning_tokens AS reasoning_tokens,
    calls.cost_micros AS cost_micros,
    calls.waited_ms AS waited_ms,
    calls.first_byte_ms AS first_byte_ms,
    calls.answer_ms AS answer_ms
FROM
(
    SELECT
        sweep_id,
        trial_id,
        attempt,
        seq,
        ts,
        JSONExtractUInt(meta, 'call') AS call,
        JSONExtractString(meta, 'model') AS model,
        JSONExtractString(meta, 'dialect') AS dialect,
        JSONExtractString(meta, 'providerDialect') AS provider_dialect,
        JSONExtractString(meta, 'end') AS end,
        JSONExtractUInt(meta, 'status') AS status,
        JSONExtractUInt(meta, 'retries') AS retries,
        JSONExtract(meta, 'inputTokens', 'Nullable(UInt64)') AS input_tokens,
        JSONExtract(meta, 'cachedInputTokens', 'Nullable(UInt64)') AS cached_input_tokens,
        JSONExtract(meta, 'outputTokens', 'Nullable(UInt64)') AS output_tokens,
        JSONExtract(meta, 'reasoningTokens', 'Nullable(UInt64)') AS reasoning_tokens,
        JSONExtract(meta, 'costMicros', 'Nullable(Int64)') AS cost_micros,
        JSONExtract(meta, 'waitedMs', 'Nullable(Float64)') AS waited_ms,
        JSONExtract(meta, 'firstByteMs', 'Nullable(Float64)') AS first_byte_ms,
        JSONExtract(meta, 'answerMs', 'Nullable(Float64)') AS answer_ms
    FROM sbench.events FINAL
    WHERE kind = 'model-call'
) AS calls
LEFT JOIN (SELECT sweep_id, trial_id, contestant, task, seed FROM sbench.trials FINAL) AS trials
    ON trials.sweep_id = calls.sweep_id AND trials.trial_id = calls.trial_id
COMMENT 'One row a call of a model by an attempt: how it ended, tokens, cost and times. Tokens and cost are NULL when unknown, first_byte_ms without an answer.';
