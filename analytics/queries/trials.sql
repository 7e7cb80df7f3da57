-- Trials of a sweep with their results, in the order of the plan; those handed to the farm so far.
SELECT
    trials.trial_id AS trial_id,
    trials.trial_index AS trial_index,
    trials.contestant AS contestant,
    trials.simulated AS simulated,
    trials.task AS task,
    trials.seed AS seed,
    if(results.outcome = '', NULL, results.outcome) AS outcome,
    results.pass AS pass,
    results.score_micros AS score_micros,
    results.attempts AS attempts,
    results.wall_ms AS wall_ms,
    if(results.outcome = '', NULL, results.finished_at) AS finished_at,
    results.detail AS detail
FROM (SELECT * FROM sbench.trials FINAL WHERE sweep_id = {sweep:String}) AS trials
LEFT JOIN (SELECT * FROM sbench.results FINAL WHERE sweep_id = {sweep:String}) AS results
    ON results.trial_id = trials.trial_id
WHERE ({contestant:String} = '' OR trials.contestant = {contestant:String})
  AND ({task:String} = '' OR trials.task = {task:String})
  AND ({outcome:String} = ''
    OR results.outcome = if({outcome:String} = 'unfinished', '', {outcome:String}))
  AND trials.trial_index > {after:Int64}
ORDER BY trials.trial_index
LIMIT {limit:UInt32}
