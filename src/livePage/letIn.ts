import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** An answer that refuses, as HTTP numbers it. */
export interface Refusal {
  readonly status: 403 | 404 | 405;
  readonly text: string;
}

/** The part of a server that a request is for, such as `/events`, or why it gets none. Other pages of the reader's browser cannot
 * know the token, which is the first part of the path; nor may they ask, or ask under a name of their own that leads here
 * (DNS rebinding). */
export function partOf({ method, headers, url = '' }: IncomingMessage, token: string): string | Refusal {
  const { host = '', origin } = headers;
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host))
    return refusal(403, `expected the host 127.0.0.1 or localhost; found ${JSON.stringify(host)}`);
  if (origin !== undefined && origin !== `http://${host}`)
    return refusal(403, `expected a request from this server's own page; found one from ${JSON.stringify(origin)}`);
  const [, given = '', part] = /^\/([^/?]*)(\/[^?]*)$/.exec(url) ?? [];
  if (!isSame(given, token)) return refusal(403, 'expected the whole address that the command has printed');
  if (part === '/control') return method === 'POST' ? part : refusal(405, 'expected POST');
  if (method !== 'GET') return refusal(405, 'expected GET');
  return part === '/' || part === '/events' ? part : refusal(404, `there is no ${JSON.stringify(part)} here`);
}

const refusal = (status: Refusal['status'], text: string): Refusal => ({ status, text });

/** Takes as long whatever is given. */
const isSame = (given: string, token: string) =>
  given.length === token.length && timingSafeEqual(Buffer.from(given, 'latin1'), Buffer.from(token, 'latin1'));
