import { parentPort, workerData } from 'node:worker_threads';
import { HeddleError, reason } from '../src/errors.js';
import { CollectiveCarrier } from '../src/machines/carrier.js';
import { Communicator } from '../src/machines/communicator.js';
import type { MachinesAnswer, MachinesRequest, MachinesThreadData } from '../src/machines/joinMachines.js';
import { OpenMpiMessages } from '../src/machines/openMpi/openMpi.js';
import { Progress } from '../src/machines/progress.js';
import { importModules } from '../src/parallel/modules.js';
import { Team, type TeamMemory } from '../src/parallel/team.js';
import { Arena } from '../src/tensor/arena.js';
import type { WorkerSetup } from '../src/training/programRunner.js';
import { Programs } from '../src/training/programs.js';

// The thread of a machine that calls MPI.

/** Of what is said between programs; a carrier's tags lie above. */
const TAG = 0;

/** Takes part in the passes of a team, until it is dismissed. */
type TakePart = () => void;

function companion(
  { config, memory }: WorkerSetup,
  team: TeamMemory,
  carry: (programs: Programs) => CollectiveCarrier,
) {
  const programs = new Programs(config, new Arena(memory), team.machine?.ranks);
  const member = new Team(team, config.workers);
  const carrier = carry(programs);
  const phases = Object.values(programs.phases);
  return () => {
    for (let passes = 0; member.exchange(phases, passes, carrier); passes++);
  };
}

function answering(messages: OpenMpiMessages) {
  const communicator = new Communicator(messages);
  const progress = new Progress(communicator);
  const companions = new Map<number, TakePart>();
  const carry = ({ model }: Programs) => new CollectiveCarrier(communicator, progress, model.kernels);
  return async (request: MachinesRequest): Promise<unknown> => {
    switch (request.ask) {
      case 'companion': {
        const setup = request.setup as WorkerSetup;
        await importModules(setup.config.layerModules);
        companions.set(request.companion, companion(setup, request.team, carry));
        return undefined;
      }
      case 'takePart':
        return companions.get(request.companion)?.();
      case 'gather': {
        const texts = progress.complete(communicator.gatherBytes(TAG, new TextEncoder().encode(request.text)));
        return texts.map((text) => new TextDecoder().decode(text));
      }
      case 'broadcast':
        return progress.complete(communicator.broadcastBytes(TAG, request.bytes));
      case 'leave':
        progress.complete(communicator.barrier(TAG));
        return messages.close();
    }
  };
}

async function answer(work: () => unknown): Promise<void> {
  let said: MachinesAnswer;
  try {
    said = { result: await work() };
  } catch (cause) {
    said = { failed: { code: cause instanceof HeddleError ? cause.code : undefined, message: reason(cause) } };
  }
  parentPort?.postMessage(said);
}

await answer(() => {
  const { koffi }: MachinesThreadData = workerData;
  const messages = new OpenMpiMessages(koffi);
  const work = answering(messages);
  // One after the other: the next waits for what an import makes this thread wait for.
  let before = Promise.resolve();
  parentPort?.on('message', (request: MachinesRequest) => {
    before = before.then(() => answer(() => work(request)));
  });
  return { rank: messages.rank, size: messages.size };
});
