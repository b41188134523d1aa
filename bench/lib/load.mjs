// The load: raw HTTP/1.1 over a few kept connections, so that the client costs as little as it can.
import { connect } from 'node:net'

/** One kept connection that sends a request at a time. */
export class Connection {
  #socket
  #chunks = []
  #length = 0
  #waiting

  static async open(port) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new Connection(socket)
  }

  constructor(socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk)
      this.#length += chunk.length
      this.#deliver()
    })
    socket.on('close', () => this.#waiting?.reject(new Error('The server closed the connection.')))
    socket.on('error', (error) => this.#waiting?.reject(error))
  }

  /** @param {Buffer | string} request a whole HTTP request. Answers its status and its body. */
  send(request) {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) throw new Error('The server closed the connection before.')
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close() {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #deliver() {
    const text = (this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks, this.#length)).toString(
      'latin1',
    )
    const end = text.indexOf('\r\n\r\n')
    if (end === -1) return
    const head = text.slice(0, end).toLowerCase()
    const length = /\r\ncontent-length: *(\d+)/.exec(head)
    const body = length ? takeFixed(text, end + 4, Number(length[1])) : takeChunked(text, end + 4)
    if (body === undefined) return
    this.#chunks = []
    this.#length = 0
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve({ status: Number(text.slice(9, 12)), body })
  }
}

const takeFixed = (text, at, length) => (text.length >= at + length ? text.slice(at, at + length) : undefined)

function takeChunked(text, start) {
  let at = start
  let body = ''
  for (;;) {
    const line = text.indexOf('\r\n', at)
    if (line === -1) return undefined
    const size = Number.parseInt(text.slice(at, line), 16)
    const from = line + 2
    if (text.length < from + size + 2) return undefined
    if (size === 0) return body
    body += text.slice(from, from + size)
    at = from + size + 2
  }
}

/** The bytes of a form POST. */
export function post(path, form, authorization) {
  const body = new URLSearchParams(form).toString()
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n${
    authorization ? `Authorization: ${authorization}\r\n` : ''
  }Content-Length: ${body.length}\r\n\r\n${body}`
}

export const get = (path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
