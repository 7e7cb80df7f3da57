import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

/** Pixels a unit of a drawing, at both sides; one where a picture would have more than so many in all. */
const ZOOM = 2
const MOST_PIXELS = 4e6

const ready = new Map<'renderer', Promise<Renderer>>()

interface Renderer {
  readonly render: (svg: string, zoom: number) => Uint8Array
}

/** An SVG as a PNG, the same bytes on every machine: fonts and renderer come with the project. */
export async function pngOf(svg: string, size: { width: number; height: number }) {
  const known = ready.get('renderer') ?? startRenderer()
  ready.set('renderer', known)
  const zoom = size.width * size.height * ZOOM ** 2 > MOST_PIXELS ? 1 : ZOOM
  return (await known).render(svg, zoom)
}

async function startRenderer(): Promise<Renderer> {
  const { resolve } = createRequire(import.meta.url)
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm')
  const [wasm, ...fonts] = await Promise.all([
    readFile(resolve('@resvg/resvg-wasm/index_bg.wasm')),
    readFile(resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')),
    readFile(resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')),
  ])
  await initWasm(wasm)
  const font = {
    fontBuffers: fonts,
    defaultFontFamily: 'DejaVu Sans',
    sansSerifFamily: 'DejaVu Sans',
  }
  return {
    render(svg, zoom) {
      const renderer = new Resvg(svg, { font, fitTo: { mode: 'zoom', value: zoom } })
      const image = renderer.render()
      try {
        return image.asPng()
      } finally {
        image.free()
        renderer.free()
      }
    },
  }
}
