-- What a valid trial cost, where that is known, and of how many it is not.
SELECT
    contestant,
    if(countIf(cost_micros IS NOT NULL) = 0, NULL, avg(cost_micros) / 1000000) AS mean_cost_usd,
    countIf(cost_micros IS NULL) AS unknown
FROM sbench.results FINAL
WHERE sweep_id = {sweep:String} AND scored AND model != ''
GROUP BY contestant
