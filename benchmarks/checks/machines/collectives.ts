import { Communicator } from '../../../src/machines/communicator.js';
import { bytesOf, CHUNK, type Collective, interleaved } from '../../../src/machines/lanes.js';
import { koffiPath } from '../../../src/machines/openMpi/koffiPath.js';
import { OpenMpiMessages } from '../../../src/machines/openMpi/openMpi.js';
import { Progress } from '../../../src/machines/progress.js';
import { drawsOf, hashKey } from '../../../src/tensor/random.js';

// What ranks do together, over Open MPI: each compares what came with what it works out by itself.
// mpirun -n 3 node dist/benchmarks/checks/machines/collectives.js

/** The numbers of a rank, large and small, so that their sum depends on the order. */
function termOf(rank: number, length: number): Float32Array {
  const random = drawsOf(hashKey(rank, 'sample'));
  return Float32Array.from({ length }, () => (random.next() - 0.5) * 2 ** (40 * random.next() - 20));
}

/** An array in memory that is shared and grows, as a model's does. */
function arrayOf(memory: WebAssembly.Memory, length: number): Float32Array {
  const place = memory.buffer.byteLength;
  memory.grow(Math.ceil((4 * length) / 65536));
  return new Float32Array(memory.buffer, place, length);
}

interface Case {
  readonly expected: Float32Array;
  readonly found: readonly Float32Array[];
  readonly collective: Collective;
}

function caseOf(communicator: Communicator, memory: WebAssembly.Memory, tag: number, length: number): Case {
  const { rank, size } = communicator;
  const terms = Array.from({ length: size }, (_, owner) => termOf(owner, length));
  const expected = terms.reduce((sum, term) => sum.map((value, place) => value + term[place]));
  const starts = Array.from({ length: size + 1 }, (_, owner) => Math.floor((length * owner ** 2) / size ** 2));
  const [gathered, total, given] = [1, 2, 3].map(() => arrayOf(memory, length));
  gathered.set(expected.subarray(starts[rank], starts[rank + 1]), starts[rank]);
  if (rank === size - 1) given.set(expected);
  const add = (start: number, end: number) => {
    for (let place = start; place < end; place++) total[place] = (rank && total[place]) + terms[rank][place];
  };
  const byteStarts = starts.map((start) => 4 * start);
  const collective = interleaved([
    communicator.gather(tag, bytesOf(gathered), byteStarts),
    communicator.chain(tag + 1, total, add),
    communicator.broadcast(tag + 2, bytesOf(given), size - 1),
  ]);
  return { expected, found: [gathered, total, given], collective };
}

const messages = new OpenMpiMessages(koffiPath());
const communicator = new Communicator(messages);
const progress = new Progress(communicator);
const memory = new WebAssembly.Memory({ initial: 1, maximum: 1024, shared: true });
const cases = [0, 1, 1000, CHUNK / 4 + 1, 10 * CHUNK + 3].map((length, place) =>
  caseOf(communicator, memory, 3 * place, length),
);
progress.complete(interleaved(cases.map(({ collective }) => collective)));
progress.complete(communicator.barrier(0));
const wrong = cases.flatMap(({ expected, found }) =>
  found.filter((array) => Buffer.compare(bytesOf(array), bytesOf(expected)) !== 0),
);
const report = `rank ${communicator.rank} of ${communicator.size}: ${wrong.length} arrays differ`;
const reports = progress.complete(communicator.gatherBytes(0, new TextEncoder().encode(report)));
if (communicator.rank === 0) for (const bytes of reports) console.log(new TextDecoder().decode(bytes));
messages.close();
