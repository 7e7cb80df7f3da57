/** Whether a user, as Docker names it (`name`, `uid` or `user:group`), is not root. */
export function isOrdinary(user: string): boolean {
  const [name = ''] = user.split(':')
  return !['', 'root', '0'].includes(name)
}
