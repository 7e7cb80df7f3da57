import { crc32, deflateSync } from 'node:zlib'
import type { Rgb } from './viridis.ts'

/** A picture of at most 256 colours. */
export interface PalettePicture {
  readonly width: number
  readonly height: number
  /** Places in the palette, row by row. */
  readonly pixels: Uint8Array
  /** The first colour lets through what is behind it. */
  readonly palette: readonly Rgb[]
}

/**
 * A picture as PNG of colour type 3, eight bits a pixel.
 *
 * @see PNG (Third Edition), https://www.w3.org/TR/png-3/
 */
export function palettePng({ width, height, pixels, palette }: PalettePicture): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1)
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flat())),
    chunk('tRNS', Buffer.from([0])),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(body.length + 8)
  frame.writeUInt32BE(data.length, 0)
  frame.set(body, 4)
  frame.writeUInt32BE(crc32(body), body.length + 4)
  return frame
}
