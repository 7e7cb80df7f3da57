import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { VENDORS } from './built-in-providers.ts'
import { BUILT_IN_MODELS, loadModels, modelsPath, parseModels } from './config.ts'
import { PRICE_PAGES } from './prices.ts'

test('every mistake of a file of models is reported at once, with its place, value and remedy', () => {
  const text = `
providers:
  - {name: Open Router, dialects: [openai], baseUrl: ftp://example.com}
  - {name: scripted, dialects: [openai-chat], baseUrl: "http://localhost:1"}
  - {name: vllm, dialects: [openai-chat], baseUrl: "http://localhost:8000/v1", key: sk-secret}
  - {name: ollama, pace: {requestsPerMinute: 0}}
models:
  - {model: gpt, price: {input: -1, output: free, asOf: yesterday}}
  - {model: vllm/qwen, contextTokens: 1.5, colour: red}
`
  const error = (() => {
    try {
      return parseModels(text, 'models.yaml')
    } catch (thrown) {
      return thrown
    }
  })()
  expect(error).toMatchObject({ code: 'config.invalid', exitCode: 2 })
  for (const part of [
    /models\.yaml: 13 problems/,
    /providers\.0\.name = "Open Router": write lower-case/,
    /providers\.0\.dialects\.0 = "openai": one of anthropic-messages/,
    /providers\.0\.baseUrl = "ftp:\/\/example\.com": write an address/,
    /providers\.1\.name = "scripted": this name belongs to the farm/,
    /providers\.2\.baseUrl = "http:\/\/localhost:8000\/v1": leave the version out/,
    /providers\.2\.key: say where the key is/,
    /providers\.3\.pace\.requestsPerMinute = 0: write a whole number/,
    /models\.0\.model = "gpt": write provider\/name/,
    /models\.0\.price\.input = -1/,
    /models\.0\.price\.output = "free"/,
    /models\.0\.price\.asOf = "yesterday": write the day/,
    /models\.1\.contextTokens = 1\.5/,
    /models\.1\.colour: unknown field/,
  ]) {
    expect(String(error)).toMatch(part)
  }
  expect(String(error)).not.toContain('sk-secret')
})

test('a provider of its own must say where it is and how it is spoken to', () => {
  expect(() => parseModels('providers: [{name: vllm}]', 'models.yaml')).toThrow(
    /providers\.0\.baseUrl: write the address[\s\S]*providers\.0\.dialects: say how/,
  )
  expect(() => parseModels('models: [{model: vlm/qwen}]', 'models.yaml')).toThrow(
    /models\.0\.model = "vlm\/qwen": there is no provider vlm/,
  )
})

test('a vendor keeps what the file does not change', () => {
  const text = `
providers:
  - {name: anthropic, pace: {requestsPerMinute: 50}}
  - {name: vllm, dialects: [openai-chat], baseUrl: "http://gpu:8000/", key: {file: keys/vllm}}
models:
  - {model: openai/gpt-5, contextTokens: 100000}
  - {model: vllm/qwen, price: {input: 0.1, output: 0.2, asOf: 2026-01-31}}
`
  const { providers, models } = parseModels(text, '/etc/sbench/models.yaml')
  expect(providers.find(({ name }) => name === 'anthropic')).toMatchObject({
    baseUrl: 'https://api.anthropic.com',
    key: { env: 'ANTHROPIC_API_KEY' },
    pace: { requestsPerMinute: 50, tokensPerMinute: null, concurrency: null },
  })
  expect(providers.find(({ name }) => name === 'vllm')).toMatchObject({
    baseUrl: 'http://gpu:8000',
    key: { file: '/etc/sbench/keys/vllm' },
  })
  const gpt = models.filter(({ model }) => model === 'openai/gpt-5')
  expect(gpt).toMatchObject([{ contextTokens: 100_000, price: { input: 1.25 } }])
  expect(models.find(({ model }) => model === 'vllm/qwen')).toMatchObject({
    price: { input: 0.1, output: 0.2, cachedInput: null, asOf: '2026-01-31' },
    contextTokens: null,
  })
})

test('without a file there is what is built in; a file that cannot be parsed is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sbench-models-'))
  try {
    const path = modelsPath({}, folder)
    expect(path).toBe(join(folder, 'models.yaml'))
    expect(await loadModels(path)).toBe(BUILT_IN_MODELS)
    await writeFile(path, 'providers: [')
    await expect(loadModels(path)).rejects.toMatchObject({ code: 'config.invalid' })
    await writeFile(path, '')
    expect((await loadModels(path)).models).toEqual(BUILT_IN_MODELS.models)
    expect(modelsPath({ SBENCH_MODELS: '/etc/models.yaml' }, folder)).toBe('/etc/models.yaml')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the files and recipes of docs/models.md are read as they stand', async () => {
  const page = await readFile(new URL('../docs/models.md', import.meta.url), 'utf8')
  const files = [...page.matchAll(/```yaml\n(providers:.*?)```/gs)].map(([, text = '']) => text)
  const recipes = [...page.matchAll(/^\| [^|]+ \| `(\{name: .*?\})`/gm)].map(
    ([, entry = '']) => `providers: [${entry}]`,
  )
  expect(files).toHaveLength(1)
  expect(recipes.length).toBeGreaterThan(4)
  for (const text of [...files, ...recipes]) {
    expect(parseModels(text, 'models.yaml').providers.length).toBeGreaterThan(4)
  }
})

test('docs/models.md names the key and the address of each vendor', async () => {
  const page = await readFile(new URL('../docs/models.md', import.meta.url), 'utf8')
  for (const { name, key, baseUrl } of VENDORS) {
    const variable = key !== null && 'env' in key ? key.env : ''
    expect(page).toContain(`| \`${name}\` | \`${variable}\` | \`${baseUrl}\` |`)
  }
  for (const address of Object.values(PRICE_PAGES)) expect(page).toContain(address)
})
