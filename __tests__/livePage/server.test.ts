import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HeddleError } from '../../src/errors.js';
import { PageServer } from '../../src/livePage/server.js';

const asked: unknown[] = [];
let server: PageServer;

beforeEach(async () => {
  asked.length = 0;
  server = await PageServer.open({
    page: { html: '<p>the page</p>', policy: "default-src 'none'" },
    opening: () => [['state', { text: 'line\nbreaks' }]],
    control: (value) => {
      if (value === 'bad') throw new HeddleError('ARGUMENT', 'expected another word');
      asked.push(value);
    },
  });
});
afterEach(() => server.close());

interface Given {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Takes the server's address apart, to ask for another. */
  readonly path?: (own: string) => string;
}

/** As anybody on this machine can ask: Node's fetch would not send such a Host or Origin. */
function ask({ method = 'GET', headers = {}, body = '', path = (own) => own }: Given) {
  const { port, pathname } = new URL(server.address);
  return new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: path(pathname), method, headers };
    request(options, async (response) =>
      resolve({ status: response.statusCode, headers: response.headers, text: await text(response) }),
    )
      .on('error', reject)
      .end(body);
  });
}

const json = { 'content-type': 'application/json' };
const post = (body: string, headers: Given['headers'] = json) =>
  ask({ method: 'POST', headers, body, path: (own) => `${own}control` });

describe('a page’s server', () => {
  it('gives the page to who knows its address, with a policy, and tells browsers not to keep it', async () => {
    const { status, headers, text } = await ask({});
    expect([status, text]).toEqual([200, '<p>the page</p>']);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  const other = (token: string) => `${token.slice(0, -2)}${token.at(-2) === '0' ? '1' : '0'}/`;
  it.each<[string, Given]>([
    ['no token', { path: () => '/' }],
    ['no token before events', { path: () => '/events' }],
    ['a token of another length', { path: (own) => `${own.slice(0, -2)}/` }],
    ['another token', { path: other }],
    ['the token as a query', { path: (own) => `/?token=${own.slice(1, -1)}` }],
    ['a path that is none', { path: () => '*' }],
    ['a name that leads here (DNS rebinding)', { headers: { host: 'rebound.example:80' } }],
    ['a name that begins like ours', { headers: { host: '127.0.0.1.example' } }],
    ['another page’s origin', { headers: { origin: 'https://other.example' } }],
    ['an origin that is none', { headers: { origin: 'null' } }],
    ['the origin of another port', { headers: { origin: 'http://127.0.0.1:1' } }],
  ])('answers 403 to %s', async (_, given) => {
    const { status, text } = await ask(given);
    expect(status).toBe(403);
    expect(text).not.toContain('page</p>');
  });

  it('answers to localhost and through another port, as ssh forwards it', async () => {
    expect((await ask({ headers: { host: 'localhost:9000', origin: 'http://localhost:9000' } })).status).toBe(200);
  });

  it.each<[string, number, Given]>([
    ['another method', 405, { method: 'DELETE' }],
    ['a GET that would control', 405, { path: (own) => `${own}control` }],
    ['a path that it does not have', 404, { path: (own) => `${own}other` }],
  ])('refuses %s with %d', async (_, status, given) => {
    expect((await ask(given)).status).toBe(status);
    expect(asked).toEqual([]);
  });

  it('takes JSON, as JSON alone, of at most 1,024 bytes, and says what is wrong with it', async () => {
    expect((await post('{"command":"pause"}')).status).toBe(204);
    expect(asked).toEqual([{ command: 'pause' }]);
    expect((await post('1', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(`"${'x'.repeat(1023)}"`)).status).toBe(413);
    expect((await post('{')).status).toBe(400);
    expect(await post('"bad"')).toMatchObject({ status: 400, text: 'expected another word\n' });
    expect(asked.length).toBe(1);
  });

  it('sends who listens what there is, then what comes, and all of it before it closes', async () => {
    const { address } = server;
    const response = await fetch(`${address}events`);
    expect(server.hasReaders).toBe(true);
    server.send(['events', [1]], ['events', [2]]);
    await server.close();
    expect(await response.text()).toBe(
      'event: state\ndata: {"text":"line\\nbreaks"}\n\nevent: events\ndata: [1]\n\nevent: events\ndata: [2]\n\n',
    );
    await expect(fetch(address)).rejects.toThrow();
  });

  it('forgets who has gone', async () => {
    const controller = new AbortController();
    await fetch(`${server.address}events`, { signal: controller.signal });
    controller.abort();
    while (server.hasReaders) await new Promise((resolve) => setImmediate(resolve));
    server.send(['events', []]);
  });

  it('serves 32 readers at most', async () => {
    const readers = await Promise.all(Array.from({ length: 32 }, () => fetch(`${server.address}events`)));
    expect(readers.map(({ status }) => status)).toEqual(Array(32).fill(200));
    expect((await fetch(`${server.address}events`)).status).toBe(503);
    await Promise.all(readers.map(({ body }) => body?.cancel()));
  });
});
