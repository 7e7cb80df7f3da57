import type { DialectName } from '../../../core/model-call.ts'
import { type HttpSourceOptions, httpSource } from './http-source.ts'
import type { ModelSource } from './model-source.ts'
import { translatedSource } from './translated-source.ts'

/** Who answers an agent of each dialect. */
export type SourceOf = (dialect: DialectName) => ModelSource

/** One source for agents of all dialects. */
export function always(source: ModelSource): SourceOf {
  return () => source
}

/** A provider: directly where it speaks the agent's dialect, else in translation. */
export function providerSources(options: Omit<HttpSourceOptions, 'dialect'>): SourceOf {
  const translated = translatedSource(options)
  const direct = new Map(
    options.provider.dialects.map((dialect) => [dialect, httpSource({ ...options, dialect })]),
  )
  return (dialect) => direct.get(dialect) ?? translated
}
