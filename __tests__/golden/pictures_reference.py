#!/usr/bin/python3
"""Small PNG and JPEG files, and what Pillow and torchvision make of them.

    pictures_reference.py

Writes the folder pictures and pictures.json, which has bytes in base64: of each file the pixels as Pillow decodes them, of
each transform the planes that torchvision's Resize and CenterCrop leave of a PIL image, and what its ToTensor and Normalize
make of the bytes 0 to 255. Where Pillow has no numbers that are ours, which are what is transparent on white and 16 bits
rounded to 8, NumPy has them. Made with torchvision 0.14.1, Pillow 9.4 and libjpeg-turbo 2.1.5.
"""
import base64, io, json, struct, zlib
from pathlib import Path
import numpy as np
from PIL import Image, ImageOps
from torchvision.transforms import CenterCrop, Compose, Normalize, Resize, ToTensor

HERE = Path(__file__).parent
FOLDER = HERE / 'pictures'
random = np.random.default_rng(18)
files, transforms = [], []

def text(array): return base64.b64encode(np.ascontiguousarray(array, np.uint8).tobytes()).decode()

def colours(width, height, noise=20):
    y, x = np.mgrid[0:height, 0:width]
    waves = np.stack([127 + 120 * np.sin(x / 5 + y / 9), 127 + 120 * np.cos(x / 3 - y / 7), (x * 7 + y * 11) % 256], -1)
    return np.clip(waves + random.normal(0, noise, waves.shape), 0, 255).astype(np.uint8)

def keep(name, content, expected=None):
    (FOLDER / name).write_bytes(content)
    if expected is None:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
        expected = np.asarray(image.convert('L' if image.mode in ('1', 'L') else 'RGB'))
    files.append(dict(file=name, width=expected.shape[1], height=expected.shape[0],
                      channels=expected[0, 0].size, pixels=text(expected)))

# PNG: Pillow writes neither 16 bits of colour nor interlaced files.
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]

def png(samples, colour_type, depth=8, interlaced=False, **others):
    def chunk(kind, content):
        return struct.pack('>I', len(content)) + kind + content + struct.pack('>I', zlib.crc32(kind + content))
    rows = b''
    for left, top, across, down in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        part = samples[top::down, left::across]
        if part.size == 0: continue
        for row in part.reshape(part.shape[0], -1):
            packed = np.packbits(row.astype(np.uint8)) if depth == 1 else row.astype('>u2' if depth == 16 else 'u1')
            rows += b'\0' + packed.tobytes()
    height, width = samples.shape[:2]
    content = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, depth, colour_type, 0, 0, interlaced))
    for kind, bytes_ in others.items(): content += chunk(kind.encode(), bytes_)
    return content + chunk(b'IDAT', zlib.compress(rows, 9)) + chunk(b'IEND', b'')

def rounded(samples): return np.floor(samples / 257 + 0.5).astype(np.uint8)
def on_white(samples, alpha):
    s, a = samples.astype(np.int64), alpha.astype(np.int64)[..., None]
    return np.floor((s * a + 255 * (255 - a)) / 255 + 0.5).astype(np.uint8)

rgb = colours(21, 13)
grey = np.asarray(Image.fromarray(rgb).convert('L'))
alpha = random.integers(0, 256, grey.shape)
deep = random.integers(0, 65536, (13, 21, 3))
palette = random.integers(0, 256, (40, 3))
places = random.integers(0, 40, grey.shape)
keep('grey.png', png(grey, 0))
keep('grey1.png', png(grey > 127, 0, 1))
keep('grey16.png', png(deep[..., 0], 0, 16), rounded(deep[..., 0]))
keep('rgb.png', png(rgb, 2))
keep('rgb16.png', png(deep, 2, 16), rounded(deep))
keep('palette.png', png(places, 3, PLTE=palette.astype(np.uint8).tobytes()))
keep('greyPalette.png', png(places, 3, PLTE=np.repeat(palette[:, :1], 3, 1).astype(np.uint8).tobytes()), palette[places, 0])
opacity = random.integers(0, 256, 40)
keep('paletteAlpha.png', png(places, 3, PLTE=palette.astype(np.uint8).tobytes(), tRNS=opacity.astype(np.uint8).tobytes()),
     on_white(palette[places], opacity[places]))
