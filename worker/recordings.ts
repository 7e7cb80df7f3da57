import { z } from 'zod'
import type { ReplaySource, Trial } from '../coordinator/contract/sweep.ts'
import { type BlobStore, getJson } from '../core/blobs.ts'
import { Failure } from '../core/failure.ts'
import { type Digest, trialIdOf } from '../core/ids.ts'
import type { ModelCall } from '../core/model-call.ts'
import { readModelCalls } from '../core/model-recording.ts'
import { EVENT_KINDS } from '../core/trajectory.ts'

const digest = z.custom<Digest>((value) => typeof value === 'string' && value.startsWith('sha256:'))
const indexSchema = z.record(z.string(), digest)
const eventSchema = z.object({
  kind: z.enum(EVENT_KINDS),
  body: z.string(),
  meta: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})

/** What the models answered when the trials of another sweep were run. */
export class Recordings {
  readonly #blobs: BlobStore
  readonly #indices = new Map<Digest, Promise<Readonly<Record<string, Digest>>>>()

  constructor(blobs: BlobStore) {
    this.#blobs = blobs
  }

  /** @throws Failure `replay.differs` when that sweep recorded no such trial. */
  async of(trial: Trial, { of, recordings }: ReplaySource): Promise<readonly ModelCall[]> {
    const index = await this.#index(recordings)
    const { contestant, task, seed } = trial
    const recording = index[trialIdOf(of, contestant.name, task.name, seed)]
    if (recording === undefined) {
      const message = `The sweep ${of} has no recording of ${contestant.name} on ${task.name}, seed ${seed}.`
      throw new Failure('replay.differs', message, { facts: { sweep: of, seed } })
    }
    const text = new TextDecoder().decode(await this.#blobs.get(recording))
    const lines = text.split('\n').filter((line) => line !== '')
    return readModelCalls(lines.map((line) => eventSchema.parse(JSON.parse(line))))
  }

  #index(recordings: Digest): Promise<Readonly<Record<string, Digest>>> {
    const known = this.#indices.get(recordings)
    if (known !== undefined) return known
    const read = getJson(this.#blobs, recordings).then((value) => indexSchema.parse(value))
    this.#indices.set(recordings, read)
    read.catch(() => this.#indices.delete(recordings))
    return read
  }
}
