import { messageOf } from '../../core/failure.ts'
import type { VerifierLogs, VerifierLogsOptions } from '../../grader/grade.ts'
import type { ArchiveLimits } from '../../sandbox/sandbox.ts'
import { ArtifactDraft, type ArtifactReading } from './artifact-draft.ts'

const FOLDER = 'verifier'
/** Harbor's name for what the verifier prints. */
const OUTPUT = `${FOLDER}/test-stdout.txt`

/** What a verifier left, read by the grader together with the verdict. */
export class VerifierArtifacts implements VerifierLogsOptions {
  readonly limits: ArchiveLimits
  readonly #draft: ArtifactDraft
  readonly #reading: ArtifactReading
  #logs: VerifierLogs | null = null

  constructor(roomBytes: number) {
    this.#draft = new ArtifactDraft(roomBytes)
    this.#reading = this.#draft.read({ into: FOLDER })
    this.limits = this.#reading.limits
  }

  take(logs: VerifierLogs): void {
    this.#logs = logs
  }

  /** The draft with everything in it; what cannot be read is named there. */
  async drafted(): Promise<ArtifactDraft> {
    const { tar = null, output = '' } = this.#logs ?? {}
    if (tar !== null) {
      await this.#reading.add(tar).catch((error: unknown) => {
        this.#draft.leaveOut(FOLDER, null, messageOf(error))
      })
    }
    const has = (path: string) => this.#draft.package.files.some((file) => file.path === path)
    if (output !== '' && !has(OUTPUT)) this.#draft.addFile(OUTPUT, Buffer.from(output))
    return this.#draft
  }
}
