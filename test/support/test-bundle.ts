import { join } from 'node:path'
import type { WorkflowBundle } from '@temporalio/worker'
import { workflowBundle } from '../../coordinator/workflow-bundle.ts'

/** Of what tests need to make only once, with the packages that it was made by. */
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/sbench-tests')

/** The bundle of the present workflows, made anew when they have changed. */
export function testBundle(): Promise<WorkflowBundle> {
  return workflowBundle(CACHE)
}
