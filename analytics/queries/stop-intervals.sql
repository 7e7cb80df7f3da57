-- How the compared pairs of a sweep that may stop early stand.
SELECT *
FROM sbench.stop_intervals
WHERE sweep_id = {sweep:String}
ORDER BY first, second
