import type { Figure } from './figure.ts'
import { inlineSvg } from './figure-files.ts'
import { figureTable } from './html-table.ts'
import { escaped } from './svg.ts'
import { FONTS, pageColours } from './theme.ts'

/** What a page says before its figures. */
export interface PageHead {
  readonly title: string
  /** What, when, under which conditions: a name and its value each. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  /** Tables of the boards, as markup. */
  readonly boards: readonly string[]
  readonly notes: readonly string[]
}

export interface PageOptions {
  /** Name the files of figures, which lie beside the page. */
  readonly files: boolean
}

/**
 * One page that needs nothing else: no script, no request, style and drawings inside. Its policy
 * forbids the browser all the rest, whatever a contestant is called.
 */
export function reportPage(
  { title, facts, boards, notes }: PageHead,
  figures: readonly Figure[],
  options: PageOptions,
): string {
  const listed = facts.map(
    ([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`,
  )
  const contents = figures.map(
    ({ id, title: name }) => `<li><a href="#${id}">${escaped(name)}</a></li>`,
  )
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)}</title>`,
    `<style>${pageColours()}\n${STYLE}</style>`,
    '</head>',
    '<body>',
    `<header><h1>${escaped(title)}</h1><dl>${listed.join('')}</dl></header>`,
    '<main>',
    `<section id="boards">${boards.join('\n')}</section>`,
    `<section id="notes"><h2>Notes</h2><ul>${notes.map((note) => `<li>${escaped(note)}</li>`).join('')}</ul></section>`,
    `<nav aria-label="Figures"><h2>Figures</h2><ol>${contents.join('')}</ol></nav>`,
    ...figures.map((figure, at) => figureSection(figure, at + 1, options)),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function figureSection(figure: Figure, number: number, { files }: PageOptions): string {
  const { id, title, drawing, caption, table } = figure
  const drawn =
    drawing === null ? '' : `<div class="scroll" tabindex="0">${inlineSvg(figure, drawing)}</div>`
  const said = `<b>Figure ${number}. ${escaped(title)}.</b> ${escaped(caption.join(' '))}`
  const kinds = [...(drawing === null ? [] : ['svg', 'png']), 'csv', 'json']
  const links = kinds.map((kind) => `<a href="figures/${id}.${kind}">${kind}</a>`)
  return [
    `<figure id="${id}">`,
    drawn,
    `<figcaption>${said}${files ? ` <span class="files">${links.join(' ')}</span>` : ''}</figcaption>`,
    table.shown.length === 0
      ? ''
      : `<details><summary>Table of figure ${number}</summary>${figureTable(table)}</details>`,
    '</figure>',
  ].join('\n')
}

const STYLE = `
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 ${FONTS}}
header,main{max-width:1120px;margin:0 auto;padding:0 20px}
h1{font-size:1.6rem;line-height:1.25;margin:1.6rem 0 .8rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:1.6rem 0 .4rem}
dl{margin:0;display:grid;gap:.15rem 1.5rem}
dl div{display:grid;grid-template-columns:9rem 1fr;gap:.8rem}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
a{color:var(--blue)}
nav ol{columns:20rem;margin:.4rem 0;padding-left:1.6rem}
#notes ul{margin:.4rem 0;padding-left:1.2rem;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin:0 -4px;padding:0 4px}
.scroll svg{display:block;height:auto;max-width:100%;font-family:${FONTS}}
figure{margin:2.4rem 0;padding-top:.4rem;border-top:1px solid var(--grid)}
figcaption{font-size:.9rem;color:var(--quiet);margin-top:.5rem;overflow-wrap:anywhere}
figcaption b{color:var(--ink)}
.files a{margin-left:.4rem}
details{margin-top:.5rem;font-size:.9rem}
summary{cursor:pointer;color:var(--quiet)}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;margin:.6rem 0}
caption{text-align:left;font-weight:bold;padding:.3rem .5rem .3rem 0;color:var(--ink)}
caption span{display:block;width:max-content;position:sticky;left:0;max-width:calc(100vw - 44px)}
th,td{padding:.2rem .6rem .2rem 0;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}
th{color:var(--quiet);font-weight:normal;vertical-align:bottom}
.left{text-align:left}
td.left{max-width:28rem;overflow:hidden;text-overflow:ellipsis}
.tall{max-height:min(70vh,46rem);overflow:auto}.tall th{position:sticky;top:0;background:var(--ground)}
.more{color:var(--quiet)}
@media(max-width:700px){
dl div{grid-template-columns:1fr;gap:0}
.scroll svg{max-width:none;width:auto}
}
@media print{
@page{margin:14mm}
body,figcaption,table{font-size:8.5pt}h1{font-size:14pt}h2{font-size:10pt}
table{font-size:7pt}th,td{white-space:normal;padding:.15rem .35rem .15rem 0}
header,main{max-width:none;padding:0}
figure,table,tr{break-inside:avoid}figure{margin:1.2rem 0}
nav,.files,details:not([open]){display:none}
.scroll,.tall{overflow:visible;max-height:none}.scroll svg{max-width:100%;max-height:235mm}
}
`
