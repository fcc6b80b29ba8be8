// The entry heddle/machines: nothing else of heddle loads what it loads.
export { type JoinedMachines, joinMachines } from './machines/joinMachines.js';
