import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { clopperPearson } from './clopper-pearson.ts'
import { wilson } from './design-effect-wilson.ts'
import { equivalenceP } from './equivalence.ts'
import { ratioInterval } from './fieller.ts'
import { fisherExact } from './fisher-exact.ts'
import { obrienFleming } from './group-sequential.ts'
import { benjaminiHochberg, holm } from './holm.ts'
import { correlation } from './item-rest.ts'
import { mcnemar } from './mcnemar.ts'
import { normalQuantile, normalUpperTail } from './normal.ts'
import { pairedDifference } from './paired-difference.ts'
import { passAtK, passHatK } from './pass-at-k.ts'
import { signFlip } from './sign-flip.ts'
import { tQuantile, tTwoSided } from './student-t.ts'
import { varianceComponents } from './variance-components.ts'

/** Written by SciPy and statsmodels: see make-reference.py beside it for how, and versions in it. */
const reference = JSON.parse(
  readFileSync(new URL('../../test/fixtures/statistics/reference.json', import.meta.url), 'utf8'),
)

/** Equal to 1e-9 of the reference's value; what it could not tell from 0 may be 0. */
function agree(ours: number | null | undefined, theirs: number, within = 1e-9, floor = 0): void {
  const allowed = within * Math.abs(theirs) + floor
  expect(Math.abs((ours ?? Number.NaN) - theirs), `${ours} and ${theirs}`).toBeLessThanOrEqual(
    allowed,
  )
}

test('tails and quantiles of t are SciPy’s to 1e-10, from the middle to 1e-50', () => {
  for (const [t, degrees, p] of reference.t_tails) agree(tTwoSided(t, degrees), p, 1e-10)
  for (const [p, degrees, t] of reference.t_quantiles) agree(tQuantile(p, degrees), t, 1e-10)
})

test('tails and quantiles of the normal are SciPy’s to 1e-10, down to 1e-300', () => {
  for (const [p, z] of reference.normal.quantiles) agree(normalQuantile(p), z, 1e-10)
  for (const [z, p] of reference.normal.upper_tails) agree(normalUpperTail(z), p, 1e-10)
})

test('Wilson and Clopper-Pearson are statsmodels’', () => {
  for (const { passed, trials, level, ...theirs } of reference.rates) {
    const exact = clopperPearson(passed, trials, { level })
    agree(exact.low, theirs.clopper_pearson[0])
    agree(exact.high, theirs.clopper_pearson[1])
    const scored = wilson(passed / trials, trials, normalQuantile((1 + level) / 2))
    agree(scored.low, theirs.wilson[0], 1e-9, 1e-15)
    agree(scored.high, theirs.wilson[1])
  }
})

test('paired differences are those of SciPy, and with families statsmodels’ cluster-robust ones', () => {
  for (const theirs of reference.paired) {
    const values = Float64Array.from(theirs.differences)
    const found = pairedDifference({ values, clusters: Int32Array.from(theirs.groups) })
    agree(found.estimate, theirs.estimate)
    agree(found.error, theirs.error)
    agree(found.degrees, theirs.degrees)
    agree(found.p, theirs.p)
    agree(found.low, theirs.low)
    agree(found.high, theirs.high)
    if (theirs.equivalence === undefined) continue
    const { estimate, error, degrees } = found
    if (estimate === null || error === null || degrees === null) throw new Error('no interval')
    agree(equivalenceP({ estimate, error, degrees }, theirs.margin), theirs.equivalence)
  }
})

test('exact tests are SciPy’s and statsmodels’', () => {
  for (const { differences, p } of reference.sign_flips) {
    const found = signFlip(Float64Array.from(differences))
    expect(found.exact).toBe(true)
    agree(found.p, p)
  }
  for (const [first, second, p] of reference.mcnemar) agree(mcnemar(first, second), p)
  for (const [hits, of, others, ofOthers, p] of reference.fisher) {
    agree(fisherExact({ hits, of }, { hits: others, of: ofOthers }), p)
  }
})

test('adjusted p-values are statsmodels’', () => {
  const { ps, ...theirs } = reference.multiple
  for (const [at, p] of holm(ps).entries()) agree(p, theirs.holm[at])
  for (const [at, p] of benjaminiHochberg(ps).entries()) agree(p, theirs.benjamini_hochberg[at])
})

test('pass@k and pass^k are the ratios of binomial coefficients', () => {
  for (const [n, passed, k, at, hat] of reference.pass_rates) {
    agree(passAtK(n, passed, k), at)
    agree(passHatK(n, passed, k), hat)
  }
})

test('variance components are those of a least-squares fit, trials unequal', () => {
  const { cells, within, between } = reference.components
  const found = varianceComponents(cells)
  agree(found?.within, within)
  agree(found?.between, between)
})

test('a correlation is SciPy’s', () => {
  const { left, right, r } = reference.correlation
  agree(correlation(Float64Array.from(left), Float64Array.from(right)), r)
})

test('Fieller’s ends are where the t test of the ratio turns', () => {
  const { tops, bottoms, ...theirs } = reference.ratio
  const found = ratioInterval(Float64Array.from(tops), Float64Array.from(bottoms))
  agree(found.ratio, theirs.ratio)
  agree(found.low, theirs.low)
  agree(found.high, theirs.high)
})

test('O’Brien and Fleming’s constants are those of Jennison and Turnbull (2000), table 2.3', () => {
  for (const [looks, constant] of [
    [1, 1.96],
    [2, 1.977],
    [3, 2.004],
    [5, 2.04],
  ] as const) {
    expect(obrienFleming(looks).at(-1)).toBeCloseTo(constant, 3)
  }
  const [first, second, third] = obrienFleming(3)
  expect(first).toBeCloseTo(3.471, 3)
  expect(second).toBeCloseTo(2.454, 3)
  expect(third).toBeCloseTo(2.004, 3)
  expect(obrienFleming(4, { alpha: 0.01 }).at(-1)).toBeCloseTo(2.609, 3)
  expect(obrienFleming(5, { alpha: 0.01 }).at(-1)).toBeCloseTo(2.621, 3)
})
