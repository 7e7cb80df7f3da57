-- The graded items behind the result that counts; those of an earlier grading have another version.
SELECT check_id, dimension, points, verdict, evidence
FROM sbench.checks FINAL
WHERE sweep_id = {sweep:String}
  AND trial_id = {trial:String}
  AND attempt = {attempt:UInt16}
  AND version = {version:UInt64}
ORDER BY dimension, check_id
