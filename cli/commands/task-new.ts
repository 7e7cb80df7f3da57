import { basename, dirname, resolve } from 'node:path'
import { command } from '../command.ts'

export const taskNew = command({
  words: ['task', 'new'],
  summary: 'Write a new task that works as it is, to be changed into yours.',
  args: { folder: { summary: 'where to; its last part is the name of the task' } },
  flags: {},
  examples: [
    { line: 'sbench task new ./my-tasks/slow-query', does: 'make the folder and its files' },
  ],
  async run({ args }, { output, folder }) {
    const { scaffoldTask } = await import('../../tasks/scaffold-task.ts')
    const path = resolve(folder, args.folder)
    const task = await scaffoldTask(dirname(path), basename(path))
    output.answer({ task }, () =>
      [`${task} is a whole task. Change it, then prove it:`, `  sbench task check ${task}`].join(
        '\n',
      ),
    )
  },
})
