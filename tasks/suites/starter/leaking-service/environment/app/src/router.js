/** Matches `METHOD /pattern/:name`. HEAD goes where GET goes; Node leaves the body out. */
export function createRouter(handlers) {
  const routes = Object.entries(handlers).map(([key, handler]) => {
    const [method, route] = key.split(' ')
    const pattern = new RegExp(`^${route.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`)
    return { method, route, pattern, handler }
  })

  return {
    match(method, path) {
      const wanted = method === 'HEAD' ? 'GET' : method
      for (const { method, route, pattern, handler } of routes) {
        const found = method === wanted && pattern.exec(path)
        if (found) return { route, handler, params: { ...found.groups } }
      }
      return { route: 'unmatched', handler: undefined, params: {} }
    },
  }
}
