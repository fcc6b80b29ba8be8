import { HeddleError, quote, reason } from '../../errors.js';
import { type Foreign, type ForeignLibrary, koffiForeign, nodeForeign } from './foreign.js';

/** The names under which versions 4 and 5 of Open MPI are installed, whose ABI is the same. */
const names = ['libmpi.so.40', 'libmpi.so', 'libmpi.40.dylib'];

const VARIABLE = 'HEDDLE_MPI_LIBRARY';
const install = `install Open MPI 4 or 5 (Debian: openmpi-bin), or say in ${VARIABLE} where its libmpi lies`;

/** Open MPI's library, and where memory lies for it. */
export interface OpenMpiLibrary {
  readonly library: ForeignLibrary;
  readonly foreign: Foreign;
}

/** @param koffi where the npm package koffi lies, for a Node without node:ffi
 * @throws HeddleError MACHINES where there is no Open MPI, or nothing to call it with */
export function openLibrary(koffi: string | undefined): OpenMpiLibrary {
  const foreign = findForeign(koffi);
  const { name, library } = open(foreign);
  try {
    library.address('ompi_mpi_comm_world');
  } catch (cause) {
    const found = versionOf(library, foreign);
    throw new HeddleError('MACHINES', `expected Open MPI and found ${found} in ${quote(name)}; ${install}`, { cause });
  }
  return { library, foreign };
}

function findForeign(koffi: string | undefined): Foreign {
  try {
    const foreign = nodeForeign() ?? (koffi === undefined ? undefined : koffiForeign(koffi));
    if (foreign) return foreign;
  } catch (cause) {
    throw notAllowed(cause);
  }
  const problem = `Node ${process.versions.node} cannot call Open MPI by itself`;
  throw new HeddleError('MACHINES', `${problem}; use Node 26.1 or later, or npm install koffi`);
}

function open(foreign: Foreign): { readonly name: string; readonly library: ForeignLibrary } {
  const chosen = process.env[VARIABLE];
  const failures: unknown[] = [];
  for (const name of chosen ? [chosen] : names)
    try {
      return { name, library: foreign.open(name) };
    } catch (failure) {
      if (isDenied(failure)) throw notAllowed(failure);
      failures.push(failure);
    }
  const [cause] = failures;
  const where = chosen ? `${VARIABLE} says ${quote(chosen)}` : `there is no ${names[0]}`;
  throw new HeddleError('MACHINES', `Open MPI cannot be loaded: ${where} (${reason(cause)}); ${install}`, { cause });
}

/** Node denies node:ffi with the first code, and addons such as koffi with the second one. */
const isDenied = (thrown: unknown) => ['ERR_ACCESS_DENIED', 'ERR_DLOPEN_DISABLED'].includes(Object(thrown).code);

const notAllowed = (cause: unknown) => {
  const isAddon = Object(cause).code === 'ERR_DLOPEN_DISABLED';
  const why = isAddon ? 'Node may not load koffi, an addon; run node with --allow-addons' : reason(cause);
  return new HeddleError('MACHINES', `Open MPI cannot be called: ${why}`, { cause });
};

/** What an MPI library calls itself. */
function versionOf(library: ForeignLibrary, { addressOf }: Foreign): string {
  const text = new Uint8Array(8192);
  const length = new Int32Array(1);
  try {
    library.function('MPI_Get_library_version', ['address', 'address'])(
      addressOf(text.buffer),
      addressOf(length.buffer),
    );
  } catch {
    return 'no MPI';
  }
  return new TextDecoder().decode(text.subarray(0, length[0])).split('\n')[0].replaceAll('\t', ' ');
}
