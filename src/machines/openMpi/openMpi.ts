import { HeddleError } from '../../errors.js';
import type { Messages, Request } from '../messages.js';
import type { Foreign, ForeignLibrary } from './foreign.js';
import { openLibrary } from './library.js';

const SUCCESS = 0;

/** MPI_THREAD_SERIALIZED: several threads may call MPI, one at a time. */
const SERIALIZED = 2;

/** MPI_MAX_ERROR_STRING. */
const LONGEST_ERROR = 256;

/** From how many bytes on a message counts as gone only when it begins to be received (MPI_Issend). A smaller one has gone when
 * the network has taken it, which takes megabytes at once: all messages behind those would be late by their time. */
const LARGE = 32 * 1024;

/** The functions that are called. */
const functionsOf = (library: ForeignLibrary) => ({
  init: library.function('MPI_Init_thread', ['address', 'address', 'int', 'address']),
  setErrorHandler: library.function('MPI_Comm_set_errhandler', ['address', 'address']),
  rank: library.function('MPI_Comm_rank', ['address', 'address']),
  size: library.function('MPI_Comm_size', ['address', 'address']),
  send: library.function('MPI_Isend', ['address', 'int', 'address', 'int', 'int', 'address', 'address']),
  sendLarge: library.function('MPI_Issend', ['address', 'int', 'address', 'int', 'int', 'address', 'address']),
  receive: library.function('MPI_Irecv', ['address', 'int', 'address', 'int', 'int', 'address', 'address']),
  test: library.function('MPI_Test', ['address', 'address', 'address']),
  count: library.function('MPI_Get_count', ['address', 'address', 'address']),
  errorText: library.function('MPI_Error_string', ['int', 'address', 'address']),
  abort: library.function('MPI_Abort', ['address', 'int']),
  finalize: library.function('MPI_Finalize', []),
});

/** Memory for one request at a time, and where its parts lie: MPI's handle, whether it is done, the bytes that came, MPI's status. */
interface Slot {
  readonly words: Int32Array;
  readonly handle: bigint;
  readonly done: bigint;
  readonly count: bigint;
  readonly status: bigint;
}

/** The words of a slot, of which MPI writes the others. */
const [DONE, COUNT, WORDS] = [2, 3, 10];

/** Messages over Open MPI, which knows the ranks that mpirun started. */
export class OpenMpiMessages implements Messages {
  readonly rank: number;
  readonly size: number;
  private readonly mpi: ReturnType<typeof functionsOf>;
  private readonly foreign: Foreign;
  private readonly world: bigint;
  private readonly byte: bigint;
  private readonly free: Slot[] = [];
  private readonly addresses = new WeakMap<ArrayBufferLike, bigint>();

  /** Joins the job.
   * @param koffi where the npm package koffi lies, for a Node without node:ffi
   * @throws HeddleError MACHINES */
  constructor(koffi: string | undefined) {
    const { library, foreign } = openLibrary(koffi);
    this.foreign = foreign;
    this.mpi = functionsOf(library);
    this.world = library.address('ompi_mpi_comm_world');
    this.byte = library.address('ompi_mpi_byte');
    const slot = this.newSlot();
    this.check(() => 'join the job', this.mpi.init(0n, 0n, SERIALIZED, slot.count));
    if (slot.words[COUNT] < SERIALIZED)
      throw new HeddleError('MACHINES', 'this Open MPI was built without support for threads (MPI_THREAD_SERIALIZED)');
    this.check(
      () => 'set how errors are told',
      this.mpi.setErrorHandler(this.world, library.address('ompi_mpi_errors_return')),
    );
    this.check(() => 'learn its rank', this.mpi.rank(this.world, slot.count));
    this.rank = slot.words[COUNT];
    this.check(() => 'learn how many ranks there are', this.mpi.size(this.world, slot.count));
    this.size = slot.words[COUNT];
    this.free.push(slot);
  }

  send(to: number, tag: number, bytes: Uint8Array): Request {
    const slot = this.free.pop() ?? this.newSlot();
    const doing = () => `send ${bytes.length} bytes with tag ${tag} to rank ${to}`;
    const address = this.addressOf(bytes);
    const send = bytes.length < LARGE ? this.mpi.send : this.mpi.sendLarge;
    this.check(doing, send(address, bytes.length, this.byte, to, tag, this.world, slot.handle));
    return this.request(slot, doing);
  }

  receive(from: number, tag: number, bytes: Uint8Array): Request {
    const slot = this.free.pop() ?? this.newSlot();
    const doing = () => `receive ${bytes.length} bytes with tag ${tag} from rank ${from}`;
    const address = this.addressOf(bytes);
    this.check(doing, this.mpi.receive(address, bytes.length, this.byte, from, tag, this.world, slot.handle));
    return this.request(slot, doing, bytes.length);
  }

  private request(slot: Slot, doing: () => string, expected?: number): Request {
    let isDone = false;
    return {
      isDone: () => {
        if (isDone) return true;
        this.check(doing, this.mpi.test(slot.handle, slot.done, slot.status));
        if (!slot.words[DONE]) return false;
        if (expected !== undefined) this.checkCount(slot, doing, expected);
        this.free.push(slot);
        isDone = true;
        return true;
      },
    };
  }

  /** MPI takes a shorter message for a longer one without a word. */
  private checkCount(slot: Slot, doing: () => string, expected: number): void {
    this.check(doing, this.mpi.count(slot.status, this.byte, slot.count));
    const found = slot.words[COUNT];
    if (found !== expected) throw this.failure(doing, `${found} came`);
  }

  private newSlot(): Slot {
    const words = new Int32Array(WORDS);
    const handle = this.foreign.addressOf(words.buffer);
    return { words, handle, done: handle + 8n, count: handle + 12n, status: handle + 16n };
  }

  /** Where a buffer lies is asked once: that takes longer than a call. A shared memory stays there when it grows. */
  private addressOf({ buffer, byteOffset }: Uint8Array): bigint {
    const known = this.addresses.get(buffer);
    const address = known ?? this.foreign.addressOf(buffer);
    if (known === undefined) this.addresses.set(buffer, address);
    return address + BigInt(byteOffset);
  }

  private check(doing: () => string, code: number): void {
    if (code === SUCCESS) return;
    const text = new Uint8Array(LONGEST_ERROR);
    const length = new Int32Array(1);
    this.mpi.errorText(code, this.foreign.addressOf(text.buffer), this.foreign.addressOf(length.buffer));
    throw this.failure(doing, new TextDecoder().decode(text.subarray(0, length[0])));
  }

  private failure(doing: () => string, why: string): HeddleError {
    const rank = this.size === undefined ? 'this process' : `rank ${this.rank} of ${this.size}`;
    return new HeddleError('MACHINES', `${rank} was to ${doing()}: ${why}`);
  }

  abort(code: number): void {
    this.mpi.abort(this.world, code);
  }

  close(): void {
    this.check(() => 'leave the job', this.mpi.finalize());
  }
}

/** Ends the job from a thread that has no messages, where one of this process has joined it: every rank's process ends with this
 * exit code, this one among them. */
export function abortJob(koffi: string | undefined, code: number): void {
  const { library, foreign } = openLibrary(koffi);
  const hasJoined = new Int32Array(1);
  library.function('MPI_Initialized', ['address'])(foreign.addressOf(hasJoined.buffer));
  if (hasJoined[0]) library.function('MPI_Abort', ['address', 'int'])(library.address('ompi_mpi_comm_world'), code);
}
