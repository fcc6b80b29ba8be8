/** A message that is on its way. */
export interface Request {
  /** Whether it has gone or come; asking is what drives all messages on. @throws HeddleError MACHINES */
  isDone(): boolean;
}

/** Messages between the ranks of a job, as MPI_Isend and MPI_Irecv have them: nothing waits. Those from one rank to another with
 * the same tag arrive in the order in which they were sent. One thread of a rank has them, and calls all but `abort`. */
export interface Messages {
  /** Which rank this is, from 0 on, and how many there are. */
  readonly rank: number;
  readonly size: number;
  /** @param bytes stay as they are until it is done */
  send(to: number, tag: number, bytes: Uint8Array): Request;
  /** @param bytes to be filled; the message has just as many */
  receive(from: number, tag: number, bytes: Uint8Array): Request;
  /** Ends the job: every rank's process with this exit code, where ranks are processes. */
  abort(code: number): void;
  /** Takes leave of the others, when none has a message under way. */
  close(): void;
}
