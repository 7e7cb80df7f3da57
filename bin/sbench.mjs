#!/usr/bin/env node
import { join } from 'node:path'
import { ensureInstalled, finish, projectRoot, runUnderNode24 } from './toolchain.mjs'

await finish(async () => {
  await ensureInstalled()
  return runUnderNode24(join(projectRoot, 'cli', 'main.ts'), process.argv.slice(2))
})
