// Shared memory is for pages that come with two headers. On a host that cannot set them this worker does, for what it is asked
// for by the pages of its folder.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => event.respondWith(isolated(event.request)));

async function isolated(request) {
  const { body, status, statusText, headers: given } = await fetch(request);
  const headers = new Headers(given);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  return new Response(body, { status, statusText, headers });
}
