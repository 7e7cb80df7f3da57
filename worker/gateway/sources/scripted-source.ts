import type { CanonicalPart, CanonicalRequest } from '../dialects/dialect.ts'
import type { ModelSource } from './model-source.ts'
import { writtenAnswer } from './written-answer.ts'

/** Whose call a scripted model answers. */
export interface ScriptedAbout {
  /** The task's folder on this node. */
  readonly taskDir: string
  readonly seed: number
  readonly task: string
  readonly contestant: string
  /** The model's name without its provider: `engineer`. */
  readonly model: string
  /** From 1, in the attempt. */
  readonly call: number
}

/**
 * A model that is a program of ours: no key, no cost, the same answers each time.
 *
 * @throws Failure `model.plan-ran-out` when it is asked for more than it has.
 */
export type ScriptedModel = (
  request: CanonicalRequest,
  about: ScriptedAbout,
) => AsyncIterable<CanonicalPart>

export function scriptedSource(
  model: ScriptedModel,
  about: Omit<ScriptedAbout, 'call'>,
): ModelSource {
  return {
    dialect: 'scripted',
    async ask(question, signal) {
      const { request, lost } = question.dialect.parse(question.call, question.body(), null)
      const parts = model(request, { ...about, call: question.number })
      return writtenAnswer(parts, question, { lost, signal })
    },
  }
}
