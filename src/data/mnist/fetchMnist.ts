import { HeddleError, reason } from '../../errors.js';
import { formatError } from '../../formats/fileKind.js';
import { kindOf, oneOf, required, text } from '../../validate.js';
import { downloadAgain, type IdxArray, readContent, startsAsGzip } from './idxContent.js';
import { type MnistDataset, mnistDataset, prefixes } from './mnistDataset.js';

/** Fetches an IDX file of unsigned bytes, plain or gzip, as its first two bytes tell: see readIdx.
 * @param url absolute, or as the page's own links are
 * @param dimensions what the file must have: 3 for images (N×H×W), 1 for labels (N)
 * @throws HeddleError FILE if it cannot be fetched; FORMAT if it is not such a file, is cut short or has bytes to spare */
export async function fetchIdx(url: string | URL, dimensions: 1 | 3): Promise<IdxArray> {
  required('fetchIdx(url, dimensions)', { url, dimensions });
  if (dimensions !== 1 && dimensions !== 3)
    throw new HeddleError('ARGUMENT', `dimensions must be 3 for images or 1 for labels, not ${kindOf(dimensions)}`);
  const path = addressOf('url', url);
  const bytes = await fetchBytes(path);
  const gzip = startsAsGzip(bytes);
  const source = { path, size: bytes.length, start: bytes.subarray(0, 512), gzip };
  return await readContent(gzip ? unpacked(bytes, path) : plain(bytes), source, dimensions);
}

/** Fetches one split of a data set kept like MNIST's: `train-images-idx3-ubyte.gz` and `train-labels-idx1-ubyte.gz`, or
 * `t10k-…` for the test set, from a folder of a server. Images have one channel.
 * @param folder its URL, absolute or as the page's own links are
 * @throws HeddleError as fetchIdx; FORMAT if there are more images than labels or fewer */
export async function fetchMnist(folder: string | URL, split: 'train' | 'test'): Promise<MnistDataset> {
  required("fetchMnist(folder, 'train')", { folder, split });
  const prefix = prefixes[oneOf('split', split, ['train', 'test'])];
  const at = addressOf('folder', folder).replace(/\/?$/, `/${prefix}-`);
  const [imageFile, labelFile] = [`${at}images-idx3-ubyte.gz`, `${at}labels-idx1-ubyte.gz`];
  const [images, labels] = await Promise.all([fetchIdx(imageFile, 3), fetchIdx(labelFile, 1)]);
  return mnistDataset(images, labels, imageFile, labelFile);
}

const addressOf = (name: string, url: string | URL) => (url instanceof URL ? url.href : text(name, url));

async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const failed = (found: string, options?: ErrorOptions) =>
    new HeddleError(
      'FILE',
      `cannot fetch ${url}: ${found}. Check the address, and that this page may fetch it`,
      options,
    );
  const response = await fetch(url).catch((cause) => {
    throw failed(reason(cause), { cause });
  });
  if (!response.ok) throw failed(`the server says ${response.status} ${response.statusText}`);
  return new Uint8Array(
    await response.arrayBuffer().catch((cause) => {
      throw failed(reason(cause), { cause });
    }),
  );
}

async function* plain(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** What gzip holds. The streams of some browsers do not go through a loop by themselves. */
async function* unpacked(bytes: Uint8Array<ArrayBuffer>, path: string): AsyncGenerator<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const next = () =>
    reader.read().catch((cause) => {
      throw formatError(path, `bad gzip data (${reason(cause)})`, downloadAgain, { cause });
    });
  for (let chunk = await next(); !chunk.done; chunk = await next()) yield chunk.value;
}
