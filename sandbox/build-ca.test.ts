import { expect, test } from 'vitest'
import { buildNetwork, proxyArgs, withCa } from './build-ca.ts'

const CA = { tag: 'ca:1' }
const COPY = 'COPY --from=ca:1 /ca.pem /.sbench-build-ca.pem'

test('every stage of a Dockerfile gets the certificates, right after its FROM', () => {
  const dockerfile = '# comment\nARG V=1\nfrom a:$V AS one\nRUN x\n\nFROM one\nRUN y\n'
  const lines = withCa(dockerfile, CA).split('\n')
  expect(lines.flatMap((line, at) => (line === COPY ? [lines[at - 1]] : []))).toEqual([
    'from a:$V AS one',
    'FROM one',
  ])
  expect(lines.filter((line) => !/^(COPY|ARG [A-Z_]+=\/\.)/.test(line)).join('\n')).toBe(dockerfile)
})

test('a FROM over several lines, and one inside of a longer command, are told apart', () => {
  const dockerfile = 'FROM a \\\n  AS one\nRUN echo \\\n  # remark\nFROM b \\\n  && true\n'
  const lines = withCa(dockerfile, CA).split('\n')
  expect(lines.filter((line) => line === COPY)).toHaveLength(1)
  expect(lines[lines.indexOf(COPY) - 1]).toBe('  AS one')
})

test('a proxy is passed on in the spellings in which it is set', () => {
  const environment = {
    http_proxy: 'http://p:1',
    NO_PROXY: 'x',
    HOME: '/h',
    HTTPS_PROXY: undefined,
  }
  expect(proxyArgs(environment)).toEqual({ http_proxy: 'http://p:1', NO_PROXY: 'x' })
})

test('builds share the network of the host when nothing else reaches the proxy', () => {
  expect(buildNetwork({ https_proxy: 'http://user:pass@127.0.0.1:3128' })).toBe('host')
  expect(buildNetwork({ HTTP_PROXY: 'http://localhost' })).toBe('host')
  expect(
    buildNetwork({ http_proxy: 'http://proxy.example:1', no_proxy: 'http://localhost' }),
  ).toBeNull()
  expect(buildNetwork({ http_proxy: 'http://127.0.0.1:1', SBENCH_BUILD_NETWORK: 'none' })).toBe(
    'none',
  )
})
