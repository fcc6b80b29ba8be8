import { HeddleError } from '../errors.js';

/** A kind of file that is given in place of another, by its first bytes, and what to do about it. */
interface FileKind {
  readonly name: string;
  readonly advice: string;
  /** @param text the first bytes as Latin-1 */
  readonly matches: (text: string, start: Uint8Array) => boolean;
}

const START_BYTES = 512;

const fromTorch =
  "Convert it in Python: from safetensors.torch import save_file; save_file(torch.load('model.pt', weights_only=True), " +
  "'model.safetensors'). If the file holds more than a state dict, take that out of it.";
const fromElsewhere = 'Save the weights as safetensors where they come from.';
const rightFile = 'Check that it is the right file.';

/** The name of a ZIP archive's first file (APPNOTE.TXT, 4.3.7). */
const firstOfZip = (text: string) => text.slice(30, 30 + text.charCodeAt(26) + 256 * text.charCodeAt(27));
const isZip = (text: string) => text.startsWith('PK\x03\x04');
/** A key of a protocol buffer for fields of ONNX's ModelProto that come after its version: producer, graph, operators. */
const afterOnnxVersion = [0x12, 0x3a, 0x42];

/** The first that matches counts: a safetensors file starts with its header's length, which may look like other things. */
const kinds: readonly FileKind[] = [
  {
    name: 'a safetensors file',
    advice: 'Read it with loadSafetensors or decodeSafetensors.',
    matches: (text, start) => text[8] === '{' && start[3] < 8 && start.subarray(4, 8).every((byte) => byte === 0),
  },
  {
    name: 'a git-LFS pointer, which stands for the file',
    advice: 'Get the file itself: run git lfs pull in its repository.',
    matches: (text) => text.startsWith('version https://git-lfs.github.com/spec/'),
  },
  {
    name: 'a PyTorch file (ZIP), as torch.save writes it',
    advice: fromTorch,
    matches: (text) => isZip(text) && /\/(data|constants)\.pkl$/.test(firstOfZip(text)),
  },
  {
    name: 'a NumPy .npz archive',
    advice: 'Unpack it: it is a ZIP archive of .npy files.',
    matches: (text) => isZip(text) && firstOfZip(text).endsWith('.npy'),
  },
  { name: 'a ZIP archive', advice: 'Unpack it first.', matches: isZip },
  {
    name: 'a Python pickle, as torch.save wrote it before PyTorch 1.6',
    advice: fromTorch,
    matches: (_, [first, protocol]) => first === 0x80 && protocol >= 2 && protocol <= 5,
  },
  {
    name: 'a web page (HTML)',
    advice: 'The link led to a page about the file: take the link that downloads it.',
    matches: (text) => /^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|\?xml)/i.test(text),
  },
  {
    name: 'a NumPy .npy array',
    advice: 'Read it with decodeNpy.',
    matches: (text) => text.startsWith('\x93NUMPY'),
  },
  { name: 'an HDF5 file, as Keras writes it', advice: fromElsewhere, matches: (text) => text.startsWith('\x89HDF') },
  { name: 'a GGUF file', advice: fromElsewhere, matches: (text) => text.startsWith('GGUF') },
  {
    name: 'an ONNX model',
    advice: fromElsewhere,
    matches: (_, [first, version, next]) =>
      first === 0x08 && version > 0 && version < 32 && afterOnnxVersion.includes(next),
  },
  { name: 'gzip data', advice: 'Unpack it first, with gunzip.', matches: (text) => text.startsWith('\x1f\x8b') },
  { name: 'a PNG image', advice: rightFile, matches: (text) => text.startsWith('\x89PNG\r\n\x1a\n') },
  { name: 'a JPEG image', advice: rightFile, matches: (text) => text.startsWith('\xff\xd8\xff') },
  {
    name: 'an IDX file',
    advice: 'Read it with readIdx.',
    matches: (_, [first, second, type, dimensions]) =>
      first === 0 && second === 0 && type >= 8 && type <= 14 && dimensions >= 1 && dimensions <= 4,
  },
  { name: 'a JSON text', advice: rightFile, matches: (text) => /^\s*(\{\s*["}]|\[)/.test(text) },
];

/** @throws HeddleError FORMAT when the start of a file shows that it is of another kind than the one that is expected */
export function refuseOtherKinds(start: Uint8Array, expected: string, source: string): void {
  const head = start.subarray(0, START_BYTES);
  const text = String.fromCharCode(...head);
  const kind = kinds.find(({ matches }) => matches(text, head));
  if (kind && kind.name !== expected)
    throw new HeddleError('FORMAT', `${source}: expected ${expected}; found ${kind.name}. ${kind.advice}`);
}

/** What to do where a file ends before it should. */
export const cutShort = 'It is cut short: save or download it again';

export function formatError(source: string, problem: string, advice: string, options?: ErrorOptions): HeddleError {
  return new HeddleError('FORMAT', `${source}: ${problem}. ${advice}.`, options);
}
