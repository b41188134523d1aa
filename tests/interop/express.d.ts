// express ships no types: as much of it as is used here.
declare module 'express' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  type Middleware = (
    request: IncomingMessage & { readonly originalUrl: string; readonly body?: unknown },
    response: ServerResponse,
    next: () => void,
  ) => void
  interface Application extends RequestListener {
    use(middleware: Middleware): void
  }
  const express: (() => Application) & { json(): Middleware }
  export default express
}
