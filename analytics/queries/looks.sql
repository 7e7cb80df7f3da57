-- What was judged after the rounds of a sweep that may stop early, the latest rounds first.
SELECT *
FROM sbench.looks FINAL
WHERE sweep_id = {sweep:String} AND round <= {round:UInt32}
ORDER BY round DESC, first, second
LIMIT {pairs:UInt32}
