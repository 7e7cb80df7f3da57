import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const AGENTS = ['test/agents.live.test.ts', 'worker/agents/installed/*.live.test.ts']

/**
 * Files share a few processes: starting one and importing all again takes longer than most files do.
 * No module keeps state (`test/boundaries.test.ts`), so no file can see another. One process more
 * than processors, since some tests wait for others.
 */
const IN_PROCESS = { isolate: false, maxWorkers: Math.min(availableParallelism() + 1, 8) }

/**
 * Tests by what they need. `unit` runs in-process and in seconds; `replay` replays saved workflow
 * histories; `live` starts real Temporal, NATS, ClickHouse engine and Docker sandboxes;
 * `agents` installs other people's agents, which takes minutes the first time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          ...IN_PROCESS,
          include: [
            '{core,tasks,models,sandbox,coordinator,worker,grader,analytics,cli,deploy}/**/*.test.ts',
            'test/{*,chaos/*,bench/*}.test.ts',
          ],
          exclude: ['**/*.live.test.ts', 'tasks/suites/**', '**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'replay',
          ...IN_PROCESS,
          include: ['test/replay/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'live',
          globalSetup: ['test/support/prepare-machine.ts'],
          include: ['**/*.live.test.ts'],
          exclude: [...AGENTS, 'tasks/suites/**', '**/node_modules/**'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'agents',
          globalSetup: ['test/support/prepare-machine.ts'],
          include: AGENTS,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
