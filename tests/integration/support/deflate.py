"""Compressed messages (RFC 7692) for tests over raw sockets."""

import zlib

TAIL = b"\x00\x00\xff\xff"
RSV1 = 4
AGREED = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"


def deflate(message, *, level=6, window=15, flush=zlib.Z_SYNC_FLUSH, strategy=zlib.Z_DEFAULT_STRATEGY):
    """The payload of a compressed message."""
    if isinstance(message, str):
        message = message.encode()
    compressor = zlib.compressobj(level, zlib.DEFLATED, -window, 8, strategy)
    payload = compressor.compress(message) + compressor.flush(flush)
    assert payload.endswith(TAIL)
    return payload[:-4]


def deflate_as_final_block(message):
    """The same with the last block marked as such, and an empty one behind it (section 7.2.3.4)."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, -15)
    return compressor.compress(message) + compressor.flush(zlib.Z_FINISH) + b"\0"


def inflate(payload):
    """The message of a payload; it refers to nothing before itself, for it is decompressed without that."""
    decompressor = zlib.decompressobj(-15)
    message = decompressor.decompress(payload + TAIL)
    assert not decompressor.eof and not decompressor.unused_data and not decompressor.unconsumed_tail
    return message
