const BODY_LIMIT = 64 * 1024

export function send(res, status, body = '', headers = {}) {
  res.writeHead(status, headers)
  res.end(body)
}

export function json(res, status, value, headers = {}) {
  send(res, status, JSON.stringify(value), { 'Content-Type': 'application/json', ...headers })
}

/** The request's body, {} when there is none. Throws with a status on anything but an object. */
export async function readJson(req) {
  let text = ''
  req.setEncoding('utf8')
  for await (const part of req) {
    text += part
    if (text.length > BODY_LIMIT) throw problem(413, 'body is too large')
  }
  if (text === '') return {}
  try {
    const value = JSON.parse(text)
    if (value !== null && typeof value === 'object') return value
  } catch {
    // said below
  }
  throw problem(400, 'body must be a JSON object')
}

function problem(status, message) {
  return Object.assign(new Error(message), { status })
}
