-- Valid trials of a contestant x task that did not pass, by how they ended; a near miss has at least half of the marks.
SELECT
    contestant,
    task,
    countIf(outcome = 'scored' AND score_micros >= 500000) AS near_miss,
    countIf(outcome = 'scored' AND score_micros < 500000) AS wrong,
    countIf(outcome = 'agent-timeout') AS agent_timeout,
    countIf(outcome = 'agent-error') AS agent_error,
    countIf(outcome = 'budget') AS budget
FROM sbench.results FINAL
WHERE sweep_id = {sweep:String} AND scored AND NOT ifNull(pass, false)
GROUP BY contestant, task
ORDER BY contestant, task
