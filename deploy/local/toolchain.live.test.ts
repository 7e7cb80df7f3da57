import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { scratchFolder } from './scratch-folder.ts'
import { projectRoot } from './settings.ts'

/** Stands in for the product behind the entry points. */
const MAIN = `
const word: string = process.argv[2] ?? ''
if (word === 'wait') {
  process.on('SIGTERM', () => process.exit(9))
  setInterval(() => {}, 1_000)
}
process.stdout.write('ran ' + word + '\\n')
if (word === 'fail') process.exit(7)
`

/**
 * A checkout of the entry points with an npm in front of PATH that installs a Node and keeps count.
 *
 * @param npm further lines of its script.
 */
async function checkout(npm = '') {
  const folder = await scratchFolder()
  await cp(join(projectRoot, 'bin'), join(folder, 'bin'), { recursive: true })
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ packages: {} }))
  await mkdir(join(folder, 'cli'))
  await writeFile(join(folder, 'cli', 'main.ts'), MAIN)
  const tools = join(folder, 'tools')
  await mkdir(tools)
  const script = `#!/bin/sh\n${npm}\necho x >> ${folder}/installs\nmkdir -p node_modules/node/bin\nln -sf ${process.execPath} node_modules/node/bin/node\n`
  await writeFile(join(tools, 'npm'), script)
  await chmod(join(tools, 'npm'), 0o755)
  // The run of the tests may have a cache of its own, which its processes inherit.
  const { NODE_COMPILE_CACHE: _, ...outer } = process.env
  const env = { ...outer, PATH: `${tools}:${outer.PATH}` }
  const launch = (...args: readonly string[]) => {
    const child = spawn(process.execPath, [join(folder, 'bin', 'sbench.mjs'), ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { child, ended: once(child, 'close'), out: text(child.stdout), err: text(child.stderr) }
  }
  const start = async (...args: readonly string[]) => {
    const { ended, out, err } = launch(...args)
    const [code] = await ended
    return { code, out: await out, err: await err }
  }
  const installs = async () =>
    (await readFile(join(folder, 'installs'), 'utf8').catch(() => '')).split('\n').length - 1
  return { folder, launch, start, installs }
}

test('two first starts at once install once and both go on', async () => {
  const { start, installs } = await checkout('sleep 0.3')
  const [first, second] = await Promise.all([start('one'), start('two')])
  expect([first.code, second.code]).toEqual([0, 0])
  expect(first.out + second.out).toMatch(/ran one|ran two/)
  expect(first.err + second.err).toContain('waiting for it')
  expect(await installs()).toBe(1)
})

test('packages are installed again when the lockfile changed, and only then', async () => {
  const { folder, start, installs } = await checkout()
  await start('one')
  expect((await start('two')).err).toBe('')
  expect(await installs()).toBe(1)
  expect(existsSync(join(folder, 'node_modules', '.cache', 'node'))).toBe(true)
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {} } }))
  await start('three')
  expect(await installs()).toBe(2)
})

test('a tree that npm itself installed from this lockfile is taken as it is', async () => {
  const { folder, start, installs } = await checkout()
  await start('one')
  await rm(join(folder, 'node_modules', '.sbench-installed'))
  const lock = { packages: { 'node_modules/a': { version: '1.0.0' } } }
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock))
  await writeFile(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify(lock))
  expect((await start('two')).err).toBe('')
  expect(await installs()).toBe(1)
})

test('a failing npm ends the start with what to do', async () => {
  const { start } = await checkout('echo registry is down >&2; exit 1')
  const { code, err } = await start('one')
  expect(code).toBe(4)
  expect(err).toMatch(/registry is down[\s\S]*npm ci failed \(exit code 1\)/)
})

test('exit codes and signals pass through', async () => {
  const { launch, start } = await checkout()
  expect((await start('fail')).code).toBe(7)
  const { child, ended } = launch('wait')
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  expect(await ended).toEqual([9, null])
})
