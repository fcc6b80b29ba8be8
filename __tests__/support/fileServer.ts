import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Texts and bytes by their names; undefined for a file that is not there. */
export type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

const types = { html: 'text/html', js: 'text/javascript', css: 'text/css', gz: 'application/gzip' };
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Serves what stands in a folder, and other files, as any server of files does.
 * @param isolated whether with the headers that isolate pages */
export async function serve(isolated: boolean, files: Files, folder: string): Promise<Server> {
  const contentOf = (name: string) => {
    if (name in files) return files[name];
    return existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : undefined;
  };
  const server = createServer(({ url = '' }, response) => {
    const name = url.slice(1);
    const type = types[name.split('.').at(-1) as keyof typeof types] ?? 'application/octet-stream';
    const content = contentOf(name);
    response.writeHead(content === undefined ? 404 : 200, { 'Content-Type': type, ...(isolated ? isolation : {}) });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export const originOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
