import { EngineException } from './engine-exception.ts'

/**
 * How a result's portions join to one document. The engine hands out a stream as portions of some
 * 65,000 rows, each a complete document of its own, so that only formats whose documents can be
 * concatenated, at most after dropping a repeated head, can be streamed.
 */
type Head = 'none' | 'line' | 'two-lines' | 'csv-line' | 'two-csv-lines' | 'names' | 'names-types'

interface OutputFormat {
  readonly contentType: string
  /** `undefined`: the whole document has to be made at once. */
  readonly head: Head | undefined
}

const TSV = 'text/tab-separated-values; charset=UTF-8'
const CSV = 'text/csv; charset=UTF-8'
const JSON_LINES = 'application/x-ndjson; charset=UTF-8'
const JSON_DOCUMENT = 'application/json; charset=UTF-8'
const BYTES = 'application/octet-stream'
const TEXT = 'text/plain; charset=UTF-8'

const FORMATS: ReadonlyMap<string, OutputFormat> = new Map(
  (
    [
      ['TabSeparated TSV TabSeparatedRaw TSVRaw Raw', TSV, 'none'],
      ['TabSeparatedWithNames TSVWithNames TabSeparatedRawWithNames TSVRawWithNames', TSV, 'line'],
      ['TabSeparatedWithNamesAndTypes TSVWithNamesAndTypes', TSV, 'two-lines'],
      ['TabSeparatedRawWithNamesAndTypes TSVRawWithNamesAndTypes', TSV, 'two-lines'],
      ['TSKV', TEXT, 'none'],
      ['CSV', `${CSV}; header=absent`, 'none'],
      ['CSVWithNames', `${CSV}; header=present`, 'csv-line'],
      ['CSVWithNamesAndTypes', `${CSV}; header=present`, 'two-csv-lines'],
      ['JSONEachRow JSONLines NDJSON JSONStringsEachRow', JSON_LINES, 'none'],
      ['JSONCompactEachRow JSONCompactStringsEachRow', JSON_LINES, 'none'],
      ['JSONCompactEachRowWithNames JSONCompactStringsEachRowWithNames', JSON_LINES, 'line'],
      ['JSONCompactEachRowWithNamesAndTypes', JSON_LINES, 'two-lines'],
      ['JSONCompactStringsEachRowWithNamesAndTypes', JSON_LINES, 'two-lines'],
      ['JSONEachRowWithProgress JSONStringsEachRowWithProgress', JSON_LINES, 'line'],
      ['JSON JSONStrings JSONCompact JSONCompactStrings JSONColumns', JSON_DOCUMENT, undefined],
      ['JSONColumnsWithMetadata JSONCompactColumns JSONObjectEachRow', JSON_DOCUMENT, undefined],
      ['RowBinary Native MsgPack RawBLOB', BYTES, 'none'],
      ['RowBinaryWithNames', BYTES, 'names'],
      ['RowBinaryWithNamesAndTypes', BYTES, 'names-types'],
      [
        'Parquet Arrow ArrowStream ORC Avro Protobuf ProtobufSingle CapnProto Npy',
        BYTES,
        undefined,
      ],
      ['RowBinaryWithDefaults ProtobufList BSONEachRow', BYTES, undefined],
      ['XML', 'application/xml; charset=UTF-8', undefined],
      ['Markdown', 'text/markdown; charset=UTF-8', undefined],
      ['Null', TEXT, 'none'],
    ] as const
  ).flatMap(([names, contentType, head]) =>
    names.split(' ').map((name) => [name.toLowerCase(), { contentType, head }] as const),
  ),
)

/** Settings and clauses that put something after the rows, or around them: no portions then. */
const WHOLE_ONLY = /\b(?:TOTALS|extremes|output_format_json_array_of_rows)\b/i

export function contentTypeOf(format: string): string {
  return FORMATS.get(format.toLowerCase())?.contentType ?? TEXT
}

/** Whether a result may go out portion by portion; `context` is the SQL and the setting names. */
export function canStream(format: string, context: string): boolean {
  return FORMATS.get(format.toLowerCase())?.head !== undefined && !WHOLE_ONLY.test(context)
}

/**
 * Length in bytes of what every portion repeats before its rows, measured on the first portion.
 *
 * @throws EngineException LOGICAL_ERROR when the format is not one that {@link canStream}.
 */
export function headLength(format: string, portion: Uint8Array): number {
  const head = FORMATS.get(format.toLowerCase())?.head
  switch (head) {
    case 'none':
      return 0
    case 'line':
      return afterLine(portion, 0, false)
    case 'two-lines':
      return afterLine(portion, afterLine(portion, 0, false), false)
    case 'csv-line':
      return afterLine(portion, 0, true)
    case 'two-csv-lines':
      return afterLine(portion, afterLine(portion, 0, true), true)
    case 'names':
      return afterNames(portion, 1)
    case 'names-types':
      return afterNames(portion, 2)
    case undefined:
      throw EngineException.raise('LOGICAL_ERROR', `Format ${format} cannot be streamed.`)
  }
}

function afterLine(bytes: Uint8Array, from: number, quotes: boolean): number {
  let inside = false
  for (let at = from; at < bytes.length; at += 1) {
    if (quotes && bytes[at] === 0x22) inside = !inside
    if (!inside && bytes[at] === 0x0a) return at + 1
  }
  return bytes.length
}

/** RowBinary's head: a count of columns, then that many strings for each row of the head. */
function afterNames(bytes: Uint8Array, rows: number): number {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; at < bytes.length; factor *= 128) {
      const byte = bytes[at] ?? 0
      at += 1
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
    }
    return value
  }
  const strings = varint() * rows
  for (let index = 0; index < strings; index += 1) {
    const length = varint()
    at += length
  }
  return Math.min(at, bytes.length)
}
