/**
 * The sizes of slot that a task can ask for, smallest first. Every class has a queue of its own, so
 * that a node takes only work that fits into what it has left.
 */
export const RESOURCE_CLASSES = {
  small: { cpus: 1, memoryMb: 2048 },
  medium: { cpus: 2, memoryMb: 4096 },
  large: { cpus: 4, memoryMb: 8192 },
  xlarge: { cpus: 8, memoryMb: 16_384 },
} as const satisfies Record<string, { cpus: number; memoryMb: number }>

export type ResourceClass = keyof typeof RESOURCE_CLASSES

/** From the smallest to the largest. */
export const RESOURCE_CLASS_NAMES: readonly ResourceClass[] = ['small', 'medium', 'large', 'xlarge']

/** @throws RangeError for a name that is no class. */
export function resourceClassNamed(name: string): ResourceClass {
  const found = RESOURCE_CLASS_NAMES.find((candidate) => candidate === name)
  if (found === undefined) throw new RangeError(`There is no resource class "${name}".`)
  return found
}

/** The smallest class that holds the needs, or null when they exceed the largest. */
export function resourceClassOf(needs: {
  readonly cpus: number
  readonly memoryMb: number
}): ResourceClass | null {
  const holds = (name: ResourceClass) =>
    RESOURCE_CLASSES[name].cpus >= needs.cpus && RESOURCE_CLASSES[name].memoryMb >= needs.memoryMb
  return RESOURCE_CLASS_NAMES.find(holds) ?? null
}
