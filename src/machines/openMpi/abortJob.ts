import { openLibrary } from './library.js';

/** Ends all processes of the job that this one has joined, also from another thread than the one that sends messages.
 * @param koffi where the npm package koffi lies, for a Node without node:ffi */
export function abortJob(koffi: string | undefined, exitCode: number): void {
  const { library } = openLibrary(koffi);
  library.function('MPI_Abort', ['address', 'int'])(library.address('ompi_mpi_comm_world'), exitCode);
}
