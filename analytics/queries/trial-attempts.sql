-- The executions of one trial, first to last.
SELECT
    attempt, node, end, detail, events, queue_ms, image_ms, boot_ms, setup_ms, agent_ms,
    model_wait_ms, tool_ms, collect_ms, grade_ms, teardown_ms, cpu_limit, memory_limit_bytes,
    peak_memory_bytes, cpu_ms, out_of_memory, calls,
    input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, cost_micros, model_ms,
    waited_ms, artifacts, artifact_files, artifact_bytes, started_at, finished_at
FROM sbench.attempts FINAL
WHERE sweep_id = {sweep:String} AND trial_id = {trial:String}
ORDER BY attempt
