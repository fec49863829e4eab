import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { expect, test } from 'vitest';
import { downloadImage } from '../../../src/services/images/download-images.ts';
import { startImageHost } from '../../harness/image-host.ts';
import { GIF, JPEG, PNG, WEBP } from '../../harness/images.ts';

const signal = new AbortController().signal;
const read = (url: string, allowsPrivate = true) => downloadImage(url, { allowsPrivate, signal, onBytes: () => {} });

test.each([
  ['image/png', PNG],
  ['image/jpeg', JPEG],
  ['image/gif', GIF],
  ['image/webp', WEBP],
])('%s is known by its first bytes, whatever the answer calls it', async (mediaType, body) => {
  await using host = await startImageHost();
  const url = host.put('/image', { type: 'text/plain', body });
  expect(await read(url)).toEqual({ mediaType, data: body });
});

test('three redirects are followed, relative ones too, and no more', async () => {
  await using host = await startImageHost();
  host.put('/3', PNG);
  host.put('/2', '/3');
  host.put('/1', `${host.url}/2`);
  const fine = host.put('/0', '1');
  expect((await read(fine)).mediaType).toBe('image/png');
  expect(host.requests).toEqual(['/0', '/1', '/2', '/3']);
  await expect(read(host.put('/more', '/0'))).rejects.toThrow('redirected more than 3 times');
});

test.each(['file:///etc/passwd', 'ftp://example.com/', 'data:image/png;base64,AAAA', 'http://'])(
  'a redirect to %s is refused',
  async (location) => {
    await using host = await startImageHost();
    await expect(read(host.put('/', location))).rejects.toThrow('not an http:// or https:// URL');
  },
);

test('an image of 10 MB is read, and a larger one is left as soon as that is known', async () => {
  await using host = await startImageHost();
  const whole = Buffer.concat([PNG, Buffer.alloc(10_000_000 - PNG.length)]);
  expect((await read(host.put('/whole', whole))).data).toHaveLength(10_000_000);
  const announced = host.put('/announced', { type: 'image/png', body: Buffer.concat([whole, Buffer.alloc(1)]) });
  await expect(read(announced)).rejects.toThrow('larger than 10 MB');
  await expect(read(host.put('/endless', 'endless'))).rejects.toThrow('larger than 10 MB');
  await host.left;
});

test('an answer that is cut off is no image', async () => {
  await using host = await startImageHost();
  const half = { type: 'image/png', body: PNG };
  const url = host.put('/half', half);
  await expect(read(url)).resolves.toMatchObject({ mediaType: 'image/png' });
  const reading = read(host.put('/stall', 'stall'));
  const refused = expect(reading).rejects.toThrow();
  await expect.poll(() => host.requests).toContain('/stall');
  await host[Symbol.asyncDispose]();
  await refused;
});

test('by default nothing is asked of an address that is not public, however it is named', async () => {
  await using host = await startImageHost();
  const { port } = new URL(host.put('/', PNG));
  for (const name of ['127.0.0.1', 'localhost', '[::1]', '2130706433', '169.254.169.254', '0.0.0.0', '10.0.0.1'])
    await expect(read(`http://${name}:${port}/`, false), name).rejects.toThrow('no public address');
  expect(host.requests).toEqual([]);
});

test('nor is it when a redirect from a public one leads there', async () => {
  await using host = await startImageHost();
  using _ = standingInFor('images.example.com', host.url);
  host.put('/fox', PNG);
  const { port } = new URL(host.url);
  expect((await read('http://images.example.com/fox', false)).mediaType).toBe('image/png');
  for (const name of ['127.0.0.1', 'localhost', '169.254.169.254']) {
    host.put('/moved', `http://${name}:${port}/fox`);
    await expect(read('http://images.example.com/moved', false), name).rejects.toThrow('no public address');
  }
  expect(host.requests).toEqual(['/fox', '/moved', '/moved', '/moved']);
});

/** Nothing public can be reached in a test: what is asked of the host, and of no other, goes to our own server. */
function standingInFor(hostname: string, url: string): Disposable {
  const { request } = http;
  const standIn = (target: URL, options: http.RequestOptions) =>
    target.hostname === hostname
      ? request(new URL(target.pathname, url), { method: 'GET', agent: false })
      : request(target, options);
  const use = (one: typeof standIn | typeof request) => {
    http.request = one as typeof request;
    syncBuiltinESMExports();
  };
  use(standIn);
  return { [Symbol.dispose]: () => use(request) };
}
