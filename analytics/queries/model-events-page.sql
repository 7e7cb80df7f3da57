-- One page of the calls of models in an attempt, in the order of their events.
SELECT seq, ts, kind, turn, tool, body, meta
FROM sbench.events FINAL
WHERE sweep_id = {sweep:String} AND trial_id = {trial:String} AND attempt = {attempt:UInt16}
  AND seq > {after:Int64} AND kind IN ('model-call', 'model-part')
ORDER BY seq
LIMIT {limit:UInt32}
