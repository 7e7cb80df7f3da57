/** A figure before it is written anywhere: what is drawn, what is said, and the numbers behind. */
export interface Figure {
  /** Name of its files, and the beginning of every id in its drawing. */
  readonly id: string
  readonly title: string
  /** Null where there is nothing to draw; the caption then says why. */
  readonly drawing: Drawing | null
  /** Sentences a paper could use: level, estimand, method, numbers of tasks and trials. */
  readonly caption: readonly string[]
  readonly table: FigureTable
}

/** Markup inside of an SVG element, in its own units, which are pixels at full size. */
export interface Drawing {
  readonly width: number
  readonly height: number
  readonly markup: string
  /** For those who cannot see it, in one sentence. */
  readonly summary: string
}

/** Numbers behind a figure: as they are read, and as programs read them. */
export interface FigureTable {
  readonly columns: readonly TableColumn[]
  /** As people read them. */
  readonly shown: readonly (readonly string[])[]
  /** Fractions of 1, dollars, seconds; null where there is no value. The same rows. */
  readonly values: readonly (readonly Value[])[]
  /** The same in another form for the page, where that reads better. */
  readonly page?: {
    readonly heads: readonly { readonly title: string; readonly left?: boolean }[]
    readonly rows: readonly (readonly string[])[]
  }
}

export type Value = string | number | boolean | null

export interface TableColumn {
  /** In files. */
  readonly key: string
  /** On the page. */
  readonly title: string
  readonly left: boolean
}

/** A column of rows of one kind. */
export interface Column<Row> {
  readonly key: string
  readonly title: string
  readonly left?: true
  readonly value: (row: Row) => Value
  /** The value itself where it is left out. */
  readonly text?: (row: Row) => string
}

export function tableOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): FigureTable {
  return {
    columns: columns.map(({ key, title, left = false }) => ({ key, title, left })),
    shown: rows.map((row) =>
      columns.map(({ value, text }) => text?.(row) ?? `${value(row) ?? NOTHING}`),
    ),
    values: rows.map((row) => columns.map(({ value }) => value(row))),
  }
}

/** In place of a value that there is not. */
export const NOTHING = '–'
