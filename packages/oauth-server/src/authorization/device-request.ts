import type { Client } from '../config/client.js'
import type { Config } from '../config/config.js'
import { type Parameters, single } from '../http/parameters.js'
import { chooseResources } from '../tokens/resource.js'
import { RESOURCE_REFUSALS, type RequestRefusal, requestedScope } from './request.js'

/** What a device asks for. */
export interface DeviceRequest {
  readonly scope: readonly string[]
  readonly resources: readonly string[]
}

/** Checks what a device asks for, as if it came to the authorization endpoint. RFC 8628 §3.1, RFC 8707 §2. Pure. */
export function parseDeviceRequest(
  parameters: Parameters,
  client: Client,
  config: Pick<Config, 'issuer' | 'resources' | 'defaultResource' | 'scopeValues'>,
): DeviceRequest | RequestRefusal {
  const scope = requestedScope(single(parameters, 'scope')?.split(' '), client, config.scopeValues)
  if (scope.length === 0)
    return { error: 'invalid_scope', description: 'The scope holds nothing that this client may ask for.' }
  const choice = chooseResources(parameters.get('resource') ?? [], scope, config)
  return 'refusal' in choice ? RESOURCE_REFUSALS[choice.refusal] : { scope, resources: choice.resources }
}
