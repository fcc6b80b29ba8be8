"""Makes datasets/: small .npz archives and .npy files as NumPy writes them, and what they hold in datasets.json.

Run: /usr/bin/python3 __tests__/golden/datasets_reference.py (NumPy 1.24)
"""
import json
from pathlib import Path

import numpy as np

here = Path(__file__).parent
folder = here / "datasets"
folder.mkdir(exist_ok=True)
random = np.random.default_rng(18)


def images(*shape):
    return random.integers(0, 256, shape, dtype=np.uint8)


def planes(array):
    """As [N, C, H, W], in bytes."""
    if array.ndim == 3:
        array = array[:, None]
    elif array.shape[3] in (1, 3):
        array = array.transpose(0, 3, 1, 2)
    return {"shape": array.shape[1:], "inputs": array.ravel().tolist()}


grey, grey_test = images(6, 4, 5), images(2, 4, 5)
np.savez_compressed(folder / "keras.npz", x_train=grey, y_train=np.array([0, 1, 2, 2, 1, 0], np.uint8),
                    x_test=grey_test, y_test=np.array([2, 0], np.int64))

colour, colour_val, colour_test = images(5, 3, 4, 3), images(2, 3, 4, 3), images(3, 3, 4, 3)
np.savez(folder / "medmnist.npz", train_images=colour, train_labels=np.array([[0], [1], [0], [1], [1]], np.uint8),
         val_images=colour_val, val_labels=np.array([[1], [0]], np.uint8),
         test_images=colour_test, test_labels=np.array([[1], [1], [0]], np.uint8))

channels = images(8, 3, 2, 4)
np.savez_compressed(folder / "floats.npz", images=np.asfortranarray(channels.astype(np.float32) / 255),
                    labels=np.arange(8) % 2)

(folder / "npy").mkdir(exist_ok=True)
np.save(folder / "npy" / "X_train.npy", grey.astype(">i4"))
np.save(folder / "npy" / "y_train.npy", np.array([0, 1, 2, 2, 1, 0], np.float64))
np.save(folder / "npy" / "X_test.npy", grey_test > 127)
np.save(folder / "npy" / "y_test.npy", np.array([2, 0], np.int16))

wanted = {
    "keras.npz": {"train": planes(grey) | {"targets": [0, 1, 2, 2, 1, 0]}, "test": planes(grey_test) | {"targets": [2, 0]}},
    "medmnist.npz": {"train": planes(colour) | {"targets": [0, 1, 0, 1, 1]}, "test": planes(colour_test) | {"targets": [1, 1, 0]}},
    "npy": {"train": planes(grey) | {"targets": [0, 1, 2, 2, 1, 0]},
            "test": planes(np.uint8(255) * (grey_test > 127)) | {"targets": [2, 0]}},
    "floats.npz": planes(channels) | {"targets": (np.arange(8) % 2).tolist()},
}
(here / "datasets.json").write_text(json.dumps(wanted) + "\n")
