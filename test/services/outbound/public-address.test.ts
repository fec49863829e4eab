import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { checkLiteral, lookupPublic, PrivateAddressError } from '../../../src/services/outbound/public-address.ts';

const check = (host: string) => () => checkLiteral(new URL(`http://${host}/`));

test.each([
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '223.255.255.255',
  '[2606:4700:4700::1111]',
  '[2a00:1450:4001::1]',
  '[64:ff9b::8.8.8.8]',
])('%s is public', (host) => {
  expect(check(host)).not.toThrow();
});

test.each([
  '0.1.2.3',
  '10.255.255.255',
  '100.64.0.1',
  '100.127.255.255',
  '127.1',
  '0x7f.0.0.1',
  '2130706433',
  '169.254.169.254',
  '172.16.0.0',
  '172.31.255.255',
  '192.0.0.8',
  '192.168.255.255',
  '198.19.255.255',
  '203.0.113.7',
  '224.0.0.1',
  '239.255.255.255',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[::127.0.0.1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:8.8.8.8]',
  '[64:ff9b::10.0.0.1]',
  '[64:ff9b::169.254.169.254]',
  '[64:ff9b:1::8.8.8.8]',
  '[2001::1]',
  '[2001:db8::1]',
  '[2002:7f00:1::]',
  '[fc00::1]',
  '[fdff::1]',
  '[fe80::1]',
  '[fec0::1]',
  '[ff02::1]',
])('%s is not', (host) => {
  expect(check(host)).toThrow(PrivateAddressError);
});

test('a host is looked up, not read, and nothing but what may be reached is found', async () => {
  expect(check('localhost')).not.toThrow();
  await expect(find('localhost', true)).rejects.toThrow(/^localhost has no public address\.$/);
  await expect(find('localhost', false)).rejects.toThrow(PrivateAddressError);
  // The resolver answers an address with itself.
  expect(await find('8.8.8.8', true)).toEqual([{ address: '8.8.8.8', family: 4 }]);
  expect(await find('8.8.8.8', false)).toBe('8.8.8.8');
  await expect(find('no-such-host.invalid', true)).rejects.toMatchObject({ syscall: 'getaddrinfo' });
});

function find(host: string, all: boolean): Promise<string | LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookupPublic(host, { all }, (error, found) => (error ? reject(error) : resolve(found)));
  });
}
