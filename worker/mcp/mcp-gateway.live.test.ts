import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DockerHost } from '../../sandbox/docker-host.ts'
import { imageBuilds } from '../../sandbox/image-builds.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { openTestHost, sandboxOptions } from '../../sandbox/sandbox-fixture.ts'
import type { McpServer } from '../../tasks/task.ts'
import { madeTask } from '../../test/support/agent-run.ts'
import type { NewEvent } from '../agents/agent.ts'
import { mcpGateway } from './mcp-gateway.ts'

/** What a smallest server answers, by method; the container has neither Node nor Python. */
const ANSWERS = {
  initialize: `{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"small","version":"1"}}`,
  'tools/list': `{"tools":[{"name":"whoami","inputSchema":{"type":"object"}}]}`,
}
const STDIO = `
while IFS= read -r line; do
  [[ $line =~ \\"id\\":([0-9]+) ]] || continue
  id=\${BASH_REMATCH[1]}
  case $line in
    *initialize*) result='${ANSWERS.initialize}' ;;
    *tools/list*) result='${ANSWERS['tools/list']}' ;;
    *) result="{\\"content\\":[{\\"type\\":\\"text\\",\\"text\\":\\"$(id -un) in $PWD\\"}]}" ;;
  esac
  printf '{"jsonrpc":"2.0","id":%s,"result":%s}\\n' "$id" "$result"
done`
const HTTP = `
use IO::Socket::INET;
my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 8321, Listen => 9, ReuseAddr => 1) or die;
while (my $client = $listen->accept) {
  my ($length, $line) = (0, '');
  my $first = <$client>;
  while (($line = <$client>) =~ /\\S/) { $length = $1 if $line =~ /^content-length:\\s*(\\d+)/i }
  read($client, my $body, $length) if $length;
  my $id = $body =~ /"id":(\\d+)/ ? $1 : undef;
  if ($first !~ /^POST/) { print $client "HTTP/1.1 405 No\\r\\nContent-Length: 0\\r\\n\\r\\n" }
  elsif (!defined $id) { print $client "HTTP/1.1 202 Accepted\\r\\nContent-Length: 0\\r\\n\\r\\n" }
  else {
    my $result = $body =~ /initialize/ ? '${ANSWERS.initialize}'
      : $body =~ /tools.list/ ? '${ANSWERS['tools/list']}' : '{"content":[{"type":"text","text":"over http"}]}';
    my $json = qq({"jsonrpc":"2.0","id":$id,"result":$result});
    print $client "HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: " . length($json) . "\\r\\n\\r\\n$json";
  }
  close $client;
}`

describe.each(['runner', 'exec'] as const)('in a container, over %s', (kind) => {
  const gateway = mcpGateway()
  let host: DockerHost
  let http: Server
  beforeAll(async () => {
    host = await openTestHost()
    if (kind === 'runner') host.useRunner(imageBuilds(host, { environment: process.env }))
    http = createServer((request, response) => void gateway.handle(request, response))
    http.listen(0, '127.0.0.1')
    await new Promise((resolve) => http.once('listening', resolve))
  })
  afterAll(async () => {
    http.closeAllConnections()
    http.close()
    await host[Symbol.asyncDispose]()
  })

  async function opened(sandbox: Sandbox, server: McpServer, replaces: readonly string[] = []) {
    const { task, folder } = await madeTask({
      'task.toml': '[agent]\nuser = "nobody"\n[environment]\nworkdir = "/var"\n',
    })
    await using _folder = folder
    const environment = { ...task.environment, mcpServers: [server] }
    const events: NewEvent[] = []
    const trial = await gateway.open({
      sandbox,
      task: { ...task, environment },
      key: `key-${kind}`,
      url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
      insideUrl: null,
      recorder: { record: (event) => void events.push(event), flush: async () => undefined },
      callTimeoutMs: 20_000,
      replaces,
    })
    return { trial, events }
  }

  async function answerOf(trial: Awaited<ReturnType<typeof opened>>['trial']) {
    const [endpoint] = trial.endpoints
    const client = new Client({ name: 'test', version: '1' })
    const requestInit = { headers: { ...endpoint?.headers } }
    const to = new StreamableHTTPClientTransport(new URL(endpoint?.url ?? ''), { requestInit })
    await client.connect(to as Transport)
    const { content } = await client.callTool({ name: 'whoami' })
    await client.close()
    return content
  }

  const small: McpServer = {
    name: 'small',
    transport: 'stdio',
    command: 'bash',
    args: ['-c', STDIO, 'small-mcp-server'],
  }

  test("a stdio server runs as the agent's user, and ends with its trial", async () => {
    await using sandbox = await host.start(sandboxOptions())
    const { trial, events } = await opened(sandbox, small)
    expect(await answerOf(trial)).toEqual([{ type: 'text', text: 'nobody in /var' }])
    expect(events.map(({ tool }) => tool)).toEqual(['mcp:small/whoami', 'mcp:small/whoami'])
    await trial[Symbol.asyncDispose]()
    const ps = [
      'sh',
      '-c',
      'cat /proc/[0-9]*/cmdline | tr "\\0" "\\n" | grep -c "^small-mcp-server"',
    ]
    expect((await sandbox.exec(ps, { timeoutMs: 20_000 })).stdout.text).toBe('0\n')
  })

  test('a server on the loopback of a container without a network is reached', async () => {
    await using sandbox = await host.start(sandboxOptions())
    const runner = await sandbox.runner()
    await runner.start(['perl', '-e', HTTP])
    const server = {
      name: 'net',
      transport: 'streamable-http',
      url: 'http://127.0.0.1:8321/mcp',
    } as const
    const { trial } = await opened(sandbox, server)
    await using _trial = trial
    expect(await answerOf(trial)).toEqual([{ type: 'text', text: 'over http' }])
  })

  test('a later process starts servers anew and leaves none of the earlier one', async () => {
    const options = sandboxOptions()
    await using sandbox = await host.start(options)
    const { trial } = await opened(sandbox, small)
    const { trial: later } = await opened(sandbox, small, trial.commandIds)
    expect(await answerOf(later)).toEqual([{ type: 'text', text: 'nobody in /var' }])
    await later[Symbol.asyncDispose]()
    await trial[Symbol.asyncDispose]()
  })
})
