-- What is known of the cost of the trials at the plan's beginning, all attempts; NULL when nothing is.
SELECT sum(cost_micros) AS spent_micros
FROM sbench.attempts FINAL
WHERE sweep_id = {sweep:String}
    AND trial_id IN (
        SELECT trial_id FROM sbench.trials FINAL
        WHERE sweep_id = {sweep:String} AND trial_index < {trials:UInt32}
    )
