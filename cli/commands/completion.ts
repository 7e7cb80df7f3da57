import { type Command, command } from '../command.ts'
import { completionScript, SHELLS } from '../completion-script.ts'

/** @param commands all there are, this one included: asked for when it runs. */
export const completionOf = (commands: () => readonly Command[]): Command =>
  command({
    words: ['completion'],
    summary: 'Print a completion script for a shell.',
    details: 'Have the shell read it at its start, as the examples do.',
    args: { shell: { summary: SHELLS.join(', '), choices: SHELLS } },
    flags: {},
    examples: [
      { line: 'source <(sbench completion bash)', does: 'in ~/.bashrc' },
      { line: 'source <(sbench completion zsh)', does: 'in ~/.zshrc' },
      { line: 'sbench completion fish | source', does: 'in ~/.config/fish/config.fish' },
    ],
    async run({ args }, { output }) {
      const shell = SHELLS.find((name) => name === args.shell) ?? 'bash'
      const script = completionScript(shell, commands())
      output.answer({ shell, script }, () => script)
    },
  })
