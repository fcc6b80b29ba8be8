import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { koffiPath } from '../../../src/machines/openMpi/koffiPath.js';
import { openLibrary } from '../../../src/machines/openMpi/library.js';
import { thrown } from '../../support/thrown.js';

describe('Open MPI that cannot be had', () => {
  afterEach(() => {
    jest.restoreAllMocks();
    delete process.env.HEDDLE_MPI_LIBRARY;
  });

  it('Node has no FFI, and koffi is not installed', () => {
    jest.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
    expect(thrown(() => openLibrary(undefined))).toBe(
      `MACHINES: Node ${process.versions.node} cannot call Open MPI by itself; use Node 26.1 or later, or npm install koffi`,
    );
  });

  it('there is no such library', () => {
    process.env.HEDDLE_MPI_LIBRARY = '/nowhere/libmpi.so';
    expect(thrown(() => openLibrary(koffiPath()))).toMatch(
      /^MACHINES: Open MPI cannot be loaded: HEDDLE_MPI_LIBRARY says '\/nowhere\/libmpi.so' \(.+\); install Open MPI 4 or 5 \(Debian: openmpi-bin\), or say in HEDDLE_MPI_LIBRARY where its libmpi lies$/,
    );
  });
});
