import { readOnly } from '../http/answers.js'
import { type StaticFile, sendFile, staticFile } from '../http/files.js'
import { pagePolicy } from '../http/headers.js'
import type { Fetch } from '../http/hosts.js'

const PAGE = staticFile(
  'index.html',
  `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>GraphiQL · Scopewise</title>
    <link rel="icon" href="/graphiql/favicon.ico">
    <link rel="stylesheet" href="/graphiql/graphiql.css">
  </head>
  <body class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script src="/graphiql/workers.js"></script>
    <script src="/graphiql/graphiql.js"></script>
    <script src="/graphiql/start.js"></script>
  </body>
</html>
`,
)

/** Where the editor finds its workers: files of ours, so that the policy need not allow blobs. */
const WORKERS = `self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_, label) => '/graphiql/' + label + '.worker.js',
}
`

const START = `YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
  endpoint: '/graphql',
  title: 'GraphiQL',
  defaultQuery: '# Notes need a token. Put it into Headers, below:\\n# { "authorization": "Bearer …" }\\n\\n{\\n  health\\n}\\n',
})
`

/** GraphiQL writes its own style elements and loads its fonts from data: URLs. Scripts still come from files here alone. */
const POLICY = pagePolicy({ style: ["'unsafe-inline'"], image: ['data:'] })

/** Whether a browser asks for a page, and no client for an answer. */
export const wantsPage = (request: Request): boolean =>
  request.method === 'GET' && (request.headers.get('accept')?.includes('text/html') ?? false)

export const sendGraphiql: Fetch = readOnly((request) => sendFile(request, PAGE, { 'content-security-policy': POLICY }))

/** What GraphiQL loads, by path: 9 MB that are read when the first browser asks for them, and never from elsewhere. */
export function graphiqlFiles(): ReadonlyMap<string, Fetch> {
  let loading: Promise<ReadonlyMap<string, StaticFile>> | undefined
  const paths = ['favicon.ico', 'graphiql.css', 'graphiql.js', 'workers.js', 'start.js', ...Object.keys(WORKER_FILES)]
  return new Map(
    paths.map((name) => {
      const send = readOnly(async (request) => {
        loading ??= load()
        const file = (await loading).get(name)
        return file ? sendFile(request, file) : new Response(null, { status: 404 })
      })
      return [`/graphiql/${name}`, send]
    }),
  )
}

/** The editor's name of each worker is part of the file's; which export holds it. */
const WORKER_FILES = {
  'editorWorkerService.worker.js': 'editorWorkerService',
  'json.worker.js': 'jsonWorker',
  'graphql.worker.js': 'graphqlWorker',
} as const

async function load(): Promise<ReadonlyMap<string, StaticFile>> {
  const bundle = await import('@graphql-yoga/render-graphiql/graphiql')
  const texts = {
    'graphiql.css': bundle.css,
    'graphiql.js': bundle.js,
    'workers.js': WORKERS,
    'start.js': START,
    ...Object.fromEntries(Object.entries(WORKER_FILES).map(([file, name]) => [file, bundle[name]])),
  }
  const icon = new Uint8Array(Buffer.from(bundle.favicon.slice(bundle.favicon.indexOf(',') + 1), 'base64'))
  return new Map([
    ...Object.entries(texts).map(([name, text]): [string, StaticFile] => [name, staticFile(name, text)]),
    ['favicon.ico', staticFile('favicon.ico', icon)],
  ])
}
