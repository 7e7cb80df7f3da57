import { z } from 'zod'

/** Words that schemas of statistics are written with. */

export const said = <Shape extends z.ZodType>(shape: Shape, description: string) =>
  shape.meta({ description })
export const fraction = (description: string) => said(z.number().min(0).max(1), description)
export const count = (description: string) => said(z.number().int().min(0), description)

export const intervalSchema = z.strictObject({
  low: fraction('lower end'),
  high: fraction('upper end'),
  level: fraction('nominal coverage: 0.95 is 95 %'),
  method: z.enum(['design-effect Wilson', 'Student t over task means', 'Student t within tasks']),
  estimand: said(
    z.enum(['tasks like these', 'these tasks only']),
    'what the interval is about: other tasks of this kind, or a re-run of these',
  ),
  tasks: count('tasks with a valid trial'),
  clusters: count('independent clusters of tasks: fewer than tasks where some are of one family'),
  trials: count('valid trials'),
  rough: said(z.boolean(), 'the mean is so near 0 or 1 that the interval covers less often'),
})
