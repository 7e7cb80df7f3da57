import { readConfig } from './config.js'
import { createService } from './service.js'

const config = readConfig(process.env)
const service = createService(config)

service.server.listen(config.port, '127.0.0.1', () => {
  process.stdout.write(`parcel-desk on 127.0.0.1:${service.server.address().port}\n`)
})

process.once('SIGTERM', async () => {
  await service.close()
  process.exit(0)
})
