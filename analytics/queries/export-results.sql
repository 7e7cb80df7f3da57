-- One row a finished trial of a sweep, in an order that does not change.
SELECT
    sweep_id, trial_id, contestant, agent, agent_version, model, parameters, simulated, task, category, family, seed, outcome,
    detail, attempt, attempts, scored, pass, score_micros, rewards, warnings, grader_version, wall_ms,
    events, trajectory_complete, cost_micros, finished_at
FROM sbench.results FINAL
WHERE sweep_id = {sweep:String}
ORDER BY contestant, task, seed
