import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { constants } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What stands between a fresh checkout and the product: the packages of the lockfile, and Node 24,
 * which one of them brings. Plain JavaScript that runs on Node 20 or newer with nothing installed.
 */
export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(projectRoot, 'node_modules')
const marker = join(modules, '.sbench-installed')
const node24 = join(modules, 'node', 'bin', 'node')
/** Of compiled code, by its content: with it, a command starts in little more than half the time. */
const compiled = join(modules, '.cache', 'node')

const LOCK_WAIT_MS = 600_000
const say = (line) => process.stderr.write(`sbench: ${line}\n`)

/** A start that cannot go on; its message is for the person at the terminal. */
export class ToolchainError extends Error {}

/** Runs `npm ci` unless the packages of the present lockfile are there. One start installs, others wait. */
export async function ensureInstalled() {
  if (process.platform !== 'linux') {
    throw new ToolchainError(`Systems-Bench runs on Linux; this machine is ${process.platform}.`)
  }
  if (isInstalled()) return
  const lock = await installLock()
  try {
    if (isInstalled()) return
    say('installing packages with npm ci (once after each change of package-lock.json)')
    // Warnings would be of packages that want a newer Node than the one that installs them; Node 24
    // is what runs them.
    const { code, signal } = await run(
      'npm',
      ['ci', '--no-fund', '--no-audit', '--loglevel=error'],
      {
        cwd: projectRoot,
        stdio: ['ignore', 2, 2],
      },
    )
    if (code !== 0) {
      const how = signal === null ? `exit code ${code}` : signal
      throw new ToolchainError(
        `npm ci failed (${how}); its own message stands above. Mend that, or run \`npm ci\` in ${projectRoot} by hand.`,
      )
    }
    if (!existsSync(node24)) {
      throw new ToolchainError(
        `npm ci went well but brought no ${node24}. The package \`node\` unpacks it in an install script: run \`npm ci --ignore-scripts=false\` in ${projectRoot}.`,
      )
    }
    writeFileSync(marker, lockfileDigest())
  } finally {
    lock.close()
  }
}

/** Runs a file under Node 24 in this process's place: same terminal, signals, exit code. */
export async function runUnderNode24(file, args) {
  const path = `${join(modules, '.bin')}${delimiter}${process.env.PATH ?? ''}`
  const { code, signal } = await run(node24, [file, ...args], {
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: compiled, ...process.env, PATH: path },
  })
  return signal === null ? code : 128 + constants.signals[signal]
}

/** The script that a word of `run.mjs` means: a file, or else a command that a package brings. */
export function scriptOf(word) {
  if (existsSync(word)) return word
  const command = join(modules, '.bin', word)
  if (existsSync(command)) return realpathSync(command)
  throw new ToolchainError(`${word} is neither a file nor a command of an installed package.`)
}

/** What both entry points do around their work: say what failed, leave with its exit code. */
export async function finish(work) {
  try {
    process.exitCode = await work()
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error
    say(error.message)
    process.exitCode = 4
  }
}

function isInstalled() {
  if (!existsSync(node24)) return false
  const wanted = lockfileDigest()
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return true
  if (!npmInstalledTheLockfile()) return false
  writeFileSync(marker, wanted)
  return true
}

/** After a plain `npm install`, npm's own record of node_modules says whether it is the lockfile's. */
function npmInstalledTheLockfile() {
  const record = join(modules, '.package-lock.json')
  if (!existsSync(record)) return false
  const present = readPackages(record)
  const wanted = Object.entries(readPackages(join(projectRoot, 'package-lock.json')))
  return wanted.every(([path, { version, optional }]) => {
    if (path === '') return true
    const installed = present[path]
    return installed === undefined ? optional === true : installed.version === version
  })
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
  } catch (error) {
    throw new ToolchainError(`${file} cannot be read: ${error.message}`)
  }
}

function lockfileDigest() {
  const file = join(projectRoot, 'package-lock.json')
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/** A name in Linux's abstract socket space: the kernel frees it when its holder dies, however it dies. */
async function installLock() {
  const name = `\0sbench-install-${createHash('sha256').update(projectRoot).digest('hex')}`
  const deadline = Date.now() + LOCK_WAIT_MS
  for (let attempt = 0; Date.now() < deadline; attempt++) {
    const server = createServer()
    const free = await new Promise((done, fail) => {
      server.once('error', (error) => (error.code === 'EADDRINUSE' ? done(false) : fail(error)))
      server.listen({ path: name }, () => done(true))
    })
    if (free) return server
    if (attempt === 0) say('another start is installing packages; waiting for it')
    await new Promise((done) => setTimeout(done, 200))
  }
  throw new ToolchainError(
    'another start has been installing packages for ten minutes; end it and try again.',
  )
}

/**
 * Runs a child to its end and hands on the signals that this process gets. Ctrl-C reaches the child
 * from the terminal itself, so SIGINT is handed on only where there is no terminal.
 */
function run(command, args, options) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, options)
    const terminal = process.stdin.isTTY === true || process.stderr.isTTY === true
    const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'].map((signal) => {
      const fromTerminal = terminal && (signal === 'SIGINT' || signal === 'SIGQUIT')
      const handler = () => fromTerminal || child.kill(signal)
      process.on(signal, handler)
      return [signal, handler]
    })
    const settle = () => {
      for (const [signal, handler] of handlers) process.off(signal, handler)
    }
    child.once('error', (error) => {
      settle()
      fail(
        new ToolchainError(
          error.code === 'ENOENT'
            ? `${command} is not on PATH; install Node.js 20 or newer with npm.`
            : error.message,
        ),
      )
    })
    child.once('exit', (code, signal) => {
      settle()
      done({ code: code ?? 1, signal })
    })
  })
}
