import { webPlatform } from '../parallel/webPlatform.js';
import { Trainer as AnyTrainer } from './trainer.js';

/** Trains or evaluates a network in a browser, on all cores: batch shards over Web Workers, in shared memory, with the bits that
 * Node gives. In a page that is not cross-origin isolated it has the page's own thread, and says why on the console. */
export class Trainer extends AnyTrainer {
  protected override platform() {
    return webPlatform;
  }
}
