/**
 * A line is at most this long; the reader of the container's log cuts it (`bytesKept`), and the parser cuts what
 * comes to it longer all the same. It is what Docker users know from `max-size`, and 64 parts of Docker's 16 KiB.
 */
export const lineBytesMax = 1024 * 1024;

/** Objects inside objects (and arrays) beyond this depth are kept as their JSON text: stores refuse deeper ones. */
export const depthMax = 32;

/** Names in `attrs` of one line; the rest of the line's members go to `attrs` as one JSON text. */
export const attributesMax = 1_000;

/** The name of that JSON text. */
export const restName = "seamark.rest";

/** An object whose flattened name is longer than this is kept as JSON text: the name repeats in every leaf. */
export const nameLengthMax = 512;
