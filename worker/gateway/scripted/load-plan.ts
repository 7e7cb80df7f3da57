import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { Failure, messageOf } from '../../../core/failure.ts'
import { type Problem, problemsFailure, problemsOf } from '../../../core/problems.ts'
import { PLAN_FOLDERS, planPath } from '../../../tasks/scripted-plans.ts'
import type { Plan, PlanStep } from './plan.ts'
import { planFromFolder } from './plan-from-folder.ts'

const step = z
  .strictObject({
    say: z.string().default(''),
    run: z.string().min(1).optional(),
    tool: z
      .string()
      .regex(/^[^/]+\/[^/]+$/, 'an MCP server and its tool, such as notes/write')
      .optional(),
    input: z.record(z.string(), z.unknown()).default({}),
  })
  .transform(({ say, run, tool, input }, context): PlanStep => {
    if (run !== undefined && tool === undefined) return { say, run }
    if (run === undefined && tool !== undefined) return { say, tool, input }
    context.addIssue({ code: 'custom', message: 'needs `run` or `tool`, and not both' })
    return z.NEVER
  })

const planSchema = z.strictObject({
  steps: z.array(step).default([]),
  final: z.string().nullable().default(null),
})

/**
 * The plan of a scripted model for a task: `plans/<name>.yaml` in the task's folder, or else, for
 * the names of `PLAN_FOLDERS`, one that carries out the task's own solution or variant.
 *
 * @throws Failure `model.not-found` when the task has no such plan, `task.invalid` when it is malformed.
 */
export async function loadPlan(taskDir: string, name: string): Promise<Plan> {
  const path = planPath(taskDir, name)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text !== null) return parsePlan(text, path)
  const folder = PLAN_FOLDERS[name]
  const plan = folder === undefined ? null : await planFromFolder(join(taskDir, folder))
  if (plan !== null) return plan
  throw new Failure('model.not-found', `The task in ${taskDir} has no plan for scripted/${name}.`, {
    facts: { model: `scripted/${name}`, taskDir },
  })
}

function parsePlan(text: string, path: string): Plan {
  const document = parseDocument(text)
  const malformed = document.errors.map(
    ({ message }): Problem => ({ path: '', remedy: message.split('\n')[0] ?? message }),
  )
  if (malformed.length > 0) throw problemsFailure('task.invalid', path, malformed)
  const value = contentOf(document, path)
  const parsed = planSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw problemsFailure('task.invalid', path, problemsOf(parsed.error, value))
}

function contentOf(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS()
  } catch (cause) {
    throw new Failure('task.invalid', `${path} cannot be read: ${messageOf(cause)}`, { cause })
  }
}
