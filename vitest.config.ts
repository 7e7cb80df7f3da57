import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const AGENTS = ['test/agents.live.test.ts', 'worker/agents/installed/*.live.test.ts']
/** Files that hold the start and the end of a stack to seconds. */
const ALONE = ['deploy/local/stack.live.test.ts', 'test/farm.live.test.ts']

/**
 * Files share a few processes: starting one and importing all again takes longer than most files do.
 * No module keeps state (`test/boundaries.test.ts`), so no file can see another. One process more
 * than processors, since some tests wait for others.
 */
const IN_PROCESS = {
  // Node reads TypeScript by itself; Vite's own way takes a tenth more of the whole.
  experimental: { viteModuleRunner: false },
  isolate: false,
  maxWorkers: Math.min(availableParallelism() + 1, 8),
}

/** What starts real servers and containers takes its time, and more on the first run. */
const REAL = {
  globalSetup: ['test/support/prepare-machine.ts'],
  testTimeout: 180_000,
  hookTimeout: 300_000,
}

/**
 * Two files at a time: they wait for processes and containers most of the time, and each owns all
 * that it touches: servers on free ports, a folder, what it labelled in Docker. After the unit
 * tests, which need the processors.
 */
const TWO_AT_A_TIME = { isolate: false, maxWorkers: 2, sequence: { groupOrder: 1 } }

/**
 * Tests by what they need. `unit` runs in-process, but for a short command now and then, and in
 * seconds; `replay` replays saved workflow histories; `live` starts processes: real Temporal, NATS,
 * ClickHouse engine, Docker sandboxes, shells and servers; `alone` does so with the machine to
 * itself; `agents` installs other people's agents, which takes minutes the first time.
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
          ...REAL,
          ...TWO_AT_A_TIME,
          include: ['**/*.live.test.ts'],
          exclude: [...AGENTS, ...ALONE, 'tasks/suites/**', '**/node_modules/**'],
        },
      },
      { test: { name: 'alone', ...REAL, include: ALONE, fileParallelism: false } },
      { test: { name: 'agents', ...REAL, include: AGENTS, fileParallelism: false } },
    ],
  },
})
