-- How many events of each attempt are stored, and the last one's seq. seq counts from 0 and is part
-- of the key, so all are there when both agree with the number of events.
SELECT trial_id AS trial, attempt, uniqExact(seq) AS held, max(seq) AS last
FROM sbench.events
WHERE (trial_id, attempt) IN arrayZip({trials:Array(String)}, {attempts:Array(UInt16)})
GROUP BY trial_id, attempt
