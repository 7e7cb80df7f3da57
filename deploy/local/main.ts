import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { openLog } from '../../core/log.ts'
import { untilShutdown } from '../../core/shutdown.ts'
import { ControlServer } from './control.ts'
import { FolderLock } from './folder-lock.ts'
import { openHome } from './home.ts'
import { dropRecord, writeRecord } from './process-record.ts'
import { RotatingLog } from './rotating-log.ts'
import { planSchema, Supervisor } from './supervisor.ts'

/**
 * The supervisor's process: `main.ts <plan file>`. It outlives the `up` that starts it, which says on
 * its standard input that the plan is there; an input that ends without a word is the end of that start.
 */
const [planFile = ''] = process.argv.slice(2)
if ((await text(process.stdin)) === '') process.exit(0)
const plan = planSchema.parse(JSON.parse(await readFile(planFile, 'utf8')))
const home = await openHome(plan.home)
{
  await using _lock = await FolderLock.acquire(home, 'supervisor', { waitMs: 5_000 })
  await using record = new AsyncDisposableStack()
  record.defer(() => dropRecord(home, 'supervisor'))
  await writeRecord(home, 'supervisor', process.pid)
  const log = openLog({
    process: 'supervisor',
    destination: new RotatingLog(join(home.logs, 'supervisor.log')),
  })
  const shutdown = untilShutdown()
  await using supervisor = await Supervisor.open(plan, { home, log, environment: process.env })
  await using control = await ControlServer.open(home, () => supervisor.status)
  const reason = await Promise.race([shutdown, control.stopAsked.then(() => 'asked to stop')])
  log.info({ reason }, 'stopping')
}
process.exit(0)
