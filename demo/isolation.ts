/** Set where the page has been loaded again already. */
const KEY = 'heddle isolated';

/** Has a service worker isolate the page where its host has not, and loads the page again for it, once.
 * @returns whether the page is about to be loaded again */
export async function isolate(): Promise<boolean> {
  if (crossOriginIsolated || !navigator.serviceWorker) return false;
  try {
    if (sessionStorage.getItem(KEY)) return false;
    await settled(await navigator.serviceWorker.register('serviceWorker.js'));
    sessionStorage.setItem(KEY, 'yes');
  } catch {
    return false; // the browser allows no such worker: the page trains on one thread
  }
  location.reload();
  return true;
}

/** Waits until the worker is at work, or has failed. */
function settled({ installing, waiting }: ServiceWorkerRegistration): Promise<void> {
  return new Promise((resolve) => {
    const worker = installing ?? waiting;
    if (!worker) return resolve();
    worker.addEventListener('statechange', () => {
      if (['activated', 'redundant'].includes(worker.state)) resolve();
    });
  });
}
