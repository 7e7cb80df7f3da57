import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'

import { parseParcel } from './parcel.js'
import { quote } from './quote.js'
import { settingsFrom } from './settings.js'

const { positionals: [command], values: flags } = parseArgs({
  allowPositionals: true,
  options: { fuel: { type: 'string' }, json: { type: 'boolean' } },
})

const commands = {
  quote(parcels, settings) {
    return parcels.map((parcel) => quote(parcel, settings))
  },
}

try {
  if (!Object.hasOwn(commands, command ?? '')) throw new TypeError(`commands: ${Object.keys(commands).join(', ')}`)
  const settings = settingsFrom({ fuel: flags.fuel === undefined ? undefined : Number(flags.fuel) })
  const parcels = JSON.parse(await text(process.stdin)).map(parseParcel)
  const rows = commands[command](parcels, settings)
  if (flags.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  else for (const row of rows) process.stdout.write(`${row.id}\t${(row.total / 100).toFixed(2)}\n`)
} catch (error) {
  process.stderr.write(`courier-quotes: ${error.message}\n`)
  process.exitCode = 2
}
