/**
 * What is used of `node:http`, without loading fetch. An import reads every export of a built-in module
 * once; one of this module's is WebSocket, for which Node then loads all of undici: 90 core-milliseconds
 * in each process that starts, twice what Node itself takes. Types can be imported as ever.
 */
export const http = process.getBuiltinModule('node:http')
export const { Agent, createServer, request } = http
