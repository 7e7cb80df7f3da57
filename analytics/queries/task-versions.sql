-- Which sweeps have run which version of which task to an end: recorded answers played again are no
-- new results.
SELECT tasks.sweep_id AS sweep_id, tasks.task AS task, tasks.digest AS digest
FROM (SELECT sweep_id, task, digest FROM sbench.tasks FINAL) AS tasks
INNER JOIN
(
    SELECT sweep_id FROM sbench.sweeps FINAL WHERE finished_at IS NOT NULL AND replay_of = ''
) AS ended ON ended.sweep_id = tasks.sweep_id
ORDER BY sweep_id, task
