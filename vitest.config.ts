import { defineConfig } from 'vitest/config'

/**
 * Tests by what they need. `unit` runs in-process and in seconds; `replay` replays saved workflow
 * histories; `live` starts real Temporal, NATS, ClickHouse engine and Docker sandboxes;
 * `agents` installs other people's agents, which takes minutes the first time.
 */
const AGENTS = ['test/agents.live.test.ts', 'worker/agents/installed/*.live.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{core,tasks,models,sandbox,coordinator,worker,grader,analytics,cli,deploy}/**/*.test.ts',
            'test/{*,chaos/*,bench/*}.test.ts',
          ],
          exclude: ['**/*.live.test.ts', 'tasks/suites/**', '**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'replay',
          include: ['test/replay/**/*.test.ts'],
          testTimeout: 60_000,
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
