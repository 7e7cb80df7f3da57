import { afterAll, beforeAll, beforeEach } from 'vitest'
import { ScriptedFarm } from './scripted-farm.ts'
import { TemporalServer } from './temporal-server.ts'

export interface ScriptedStage {
  readonly server: TemporalServer
  readonly farm: ScriptedFarm
  /** Coordinator, nodes and sink end, and others go on in their place. */
  replaceFarm(): Promise<void>
}

/** A scripted farm on a server of its own for the tests of one file, without a script before each. */
export function scriptedStage(): ScriptedStage {
  let server: TemporalServer
  let farm: ScriptedFarm
  beforeAll(async () => {
    server = await TemporalServer.start()
    farm = await ScriptedFarm.start(server)
  })
  beforeEach(() => farm.reset())
  afterAll(async () => {
    await farm?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })
  return {
    get server() {
      return server
    },
    get farm() {
      return farm
    },
    async replaceFarm() {
      const { script, blobs, results, looks } = farm
      await farm[Symbol.asyncDispose]()
      farm = await ScriptedFarm.start(server, { blobs, results, looks })
      farm.script = script
    },
  }
}
