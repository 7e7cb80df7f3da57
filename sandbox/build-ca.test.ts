import { expect, test } from 'vitest'
import { buildNetwork, headsOf, proxyArgs, withCa, withoutCaHistory } from './build-ca.ts'

const ARGUMENT = 'ARG SSL_CERT_FILE=/etc/hostname'

test('every stage of a Dockerfile is told of the certificates, right after its FROM', () => {
  const dockerfile = '# comment\nARG V=1\nfrom a:$V AS one\nRUN x\n\nFROM one\nRUN y\n'
  const lines = withCa(dockerfile).split('\n')
  expect(lines.flatMap((line, at) => (line === ARGUMENT ? [lines[at - 1]] : []))).toEqual([
    'from a:$V AS one',
    'FROM one',
  ])
  expect(lines.filter((line) => !line.endsWith('=/etc/hostname')).join('\n')).toBe(dockerfile)
})

test('a FROM over several lines, and one inside of a longer command, are told apart', () => {
  const dockerfile = 'FROM a \\\n  AS one\nRUN echo \\\n  # remark\nFROM b \\\n  && true\n'
  const lines = withCa(dockerfile).split('\n')
  expect(lines.filter((line) => line === ARGUMENT)).toHaveLength(1)
  expect(lines[lines.indexOf(ARGUMENT) - 1]).toBe('  AS one')
  expect(headsOf(dockerfile)).toEqual(['FROM a \\\n  AS one\n'])
})

test('stages begin with images, with earlier stages, and with nothing', () => {
  const dockerfile =
    'ARG V=1\nFROM --platform=linux/amd64 a:$V AS One\nARG W\nFROM b\nFROM scratch\nFROM one AS two\nFROM a:$V\n'
  expect(headsOf(dockerfile)).toEqual([
    'ARG V=1\nFROM --platform=linux/amd64 a:$V AS One\n',
    'ARG V=1\nFROM b\n',
  ])
})

test('a history is as if the build had had no certificates', () => {
  const ours = 'CURL_CA_BUNDLE=/etc/hostname SSL_CERT_FILE=/etc/hostname'
  expect(
    withoutCaHistory([
      { created_by: '/bin/sh -c #(nop)  ARG SSL_CERT_FILE=/etc/hostname', empty_layer: true },
      { created_by: `|2 ${ours} /bin/sh -c cat /etc/hostname` },
      {
        created_by: `|3 CURL_CA_BUNDLE=/etc/hostname M=a b SSL_CERT_FILE=/etc/hostname /bin/sh -c x`,
      },
      { created_by: '/bin/sh -c #(nop)  ARG SSL_CERT_FILE=/etc/other', empty_layer: true },
      { comment: 'imported' },
    ]),
  ).toEqual([
    { created_by: '/bin/sh -c cat /etc/hostname' },
    { created_by: '|1 M=a b /bin/sh -c x' },
    { created_by: '/bin/sh -c #(nop)  ARG SSL_CERT_FILE=/etc/other', empty_layer: true },
    { comment: 'imported' },
  ])
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
