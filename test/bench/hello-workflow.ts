import { proxyActivities } from '@temporalio/workflow'

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({
  startToCloseTimeout: '1 minute',
})

/** The workflow of every Temporal tutorial: one activity, its answer. */
export async function hello(name: string): Promise<string> {
  return greet(name)
}
