#!/usr/bin/env node
import { ensureInstalled, finish, runUnderNode24, scriptOf, ToolchainError } from './toolchain.mjs'

await finish(async () => {
  const [word, ...args] = process.argv.slice(2)
  if (word === undefined) {
    throw new ToolchainError('usage: node bin/run.mjs <file, or command of a package> [arguments]')
  }
  await ensureInstalled()
  return runUnderNode24(scriptOf(word), args)
})
