import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { certificate } from '../testing/certificate.js'
import { certificateThumbprint, clientCertificate } from './certificate.js'

const request = { headers: new Headers(), url: 'https://api.example/', method: 'GET' }

describe('certificateThumbprint', () => {
  const der = new Uint8Array(new X509Certificate(certificate.pem).raw)

  it('gives the same for every form of a certificate', async () => {
    expect(await certificateThumbprint({ pem: certificate.pem })).toBe(certificate.thumbprint)
    expect(await certificateThumbprint({ pem: encodeURIComponent(certificate.pem) })).toBe(certificate.thumbprint)
    expect(await certificateThumbprint({ pem: `subject=CN\n${certificate.pem}\n${certificate.pem}` })).toBe(
      certificate.thumbprint,
    )
    expect(await certificateThumbprint({ der })).toBe(certificate.thumbprint)
    expect(await certificateThumbprint({ thumbprint: certificate.thumbprint })).toBe(certificate.thumbprint)
  })

  it.each(['', 'x', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'])('refuses %j', async (pem) => {
    await expect(certificateThumbprint({ pem })).rejects.toThrow(/certificate/)
  })
})

describe('clientCertificate', () => {
  it('asks for the certificate of each request', async () => {
    const reader = clientCertificate(({ headers }) => {
      const pem = headers.get('x-client-cert')
      return pem === null ? undefined : { pem }
    })
    expect(await reader.thumbprint(request)).toBeUndefined()
    const headers = new Headers({ 'x-client-cert': encodeURIComponent(certificate.pem) })
    expect(await reader.thumbprint({ ...request, headers })).toBe(certificate.thumbprint)
  })
})
