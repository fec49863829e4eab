import { lookup as resolve, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** The address is not one of the public Internet. The message is fit for whoever named the host. */
export class PrivateAddressError extends Error {
  override name = 'PrivateAddressError';

  /** A name may have another address the next time. */
  readonly isRetried: boolean;

  /** The address that a name has is not told: it would answer questions about the network that the server is in. */
  constructor(host: string, isRetried: boolean) {
    super(`${host} has no public address.`);
    this.isRetried = isRetried;
  }
}

/** IANA's special-purpose ranges of IPv4: this network, private, shared, loopback, link-local, documentation, multicast, reserved; and Azure's own host. */
const special4: [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Of the global range: Teredo and other protocols, documentation, 6to4. */
const special6: [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** A network without IPv4 reaches it through these. */
const NAT64 = '64:ff9b::';

const special = new BlockList();
for (const [network, prefix] of special4) {
  special.addSubnet(network, prefix, 'ipv4');
  special.addSubnet(`${NAT64}${network}`, 96 + prefix, 'ipv6');
}
for (const [network, prefix] of special6) special.addSubnet(network, prefix, 'ipv6');

/** Outside of these nothing of IPv6 is public: not loopback, not link-local, not multicast, not an IPv4 address in disguise. */
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');
global6.addSubnet(NAT64, 96, 'ipv6');

function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !special.check(address, 'ipv4');
  const withoutZone = address.split('%')[0] ?? '';
  return global6.check(withoutZone, 'ipv6') && !special.check(withoutZone, 'ipv6');
}

/** Throws when the URL names an address, rather than a host, that is not public: nothing is looked up then. */
export function checkLiteral({ hostname }: URL): void {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0 && !isPublic(address)) throw new PrivateAddressError(address, false);
}

/** Finds public addresses only. The connection goes to what was checked here, so a name that changes its address gains nothing. */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[] = []) => {
    const open = addresses.filter(({ address }) => isPublic(address));
    const [first] = open;
    if (error) callback(error, '');
    else if (!first) callback(new PrivateAddressError(hostname, true), '');
    else if (options.all) callback(null, open);
    else callback(null, first.address, first.family);
  });
};
