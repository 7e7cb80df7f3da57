-- The result of one trial that counts.
SELECT
    outcome, detail, attempt, pass, score_micros, rewards, warnings, grader_version, grader_output,
    wall_ms, events, trajectory_complete, version, finished_at
FROM sbench.results FINAL
WHERE sweep_id = {sweep:String} AND trial_id = {trial:String}
