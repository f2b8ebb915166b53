#!/usr/bin/env python3
"""tiny_bert.py FILE: writes a model that llama.cpp serves: a BERT whose vectors are means of made-up word vectors.

Its one block is there because there must be one: attention and feed-forward are zero, so it adds nothing. Words of one
topic lie near each other. Any text has tokens: unknown words fall into letters. The file is the same wherever it is made.

GGUF 3: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import math
import random
import struct
import sys

WIDTH, HEADS, CONTEXT = 64, 2, 1024
TOPICS = [
    "printer paper ink scan scanner toner copy page tray jam print cartridge",
    "invoice payment price bill refund money account charge cost tax credit bank",
    "password login user sign access account permission locked reset key token security",
    "network cable router wireless internet connection signal speed offline server address port",
    "screen monitor display laptop keyboard mouse battery charger computer desk power device",
    "mail message inbox letter send sent receive attachment spam reply address forward",
    "holiday leave vacation sick day week month calendar absence request manager approve",
    "database table row column query index backup restore record schema vector search",
    "kitchen coffee tea water lunch cup machine milk sugar clean fridge dish",
    "car road train station ticket travel hotel flight airport taxi journey bus",
]
OTHERS = ("the a an of to in is it and or not no yes for on at with by from this that was are be has have had will can "
          "do does how what when where why who which new old my our your we you they he she out up down off please "
          "help problem error broken work works working does need want cannot stopped after before again").split()
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SYMBOLS = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
NORMAL, CONTROL = 1, 3


def random_vector(name, scale=1.0):
    source = random.Random(name)
    return [scale * source.gauss(0, 1 / math.sqrt(WIDTH)) for _ in range(WIDTH)]


def vocabulary():
    """Tokens as llama.cpp spells WordPiece: a word's first piece begins with U+2581, the others with nothing."""
    vectors = {name: [0.0] * WIDTH for name in SPECIAL}
    for number, words in enumerate(TOPICS):
        topic = random_vector(f"topic {number}")
        for word in words.split():
            vectors.setdefault("\u2581" + word, [a + b for a, b in zip(topic, random_vector(word, 0.5))])
    for word in OTHERS:
        vectors.setdefault("\u2581" + word, random_vector(word, 0.2))
    for symbol in SYMBOLS:
        vectors.setdefault("\u2581" + symbol, random_vector(symbol, 0.1))
        if symbol.isalnum():
            vectors.setdefault(symbol, random_vector("##" + symbol, 0.1))
    return vectors


def tensors(vectors):
    """Names, shapes (innermost first) and numbers."""
    zeros, ones = [0.0] * WIDTH, [1.0] * WIDTH
    yield "token_embd.weight", (WIDTH, len(vectors)), sum(vectors.values(), [])
    yield "token_types.weight", (WIDTH, 1), zeros
    yield "position_embd.weight", (WIDTH, CONTEXT), zeros * CONTEXT
    for norm in ("token_embd_norm", "blk.0.attn_output_norm", "blk.0.layer_output_norm"):
        yield norm + ".weight", (WIDTH,), ones
        yield norm + ".bias", (WIDTH,), zeros
    for layer in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_down"):
        yield f"blk.0.{layer}.weight", (WIDTH, WIDTH), zeros * WIDTH
        yield f"blk.0.{layer}.bias", (WIDTH,), zeros


def text(value):
    return struct.pack("<Q", len(value.encode())) + value.encode()


def value_of(value):
    """A metadata value: its type's number, then itself."""
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + text(value)
    if isinstance(value[0], str):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
    return struct.pack(f"<IIQ{len(value)}i", 9, 5, len(value), *value)


def metadata(tokens):
    return {
        "general.architecture": "bert", "general.name": "tiny-bert",
        "bert.context_length": CONTEXT, "bert.embedding_length": WIDTH, "bert.feed_forward_length": WIDTH,
        "bert.block_count": 1, "bert.attention.head_count": HEADS, "bert.attention.layer_norm_epsilon": 1e-12,
        "bert.attention.causal": False, "bert.pooling_type": 1,
        "tokenizer.ggml.model": "bert", "tokenizer.ggml.pre": "default", "tokenizer.ggml.token_type_count": 1,
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [CONTROL if token in SPECIAL else NORMAL for token in tokens],
        "tokenizer.ggml.padding_token_id": 0, "tokenizer.ggml.unknown_token_id": 1, "tokenizer.ggml.cls_token_id": 2,
        "tokenizer.ggml.bos_token_id": 2, "tokenizer.ggml.seperator_token_id": 3, "tokenizer.ggml.mask_token_id": 4,
    }


def aligned(block):
    return block + bytes(-len(block) % 32)


def main():
    vectors = vocabulary()
    members = metadata(list(vectors))
    head, body, count = b"", b"", 0
    for name, shape, numbers in tensors(vectors):
        head += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, len(body))
        body += aligned(struct.pack(f"<{len(numbers)}f", *numbers))
        count += 1
    start = b"GGUF" + struct.pack("<IQQ", 3, count, len(members))
    start += b"".join(text(key) + value_of(value) for key, value in members.items())
    with open(sys.argv[1], "wb") as file:
        file.write(aligned(start + head) + body)


if __name__ == "__main__":
    main()
