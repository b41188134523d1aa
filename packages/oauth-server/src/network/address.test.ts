import { isIP } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAddress, isInBlock, parseAddress, parseBlock } from './address.js'
import { isPublicAddress } from './public-address.js'

const numRuns = Math.ceil(200 * (Number(process.env['SCOPEWISE_RUNS']) || 1))

describe('parseAddress', () => {
  it('reads what node:net calls an address, and nothing else', () => {
    const almost = fc.stringMatching(/^[0-9a-f:.%]{1,40}$/)
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), almost), (text) => {
        // The zone is the one thing that node:net looks at and we drop.
        if (text.includes('%')) return
        expect(parseAddress(text) !== undefined).toBe(isIP(text) !== 0)
      }),
      { numRuns },
    )
  })

  it('ATT-046 gives all textual forms of one address the same bytes', () => {
    const forms = [
      '2001:db8::1',
      '2001:DB8::1',
      '2001:0db8:0:0:0:0:0:1',
      '2001:db8:0::0:1',
      '2001:db8::0.0.0.1',
      '2001:db8::1%eth0',
    ]
    expect(new Set(forms.map((form) => formatAddress(parseAddress(form) ?? [])))).toHaveLength(1)
    for (const mapped of ['::ffff:192.0.2.1', '::FFFF:c000:201', '0:0:0:0:0:ffff:192.0.2.1'])
      expect(formatAddress(parseAddress(mapped) ?? [])).toBe('192.0.2.1')
  })

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '0x7f.1.1.1',
    '1::2::3',
    ':::',
    '1:2:3:4:5:6:7',
    '12345::',
    '::1.2.3',
    'localhost',
  ])('refuses %j', (text) => expect(parseAddress(text)).toBeUndefined())
})

describe('isInBlock', () => {
  it.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['172.31.255.255', '172.16.0.0/12', true],
    ['172.32.0.0', '172.16.0.0/12', false],
    ['2001:db8:ffff::1', '2001:db8::/32', true],
    ['2001:db9::1', '2001:db8::/32', false],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.2', '192.0.2.1', false],
    ['::ffff:10.0.0.1', '10.0.0.0/8', true],
    ['8.8.8.8', '0.0.0.0/0', true],
    ['2001:db8::1', '0.0.0.0/0', false],
  ])('%s in %s: %s', (address, block, expected) => {
    expect(isInBlock(parseAddress(address) ?? [], parseBlock(block) ?? { bytes: [], bits: 0 })).toBe(expected)
  })

  it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', 'x/8', '::/129'])('%j is no block', (text) => {
    expect(parseBlock(text)).toBeUndefined()
  })
})

describe('isPublicAddress', () => {
  it.each([
    '127.0.0.1',
    '127.255.0.9',
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '168.63.129.16',
    '172.16.0.1',
    '192.168.1.1',
    '192.0.0.192',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::169.254.169.254',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2002:808:808::',
    '2001::1',
    '2001:db8::1',
    '3fff::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '4000::1',
    'no address',
    '2130706433',
    '0x7f000001',
  ])('MD-05 %s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  it.each(['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '2a00:1450::1', '64:ff9b::808:808', '::ffff:8.8.8.8'])(
    '%s is',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )
})
