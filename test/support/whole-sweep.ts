import { expect } from 'vitest'
import { auditSweep } from './audit-sweep.ts'
import type { Farm } from './farm.ts'

/** What must hold of any sweep that has ended, whatever died meanwhile. */
export async function expectWhole(farm: Farm, sweep: string, trials: number): Promise<void> {
  const findings = await auditSweep(farm, sweep, trials)
  expect(findings.filter(({ broken }) => broken.length > 0)).toEqual([])
}
