import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { decodeImage } from '../../src/data/decode/decodeImage.js';

// Trains LeNet-5 on Fashion-MNIST with `--tensorboard`, kills the run and goes on with it; then reads the event files by Debian's python3-protobuf
// (tensorBoard.py) and `protoc --decode_raw`, and compares them with metrics.jsonl and config.json: `npm run tensorboard`, as root on Debian
// where protoc or python3-protobuf are missing. Exits with 1 if anything is not as it should be.

const root = fileURLToPath(new URL('../../..', import.meta.url));
const [EPOCHS, IMAGES, BATCH] = [3, 20_000, 20];

interface Value {
  readonly tag: string;
  readonly simple_value?: number | string;
  readonly image?: { width: number; height: number; encoded_image_string: string };
  readonly tensor?: { dtype: number; string_val: readonly string[] };
  readonly metadata?: { plugin_data: { plugin_name: string } };
}
interface Event {
  readonly step?: string;
  readonly file_version?: string;
  readonly session_log?: { status: number };
  readonly summary?: { value: readonly Value[] };
}

function install(): void {
  const packages = {
    'command -v protoc': 'protobuf-compiler',
    '/usr/bin/python3 -c "import google.protobuf"': 'python3-protobuf',
  };
  const missing = Object.entries(packages).flatMap(([probe, name]) =>
    execFileSync('sh', ['-c', `${probe} > /dev/null 2>&1 || echo missing`]).length > 0 ? [name] : [],
  );
  if (missing.length === 0) return;
  execFileSync('apt-get', ['update'], { stdio: 'ignore' });
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', ...missing], { stdio: 'ignore' });
}

function expect(what: string, found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b}; found ${a}`);
  console.log(`${what}: ${a.length > 80 ? `${a.slice(0, 80)}…` : a}`);
}

function start(args: readonly string[], cwd: string) {
  const argv = [join(root, 'dist/train.js'), ...args, '--tensorboard', '--json'];
  return spawn(process.execPath, argv, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Trains until something has been written of steps after the first epoch, and thus after the checkpoint to go on from. */
async function trainAndKill(args: readonly string[], cwd: string, board: string): Promise<void> {
  const child = start(args, cwd);
  const size = () => readdirSync(board).reduce((sum, name) => sum + statSync(join(board, name)).size, 0);
  for await (const text of child.stdout) if (text.includes('"event":"epoch"')) break;
  const before = size();
  while (size() === before) await setTimeout(10);
  child.kill('SIGKILL');
  await once(child, 'close');
}

/** The data of a file's records, one behind the other: as a message, all of their fields. */
function dataOf(file: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    parts.push(file.subarray(at + 12, at + 12 + length));
    at += length + 16;
  }
  return Buffer.concat(parts);
}

function checkByProtoc(board: string): void {
  for (const file of readdirSync(board)) {
    const input = dataOf(readFileSync(join(board, file)));
    const text = execFileSync('protoc', ['--decode_raw'], { input, maxBuffer: 2 ** 28 }).toString();
    expect(`protoc finds the version in ${file}`, /^3: "brain\.Event:2"$/m.test(text), true);
  }
}

const linesOf = (text: string) => text.trimEnd().split('\n');

function readByPython(board: string): Event[] {
  const script = join(root, 'benchmarks/checks/tensorBoard.py');
  const printed = execFileSync('/usr/bin/python3', [script, board], { maxBuffer: 2 ** 28 });
  return linesOf(printed.toString()).map((line) => JSON.parse(line));
}

function checkCurves(run: string, events: readonly Event[]): void {
  const curve = curveOf(events);
  const steps = Array.from({ length: (EPOCHS * IMAGES) / BATCH }, (_, i) => i + 1);
  const told = events.filter(({ summary }) => summary?.value.some(({ tag }) => tag === 'loss/train')).length;
  expect('steps were taken again', told > steps.length, true);
  expect('steps of loss/train', [...curve('loss/train').keys()], steps);
  const lines = linesOf(readFileSync(join(run, 'metrics.jsonl'), 'utf8')).map((line) => JSON.parse(line));
  const names = {
    'loss/train_epoch': 'trainLoss',
    'loss/test': 'testLoss',
    'accuracy/validation': 'validationAccuracy',
  };
  for (const [tag, name] of Object.entries(names)) {
    const found = [...curve(tag).values()].map(Math.fround);
    expect(
      tag,
      found,
      lines.map((line) => Math.fround(line[name])),
    );
  }
}

function checkOthers(run: string, events: readonly Event[]): void {
  const values = events.flatMap(({ summary }) => summary?.value ?? []);
  const config = values.find(({ tag }) => tag === 'config');
  expect('plugin of config', config?.metadata?.plugin_data.plugin_name, 'text');
  const text = Buffer.from(config?.tensor?.string_val[0] ?? '', 'base64').toString();
  expect('config', JSON.parse(text), JSON.parse(readFileSync(join(run, 'config.json'), 'utf8')));
  const { image } = values.find(({ tag }) => tag.startsWith('filters/')) ?? {};
  const { width, height } = decodeImage(Buffer.from(image?.encoded_image_string ?? '', 'base64'));
  expect('size of the filters', [width, height], [image?.width, image?.height]);
  const norms = values.filter(({ tag }) => /^(weight|gradient)_norm\//.test(tag));
  expect('norms are above 0', norms.length > 0 && norms.every(({ simple_value }) => Number(simple_value) > 0), true);
}

/** What TensorBoard shows of a scalar, by step: the start of a session takes later steps away. */
const curveOf = (events: readonly Event[]) => (tag: string) => {
  const curve = new Map<number, number>();
  for (const { step = '0', session_log, summary } of events) {
    if (session_log?.status === 1) for (const before of curve.keys()) if (before >= Number(step)) curve.delete(before);
    for (const value of summary?.value ?? [])
      if (value.tag === tag) curve.set(Number(step), Number(value.simple_value));
  }
  return curve;
};

install();
const folder = mkdtempSync(join(tmpdir(), 'heddle-tensorboard-'));
try {
  const settings = {
    network: 'lenet5',
    limit: IMAGES,
    validation: 500,
    'batch-size': BATCH,
    epochs: EPOCHS,
    out: 'run',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  await trainAndKill(args, folder, join(folder, 'run', 'tensorboard'));
  const resumed = start(['--resume', 'run'], folder);
  resumed.stdout.resume();
  expect('exit code', (await once(resumed, 'close'))[0], 0);
  const run = join(folder, 'run');
  const board = join(run, 'tensorboard');
  expect('event files', readdirSync(board).length, 2);
  checkByProtoc(board);
  const events = readByPython(board);
  checkCurves(run, events);
  checkOthers(run, events);
} finally {
  rmSync(folder, { recursive: true });
}
