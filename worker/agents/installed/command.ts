import { Failure } from '../../../core/failure.ts'
import { quoted } from './boot-script.ts'
import type { AgentDefinition, AgentSetting } from './definition.ts'

/**
 * Any command of the sweep's author, in the task's image. `{instruction}` in it is the path of a file
 * with the instruction, which is its standard input too. The model is told by the variables that the
 * vendors' SDKs read. Its lines are recorded as output.
 */
export const commandAgent: AgentDefinition = {
  name: 'command',
  installation: null,
  start({ model, parameters, instructionPath }) {
    const { command } = parameters
    if (command === undefined || command.trim() === '') {
      throw new Failure('sweep.invalid', 'The agent "command" needs parameters.command.')
    }
    const script = command.replaceAll('{instruction}', quoted(instructionPath))
    return {
      command: ['sh', '-c', script],
      env: model === null ? {} : modelVariables(model),
      files: {},
    }
  },
  read(line, log) {
    log.output(JSON.stringify(line), { stream: 'stdout' })
  },
}

const modelVariables = ({ url, key, name }: NonNullable<AgentSetting['model']>) => ({
  SBENCH_MODEL: name,
  SBENCH_MODEL_URL: url,
  SBENCH_MODEL_KEY: key,
  OPENAI_BASE_URL: `${url}/v1`,
  OPENAI_API_KEY: key,
  ANTHROPIC_BASE_URL: url,
  ANTHROPIC_API_KEY: key,
  GOOGLE_GEMINI_BASE_URL: url,
  GEMINI_API_KEY: key,
})
