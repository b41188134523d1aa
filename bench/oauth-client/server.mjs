// What the contenders talk to: a token endpoint and an API that answer at once, so that the clients are what is measured.
import { createServer } from 'node:http'

const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' }
let issuer = ''

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    response.writeHead(200, JSON_HEADERS)
    response.end(answer(request))
  })
})

function answer({ method, url, headers }) {
  if (method === 'POST')
    return '{"access_token":"s4xPkGqvN1a9Tz7uWyBcDe","token_type":"Bearer","expires_in":600,"scope":"notes:read"}'
  if (url === '/api') return JSON.stringify({ ok: headers.authorization !== undefined })
  return JSON.stringify({ issuer, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` })
}

server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`
  process.send(issuer)
})
process.on('disconnect', () => process.exit(0))
