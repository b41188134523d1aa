import { createDpopProof, type DpopKey, generateDpopKey } from '@scopewise/token-core/dpop'
import { type AuthorizationParameters, type Harness, ISSUER, post, type TokenAnswer } from './harness.js'

/** A client that holds a DPoP key: proves it with each request, and repeats one once with the nonce it was told. RFC 9449 §8. */
export interface ProvingClient {
  readonly key: DpopKey
  /** A proof for one request, as of now. */
  proof(path: string, options?: ProofOptions): Promise<string>
  /** Posts a form with a proof that holds. */
  post(path: string, form: AuthorizationParameters, headers?: Record<string, string>): Promise<TokenAnswer>
  /** Posts a form with this very header. */
  postWith(proof: string, path: string, form: AuthorizationParameters): Promise<TokenAnswer>
  /** The headers that present an access token. */
  present(accessToken: string, url: string, method?: string): Promise<Record<string, string>>
}

interface ProofOptions {
  readonly nonce?: string | undefined
  readonly method?: string
  readonly url?: string
  readonly now?: number
  readonly accessToken?: string
}

export async function createProvingClient({ server, clock }: Harness): Promise<ProvingClient> {
  const key = await generateDpopKey()
  let nonce: string | undefined
  const proof = (path: string, options: ProofOptions = {}) =>
    createDpopProof(key, { method: 'POST', url: `${ISSUER}${path}`, nonce, now: clock.now, ...options })
  const send = async (path: string, form: AuthorizationParameters, headers: Record<string, string>) => {
    const answer = await post(server, path, form, { dpop: await proof(path), ...headers })
    nonce = answer.headers.get('dpop-nonce') ?? nonce
    return answer
  }
  return {
    key,
    proof,
    async post(path, form, headers = {}) {
      const answer = await send(path, form, headers)
      return answer.body['error'] === 'use_dpop_nonce' ? send(path, form, headers) : answer
    },
    postWith: (header, path, form) => post(server, path, form, { dpop: header }),
    present: async (accessToken, url, method = 'GET') => ({
      authorization: `DPoP ${accessToken}`,
      dpop: await proof('', { url, method, accessToken }),
    }),
  }
}