keep('greyAlpha.png', png(np.dstack([grey, alpha]), 4), on_white(grey[..., None], alpha)[..., 0])
keep('rgbAlpha.png', png(np.dstack([rgb, alpha]), 6), on_white(rgb, alpha))
keep('interlaced.png', png(rgb, 2, interlaced=True))
keep('greyInterlaced.png', png(grey, 0, interlaced=True))

# JPEG
def jpeg(image, **options):
    out = io.BytesIO()
    Image.fromarray(image).save(out, 'JPEG', quality=85, **options) if isinstance(image, np.ndarray) else \
        image.save(out, 'JPEG', quality=85, **options)
    return out.getvalue()

def without(content, marker):
    while (at := content.find(bytes([0xff, marker]))) >= 0:
        content = content[:at] + content[at + 2 + int.from_bytes(content[at + 2:at + 4], 'big'):]
    return content

def adobe(transform): return b'\xff\xee\0\x0eAdobe\0\x64\0\0\0\0' + bytes([transform])

for name, sampling in [('444', 0), ('422', 1), ('420', 2)]:
    keep(f'{name}.jpg', jpeg(colours(37, 29), subsampling=sampling))
    keep(f'{name}Progressive.jpg', jpeg(colours(18, 35), subsampling=sampling, progressive=True))
keep('onePixel.jpg', jpeg(colours(1, 1), subsampling=2))
keep('grey.jpg', jpeg(grey))
keep('greyProgressive.jpg', jpeg(grey, progressive=True))
cmyk = jpeg(Image.fromarray(colours(19, 17)).convert('CMYK'))
keep('cmyk.jpg', cmyk)
keep('cmykNotAdobe.jpg', without(cmyk, 0xee))
keep('ycck.jpg', cmyk[:2] + adobe(2) + without(cmyk, 0xee)[2:])
jfif = jpeg(colours(19, 17), subsampling=0)
plain = without(jfif, 0xe0)
keep('noSegment.jpg', plain)
keep('adobeRgb.jpg', plain[:2] + adobe(0) + plain[2:])
keep('adobeYcc.jpg', plain[:2] + adobe(1) + plain[2:])
keep('jfifAndAdobe.jpg', jfif[:2] + jfif[2:20] + adobe(0) + jfif[20:])
keep('noHuffmanTables.jpg', without(jfif, 0xc4))
keep('litter.jpg', jfif[:-2] + bytes(226) + jfif[-2:])
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    keep(f'orientation{orientation}.jpg', jpeg(colours(13, 6), exif=exif))

# Transforms
y, x = np.mgrid[0:400, 0:500] // 5
(FOLDER / 'large.png').write_bytes(png(2 * np.stack([x ^ y, x & y, x | y], -1), 2))
keep('long.png', png(colours(90, 7), 2))
keep('high.png', png(np.asarray(Image.fromarray(colours(6, 31)).convert('L')), 0))
for name, resize, crop in [
        ('rgb.png', 13, (13, 13)), ('rgb.png', 13, (13, 21)), ('rgb.png', 8, (8, 8)), ('rgb.png', 5, (4, 3)), ('rgb.png', 40, (39, 28)),
        ('rgb.png', 10, (15, 20)), ('rgb.png', 10, (7, 30)), ('rgb.png', 1, (1, 1)), ('large.png', 9, (9, 9)), ('large.png', 14, (12, 17)),
        ('large.png', 1, (1, 1)), ('long.png', 7, (8, 8)), ('long.png', 3, (3, 9)), ('long.png', 11, (6, 16)), ('high.png', 9, (9, 9)),
        ('high.png', 2, (9, 6)), ('high.png', 5, (5, 4)), ('420.jpg', 16, (16, 16)), ('420Progressive.jpg', 24, (20, 22)),
        ('orientation6.jpg', 5, (5, 5)), ('cmyk.jpg', 12, (11, 10))]:
    for channels in 1, 3:
        image = ImageOps.exif_transpose(Image.open(FOLDER / name)).convert('L' if channels == 1 else 'RGB')
        seen = np.asarray(Compose([Resize(resize), CenterCrop(crop)])(image)).reshape(*crop, channels)
        transforms.append(dict(file=name, resize=resize, crop=crop, channels=channels, pixels=text(seen.transpose(2, 0, 1))))

mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)
normalized = Compose([ToTensor(), Normalize(mean, std)])(Image.fromarray(ramp))
normalization = dict(mean=mean, std=std, bytes=normalized.reshape(3, 256).tolist())
with open(HERE / 'pictures.json', 'w') as out:
    json.dump(dict(files=files, transforms=transforms, normalization=normalization), out, separators=(',', ':'))
