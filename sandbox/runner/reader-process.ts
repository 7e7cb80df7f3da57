import { appendFileSync, writeFileSync } from 'node:fs'
import { DockerHost } from '../docker-host.ts'
import { StreamRunner } from './stream-runner.ts'

/**
 * A process for tests to kill: starts a command in a container that is there and keeps what it
 * prints in a file, each piece before it asks for the next.
 *
 * Arguments: the container, the file of the command's id, the file of its output, the command.
 */
const [container = '', idFile = '', outputFile = '', ...words] = process.argv.slice(2)
const host = await DockerHost.open()
const runner = await StreamRunner.open(host.docker.getContainer(container))
const command = await runner.start(words)
writeFileSync(outputFile, '')
writeFileSync(idFile, command.id)
for await (const piece of command.stdout) appendFileSync(outputFile, piece)
