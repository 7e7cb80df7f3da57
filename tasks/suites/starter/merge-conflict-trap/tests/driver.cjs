// Runs the command line many times in one process, then its tests, since starting Node costs more than all of them.
// Each run has modules of its own (by a link of its own to the tree), arguments, input, output and exit code, and
// ends when the event loop is empty. It holds no expected values: whoever tampers with it spoils their own answers,
// and what does not answer rightly here is asked again in a process of its own.
const { readFileSync } = require('node:fs')
const { Readable } = require('node:stream')
const { pathToFileURL } = require('node:url')

const { token, runs, tests } = JSON.parse(readFileSync(0, 'utf8'))
const own = { argv: process.argv, exit: process.exit }
const print = process.stdout.write.bind(process.stdout)
const left = Symbol('process.exit')
const answers = []
let current = null

function collect(name) {
  return (part, encoding, done) => {
    current[name] += typeof part === 'string' ? part : Buffer.from(part).toString()
    const then = typeof encoding === 'function' ? encoding : done
    if (then) process.nextTick(then)
    return true
  }
}

function start({ program, words, stdin }) {
  current = { code: 13, stdout: '', stderr: '' }
  process.argv = [process.execPath, program, ...words]
  process.exitCode = undefined
  Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(stdin)]), configurable: true })
  import(pathToFileURL(program)).then(() => end(process.exitCode ?? 0), fail)
}

const end = (code) => { if (current.code === 13) current.code = code }

function fail(error) {
  if (error !== left) current.stderr += `${error?.stack ?? error}\n`
  end(1)
}

function next() {
  if (current !== null) {
    if (current.code === 0) current.code = process.exitCode ?? 0
    answers.push(current)
  }
  if (answers.length < runs.length) return start(runs[answers.length])
  process.off('beforeExit', next)
  process.off('uncaughtException', fail)
  Object.assign(process, own)
  process.exitCode = undefined
  delete process.stdout.write
  delete process.stderr.write
  print(`${token}${JSON.stringify(answers)}\n`)
  tests.reduce((before, path) => before.then(() => import(pathToFileURL(path))), Promise.resolve())
}

process.exit = (code) => {
  end(code ?? process.exitCode ?? 0)
  throw left
}
process.stdout.write = collect('stdout')
process.stderr.write = collect('stderr')
process.on('uncaughtException', fail)
process.on('beforeExit', next)
