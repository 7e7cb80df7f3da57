/**
 * McNemar's exact test, for one trial a task and pass or fail: of the tasks that only one of two
 * contestants passed, either is as likely to be that one.
 *
 * @param onlyFirst tasks that only the first passed.
 * @param onlySecond tasks that only the second passed.
 * @returns the two-sided p-value: twice the smaller tail of a binomial of 1/2, at most 1.
 * @see McNemar (1947), "Note on the sampling error of the difference between correlated proportions".
 */
export function mcnemar(onlyFirst: number, onlySecond: number): number {
  const discordant = onlyFirst + onlySecond
  const fewer = Math.min(onlyFirst, onlySecond)
  let logTerm = -discordant * Math.LN2
  let tail = 0
  for (let count = 0; count <= fewer; count++) {
    tail += Math.exp(logTerm)
    logTerm += Math.log((discordant - count) / (count + 1))
  }
  return Math.min(1, 2 * tail)
}
