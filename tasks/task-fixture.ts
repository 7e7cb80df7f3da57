import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Contents by path, for tests that need a folder; `[content]` in brackets makes it executable. */
export type Files = Readonly<Record<string, string | Uint8Array | readonly [string | Uint8Array]>>

/** The smallest task that loads. */
export const SMALLEST_TASK: Files = {
  'task.toml': 'schema_version = "1.4"\n',
  'instruction.md': 'Do it.\n',
  'environment/Dockerfile': 'FROM scratch\n',
  'tests/test.sh': ['exit 0\n'],
}

/** A folder of its own for one test, removed at the end of its block. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async with(files: Files = {}): Promise<TemporaryFolder> {
    const folder = new TemporaryFolder(await mkdtemp(join(tmpdir(), 'sbench-test-')))
    await folder.write(files)
    return folder
  }

  at(...parts: readonly string[]): string {
    return join(this.path, ...parts)
  }

  /** @param below where the files go; the folder itself by default. */
  async write(files: Files, below = ''): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      const isPlain = typeof content === 'string' || content instanceof Uint8Array
      const file = this.at(below, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, isPlain ? content : content[0])
      await chmod(file, isPlain ? 0o644 : 0o755)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}
