-- One page of a trajectory, in order. seq alone orders and pages it: clocks do neither.
SELECT seq, ts, kind, turn, tool, body, meta
FROM sbench.events FINAL
WHERE sweep_id = {sweep:String}
  AND trial_id = {trial:String}
  AND attempt = {attempt:UInt16}
  AND seq > {after:Int64}
ORDER BY seq
LIMIT {limit:UInt32}
