import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BUILT_IN_MODELS } from '../models/config.ts'
import { scaffoldTask } from '../tasks/scaffold-task.ts'
import { planSweep } from './plan-sweep.ts'
import { readSweepFile } from './sweep-file.ts'

const planned = (document: Record<string, unknown>, subject = 'sweep', models = BUILT_IN_MODELS) =>
  planSweep(document, { subject, models })

let suite: string
beforeAll(async () => {
  suite = await mkdtemp(join(tmpdir(), 'sbench-suite-'))
  for (const name of ['broken-build', 'broken-migration', 'slow-report']) {
    await scaffoldTask(suite, name)
  }
})
afterAll(() => rm(suite, { recursive: true, force: true }))

test('every mistake of a sweep file is reported at once, with its place, value and remedy', async () => {
  const document = {
    suite: 'startr',
    contestants: ['orcale', { agent: 'nop', model: 'acme/large' }, 'nop', 'nop'],
    seeds: [1, 1, -2],
    attempts: 0,
    priority: 'high',
    paralel: 4,
  }
  const error = await planned(document, 'nightly.yaml').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'sweep.invalid', exitCode: 2, facts: { problems: 9 } })
  const message = String(error)
  for (const part of [
    /suite = "startr": No suite is named startr\. Did you mean starter\?/,
    /contestants\.0\.agent: There is no agent "orcale"\. Did you mean oracle\?/,
    /contestants\.1\.model = "acme\/large": nop takes no model/,
    /contestants\.3 = "nop": this name is taken/,
    /seeds\.1 = 1: this seed is there already/,
    /seeds\.2 = -2: write a whole number/,
    /attempts = 0: write a whole number from 1 to 10/,
    /priority = "high": write a whole number from 1 to 5/,
    /paralel: unknown field/,
  ]) {
    expect(message).toMatch(part)
  }
})

test('an empty sweep file is told what it lacks', async () => {
  await expect(planned({})).rejects.toThrow(
    /suite: name the suite[\s\S]*contestants: list the agents/,
  )
})

test('a pattern that matches no task is answered with the nearest name', async () => {
  const tasks = ['brokn-migration', 'x*']
  await expect(planned({ suite, tasks, contestants: ['nop'] })).rejects.toThrow(
    /tasks\.0 = "brokn-migration".*did you mean broken-migration\?[\s\S]*tasks\.1 = "x\*": matches no task/,
  )
})

test('what a sweep file leaves out has defaults, and a number of seeds counts from 1', async () => {
  const contestants = ['sim/mid', { agent: 'nop', name: 'idle' }]
  const plan = await planned({ suite, contestants, seeds: 4 })
  expect(plan).toMatchObject({
    name: plan.suite.name,
    seeds: [1, 2, 3, 4],
    contestants: [
      { name: 'sim/mid', agent: 'sim/mid', model: null, simulated: true },
      { name: 'idle', agent: 'nop', model: null, simulated: false },
    ],
    limits: { attempts: 3, concurrency: null, priority: 3, timeoutMultiplier: 1 },
  })
  expect(plan.tasks).toHaveLength(3)
})

test('patterns choose tasks in the order of the suite, each once', async () => {
  const tasks = ['slow-report', 'broken-*', '*migration']
  const plan = await planned({ suite, tasks, contestants: ['nop'] })
  const names = plan.tasks.map(({ name }) => name)
  expect(names).toEqual(['broken-build', 'broken-migration', 'slow-report'])
})

test('a sweep file is YAML or JSON, and refused when it is neither', async () => {
  const path = join(suite, 'sweep.yaml')
  await writeFile(path, 'suite: starter\ncontestants: [oracle, {agent: nop, name: idle}]\n')
  expect(await readSweepFile(path)).toEqual({
    suite: 'starter',
    contestants: ['oracle', { agent: 'nop', name: 'idle' }],
  })
  await writeFile(path, '{"suite": "starter"}')
  expect(await readSweepFile(path)).toEqual({ suite: 'starter' })
  for (const text of ['suite: [starter\n', 'just text', '- a list']) {
    await writeFile(path, text)
    await expect(readSweepFile(path), text).rejects.toMatchObject({ code: 'sweep.invalid' })
  }
  await rm(path)
  await expect(readSweepFile(path)).rejects.toMatchObject({ code: 'sweep.invalid' })
})

test('a scripted model without a plan in a task is found before anything runs', async () => {
  const contestants = [{ agent: 'loop', model: 'scripted/enginer' }]
  await expect(planned({ suite, contestants })).rejects.toThrow(
    /contestants\.0\.model.*no plan "enginer".*Did you mean scripted\/engineer\?/,
  )
})
