#!/usr/bin/python3
"""Golden .npy files from NumPy: numpy_reference.py > npy.json. Each with its shape, and its elements as JavaScript spells
them, in row-major order."""
import base64, io, json
import numpy as np

a = np.arange(6).reshape(2, 3)
nonfinite = np.array([0.1, -0.0, np.inf, -np.inf, np.nan])
cases = [
    ('a scalar', np.array(0.5, np.float32), None),
    ('one axis', a[0].astype(np.float32), None),
    ('two axes', a.astype(np.float32), None),
    ('four axes', np.arange(16, dtype=np.float32).reshape(2, 2, 2, 2) - 7.5, None),
    ('no elements', np.zeros((0, 3), np.float32), None),
    ('int64', np.array([[-2 ** 63, 2 ** 63 - 1]], np.int64), None),
    ('int64, a scalar', np.array(7, np.int64), None),
    ('Fortran order', np.asfortranarray(a.astype(np.float32)), None),
    ('Fortran order of three axes', np.asfortranarray(np.arange(24).reshape(2, 3, 4)), None),
    ('float16', nonfinite.astype(np.float16), None),
    ('float64', nonfinite, None),
    ('int32', np.array([-2 ** 31, 5], np.int32), None),
    ('uint8', np.array([[0, 255]], np.uint8), None),
    ('bool', np.array([[True, False]]), None),
    ('int8', np.array([-128, 127], np.int8), None),
    ('int16', np.array([-2 ** 15, 2 ** 15 - 1], np.int16), None),
    ('uint16', np.array([0, 2 ** 16 - 1], np.uint16), None),
    ('uint32', np.array([0, 2 ** 32 - 1], np.uint32), None),
    ('uint64', np.array([0, 2 ** 64 - 1], np.uint64), None),
    ('big-endian', nonfinite.astype('>f2'), None),
    ('big-endian', nonfinite.astype('>f4'), None),
    ('big-endian', nonfinite.astype('>f8'), None),
    ('big-endian', np.array([-2 ** 15, 5], '>i2'), None),
    ('big-endian', np.array([5, 2 ** 16 - 2], '>u2'), None),
    ('big-endian', np.array([-2 ** 31, 5], '>i4'), None),
    ('big-endian', np.array([5, 2 ** 32 - 2], '>u4'), None),
    ('big-endian', np.array([-2 ** 63, 5], '>i8'), None),
    ('big-endian', np.array([5, 2 ** 64 - 2], '>u8'), None),
    ('big-endian in Fortran order', np.asfortranarray(a.astype('>f4')), None),
    ('version 2.0', a.astype(np.float32), (2, 0)),
    ('version 3.0', a.astype(np.float32), (3, 0)),
]


def case(name, array, version):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version)
    names = {'inf': 'Infinity', '-inf': '-Infinity', 'nan': 'NaN', 'True': '1', 'False': '0'}
    values = [names.get(str(value), str(value)) for value in array.flatten().tolist()]
    return dict(name=name, dtype=str(array.dtype), shape=array.shape, values=values, npy=base64.b64encode(file.getvalue()).decode())


print(json.dumps([case(*arguments) for arguments in cases], indent=1))
