import { text } from 'node:stream/consumers'
import { COMMAND_GROUPS } from './commands.ts'
import { catchInterrupt } from './interrupt.ts'
import { runProgram } from './program.ts'

// A reader that has seen enough (`sbench sql … | head`) closes the pipe; that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

process.exitCode = await runProgram(process.argv.slice(2), {
  groups: COMMAND_GROUPS,
  streams: { stdout: process.stdout, stderr: process.stderr },
  environment: process.env,
  folder: process.cwd(),
  readInput: () => text(process.stdin),
  catchInterrupt: () => catchInterrupt(process),
})
