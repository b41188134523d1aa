/**
 * Tokens bound to a TLS client certificate.
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-3
 */
import { encodeBase64url } from '../encoding/base64url.js'

type Awaitable<T> = T | Promise<T>

/** A client certificate, in whichever form the server or its proxy has it. */
export type ClientCertificate =
  /** The text between BEGIN and END CERTIFICATE included; the first one counts. Also percent-encoded, as nginx sends it. */
  | { readonly pem: string }
  /** `socket.getPeerCertificate().raw` in Node. */
  | { readonly der: Uint8Array<ArrayBuffer> }
  /** SHA-256 over the DER form, as base64url. */
  | { readonly thumbprint: string }

/** The parts of a request that are read. Every fetch `Request` fits. */
export interface CertifiedRequest {
  readonly headers: Headers
  readonly url: string
  readonly method: string
}

/** Tells which certificate the client of a request has shown. */
export interface CertificateReader {
  readonly '~scopewise': 'mtls'
  /** The `x5t#S256` of the client's certificate; undefined when it has shown none. */
  thumbprint(request: CertifiedRequest): Promise<string | undefined>
}

/**
 * Lets a verifier check tokens that are bound to a client certificate. `read` gives the certificate that the client of
 * this very connection has proven to hold. Behind a proxy it comes in a header, which that proxy must set on every
 * request and which nobody else may be able to send.
 */
export function clientCertificate(
  read: (request: CertifiedRequest) => Awaitable<ClientCertificate | undefined>,
): CertificateReader {
  return Object.freeze({
    '~scopewise': 'mtls' as const,
    async thumbprint(request: CertifiedRequest) {
      const certificate = await read(request)
      return certificate && certificateThumbprint(certificate)
    },
  })
}

/**
 * The thumbprint of a client certificate: what a token is bound to as `cnf["x5t#S256"]`. RFC 8705 §3.1.
 * NOT checked: whether the certificate is valid, or who issued it.
 * @throws {TypeError} when the text holds no certificate
 */
export async function certificateThumbprint(certificate: ClientCertificate): Promise<string> {
  if ('thumbprint' in certificate) return certificate.thumbprint
  const der = 'der' in certificate ? certificate.der : decodePem(certificate.pem)
  return encodeBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', der)))
}

const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/

function decodePem(text: string): Uint8Array<ArrayBuffer> {
  const [, body] = PEM.exec(text.startsWith('-----BEGIN%20') ? decodeURIComponent(text) : text) ?? []
  if (body === undefined) throw new TypeError('The text is not a certificate in PEM form.')
  return Uint8Array.from(atob(body.replace(/\s/g, '')), (character) => character.charCodeAt(0))
}
