-- The tasks of a sweep, as far as statistics read them.
SELECT task, digest, category, family
FROM sbench.tasks FINAL
WHERE sweep_id = {sweep:String}
ORDER BY task
