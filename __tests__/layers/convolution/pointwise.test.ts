import { expect, it } from '@jest/globals';
import { Conv2d } from '../../../src/layers/conv2d.js';
import { Model } from '../../../src/network/model.js';
import { Sequential } from '../../../src/network/sequential.js';
import { values } from '../../support/kernelRoom.js';
import { backward, forward } from '../../support/passes.js';
import { unequal } from '../../support/unequal.js';
