-- Median tokens of an attempt that came to its end, which is the one that counts where there is a
-- score: input and output; NULL where those of one are unknown.
SELECT
    contestant,
    if(countIf(tokens IS NULL) > 0, NULL, quantileExact(0.5)(assumeNotNull(tokens))) AS median_tokens
FROM
(
    SELECT contestant, input_tokens + output_tokens AS tokens
    FROM sbench.attempts FINAL
    WHERE sweep_id = {sweep:String} AND end = 'complete'
)
GROUP BY contestant
