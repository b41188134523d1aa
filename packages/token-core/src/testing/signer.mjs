/** A signer in a process of its own: the key is made here and never leaves. Started by external-signer.test.ts. */
import { generateKeyPairSync, sign } from 'node:crypto'

const [, , type = 'ec'] = process.argv
const parameters = { ec: { namedCurve: 'P-256' }, ed25519: {}, rsa: { modulusLength: 2048 } }
const { privateKey, publicKey } = generateKeyPairSync(type, parameters[type])
process.send({ publicKey: publicKey.export({ type: 'spki', format: 'pem' }) })

process.on('message', ({ id, data, misbehave }) => {
  if (misbehave === 'exit') process.exit(1)
  if (misbehave === 'refuse')
    return process.send({ id, error: 'AccessDenied for arn:aws:kms:eu-central-1:123:key/secret-name' })
  const dsaEncoding = misbehave === 'der' ? 'der' : 'ieee-p1363'
  const bytes = misbehave === 'other bytes' ? Buffer.from('other') : data
  const signature = sign(type === 'ed25519' ? null : 'sha256', bytes, { key: privateKey, dsaEncoding })
  process.send({ id, signature: misbehave === 'truncate' ? signature.subarray(1) : signature })
})
