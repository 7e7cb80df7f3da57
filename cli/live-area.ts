import type { TextStream } from './output.ts'

/** Lines at the end of a terminal that are drawn over in place; all else scrolls above them. */
export class LiveArea {
  readonly #stream: TextStream
  #drawn: readonly string[] = []

  constructor(stream: TextStream) {
    this.#stream = stream
  }

  /** @param lines none wider than the terminal: a wrapped line would be miscounted. */
  draw(lines: readonly string[]): void {
    this.#stream.write(`${this.#clear()}${lines.map((line) => `${line}\n`).join('')}`)
    this.#drawn = lines
  }

  /** One line that stays, above the area. */
  note(line: string): void {
    const drawn = this.#drawn
    this.#stream.write(`${this.#clear()}${line}\n`)
    this.#drawn = []
    if (drawn.length > 0) this.draw(drawn)
  }

  /** ECMA-48: CUU moves up, ED 0 erases to the end of the screen. */
  #clear(): string {
    return this.#drawn.length === 0 ? '' : `\u001b[${this.#drawn.length}A\r\u001b[0J`
  }
}
