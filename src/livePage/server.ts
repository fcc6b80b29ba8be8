import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { HeddleError, reason } from '../errors.js';
import type { RunPage } from '../pages/run/page.js';
import { partOf } from './letIn.js';

/** What a page is sent: the name of a server-sent event, and JSON. */
export type Message = readonly [name: string, data: unknown];

interface Served {
  readonly page: RunPage;
  /** What a page gets first, whenever it comes. */
  opening(): readonly Message[] | Promise<readonly Message[]>;
  /** Does what a page asks, a value that was JSON. @throws HeddleError for a request that it does not know */
  readonly control?: (request: unknown) => void;
}

/** Pages that one server has open, and the bytes of a request, at most. */
const [MOST_READERS, MOST_BYTES] = [32, 1024];
/** A reader that lets so many bytes wait is left; it comes back by itself. */
const MOST_WAITING = 2 ** 24;
/** Milliseconds that the last messages get to leave. */
const LAST = 500;

/** Serves a page to this machine alone, at an address that nobody can guess, and tells those who have it open what happens. */
export class PageServer {
  private readonly token = randomBytes(16).toString('hex');
  private readonly readers = new Set<ServerResponse>();
  private readonly server = createServer((request, response) => {
    this.answer(request, response).catch((error) => {
      if (!response.headersSent) refuse(response, 500, reason(error));
    });
  });

  private constructor(private readonly served: Served) {}

  /** @throws HeddleError STATE where no port is to be had */
  static async open(served: Served): Promise<PageServer> {
    const opened = new PageServer(served);
    opened.server.listen(0, '127.0.0.1');
    await once(opened.server, 'listening').catch((cause) => {
      throw new HeddleError('STATE', `cannot serve a page on 127.0.0.1: ${reason(cause)}`, { cause });
    });
    return opened;
  }

  get address(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/${this.token}/`;
  }

  get hasReaders(): boolean {
    return this.readers.size > 0;
  }

  send(...messages: readonly Message[]): void {
    const text = messages.map(textOf).join('');
    for (const reader of this.readers) {
      reader.write(text);
      if (reader.writableLength > MOST_WAITING) reader.destroy();
    }
  }

  /** Ends, once what was sent has gone. */
  async close(): Promise<void> {
    this.server.close();
    const ended = [...this.readers].map((reader) => {
      reader.end();
      return once(reader, 'close');
    });
    this.server.closeIdleConnections();
    await Promise.race([Promise.all(ended), setTimeout(LAST)]);
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const part = partOf(request, this.token);
    if (typeof part === 'object') return refuse(response, part.status, part.text);
    if (part === '/events') return this.addReader(response);
    if (part === '/control') return this.control(request, response);
    const { html, policy } = this.served.page;
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader('content-security-policy', `${policy}; frame-ancestors 'none'`);
    response.end(html);
  }

  private async addReader(response: ServerResponse): Promise<void> {
    if (this.readers.size >= MOST_READERS) return refuse(response, 503, `${MOST_READERS} pages are open already`);
    // Without a wait where there is no need of one: what happens meanwhile would come twice.
    const given = this.served.opening();
    const opening = given instanceof Promise ? await given : given;
    response.setHeader('content-type', 'text/event-stream; charset=utf-8');
    response.write(opening.map(textOf).join(''));
    this.readers.add(response);
    response.on('close', () => this.readers.delete(response));
  }

  private async control(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { control } = this.served;
    if (!control) return refuse(response, 404, 'nothing goes on here that could be controlled');
    if (request.headers['content-type'] !== 'application/json')
      return refuse(response, 415, 'expected application/json');
    const text = await bodyOf(request);
    if (text === undefined) return refuse(response, 413, `expected at most ${MOST_BYTES} bytes`);
    try {
      control(JSON.parse(text));
    } catch (error) {
      return refuse(response, 400, reason(error));
    }
    response.writeHead(204).end();
  }
}

/** Of all answers. Without the referrer, a link on the page would not give the token away. */
const headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

const textOf = ([name, data]: Message) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${text}\n`);
}

/** Undefined where it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
