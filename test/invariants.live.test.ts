import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isScored } from '../coordinator/contract/outcome.ts'
import { cancelUpdate, pauseUpdate, resumeUpdate } from '../coordinator/workflows/sweep.ts'
import { Failure, type FailureCode } from '../core/failure.ts'
import { scriptedManifest } from './support/scripted-manifest.ts'
import { scriptedStage } from './support/scripted-stage.ts'

const stage = scriptedStage()

const FATES = ['run', 'sandbox.lost', 'image.not-found', 'node.restarted', 'snapshot.lost'] as const
const GRADES = ['graded', 'verifier.failed'] as const
const ORDERS = ['pause', 'resume', 'pause', 'resume', 'cancel'] as const

/** What happens to each attempt of each trial, by turns, and what a user says meanwhile. */
const worlds = fc.record({
  fates: fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 12 }),
  grades: fc.array(fc.constantFrom(...GRADES), { minLength: 1, maxLength: 6 }),
  orders: fc.array(fc.constantFrom(...ORDERS), { maxLength: 4 }),
})

test('whatever happens to nodes and whatever people say: one result a trial, and no fault a score', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async ({ fates, grades, orders }) => {
      stage.farm.results.length = 0
      let runs = 0
      let gradings = 0
      stage.farm.script = {
        run: async () => {
          const fate = fates[runs++ % fates.length] ?? 'run'
          if (fate !== 'run' && fate !== 'snapshot.lost') throw new Failure(fate, 'by the script')
          return {}
        },
        grade: async () => {
          const lost = fates[gradings % fates.length] === 'snapshot.lost'
          const grade = grades[gradings++ % grades.length]
          const code: FailureCode | null = lost
            ? 'snapshot.lost'
            : grade === 'verifier.failed'
              ? grade
              : null
          if (code !== null) throw new Failure(code, 'by the script')
          return {}
        },
      }
      const manifest = scriptedManifest({ contestants: 2, tasks: 2, seeds: 2 }, { attempts: 2 })
      const handle = await stage.farm.submit(manifest)
      const said = { pause: pauseUpdate, resume: resumeUpdate, cancel: cancelUpdate }
      for (const order of orders) {
        await handle.executeUpdate(said[order]).catch(() => undefined)
        await handle.executeUpdate(said[order]).catch(() => undefined)
      }
      await handle.executeUpdate(resumeUpdate).catch(() => undefined)
      const { counts, status } = await handle.result()

      const trials = stage.farm.results.map(({ trial }) => trial.trial)
      expect(new Set(trials).size).toBe(trials.length)
      expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(trials.length)
      if (status === 'finished') expect(trials).toHaveLength(8)
      for (const { outcome, verdict, attempt, attempts } of stage.farm.results) {
        expect(verdict !== null).toBe(isScored(outcome))
        if (verdict === null) continue
        const counted = attempts.find((record) => record.attempt === attempt)
        expect(counted?.end).toBe('complete')
        expect(attempts.filter(({ end }) => end === 'complete')).toHaveLength(1)
      }
    }),
    { numRuns: 8 },
  )
})
