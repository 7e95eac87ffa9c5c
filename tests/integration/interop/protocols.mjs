// The protocols that both peers serve besides libp2p's own. The same in C++: interop_protocols.h.

export const ECHO = '/interop/echo/1';      // what comes goes back, then both end
export const SINK = '/interop/sink/1';      // a count in 8 bytes, then that many; answered by how many were right
export const SOURCE = '/interop/source/1';  // a count in 8 bytes, answered by that many
export const NOBODYS = '/interop/nobodys/1';

const PIECE_BYTES = 64 * 1024;

export function countBytes(count) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(count));
  return bytes;
}

export function countOf(bytes) {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0));
}

// What stands at `index` of what goes to a sink or comes from a source.
const byteAt = (index) => (index ^ (index >> 8) ^ (index >> 16)) & 0xff;

// Sends `count` bytes, no faster than they are taken.
export async function sendBytes(stream, count) {
  for (let sent = 0; sent < count;) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, count - sent));
    for (let i = 0; i < piece.length; ++i) piece[i] = byteAt(sent + i);
    sent += piece.length;
    if (!stream.send(piece)) await stream.onDrain();
  }
}

// Compares what comes; `right` counts up to the first byte that is wrong.
export class Checker {
  seen = 0;
  right = 0;

  take(bytes) {
    for (const byte of bytes) {
      if (this.right === this.seen && byte === byteAt(this.seen)) ++this.right;
      ++this.seen;
    }
  }
}

// Reads a stream's bytes by number, whatever pieces they come in.
export class Reader {
  #pieces;
  #left = new Uint8Array(0);

  constructor(stream) { this.#pieces = stream[Symbol.asyncIterator](); }

  // Some bytes, or null at the end.
  async some() {
    if (this.#left.length > 0) {
      const left = this.#left;
      this.#left = new Uint8Array(0);
      return left;
    }
    const { value, done } = await this.#pieces.next();
    return done ? null : value.subarray();
  }

  async exactly(count) {
    const bytes = new Uint8Array(count);
    for (let have = 0; have < count;) {
      const piece = await this.some();
      if (piece === null) throw new Error(`the stream ended after ${have} of ${count} bytes`);
      const part = piece.subarray(0, count - have);
      bytes.set(part, have);
      have += part.length;
      this.#left = piece.subarray(part.length);
    }
    return bytes;
  }

  async rest() {
    const pieces = [];
    for (let piece = await this.some(); piece !== null; piece = await this.some()) pieces.push(piece);
    return Buffer.concat(pieces);
  }
}

async function echo(stream) {
  for await (const piece of stream) {
    if (!stream.send(piece)) await stream.onDrain();
  }
  await stream.close();
}

async function sink(stream) {
  const reader = new Reader(stream);
  const count = countOf(await reader.exactly(8));
  const checker = new Checker();
  while (checker.seen < count) {
    const piece = await reader.some();
    if (piece === null) break;
    checker.take(piece);
  }
  stream.send(countBytes(checker.right));
  await stream.close();
}

async function source(stream) {
  await sendBytes(stream, countOf(await new Reader(stream).exactly(8)));
  await stream.close();
}

// Serves them on `node`; what goes wrong with a stream is said, and breaks that stream.
export async function serve(node) {
  for (const [protocol, handler] of [[ECHO, echo], [SINK, sink], [SOURCE, source]]) {
    await node.handle(protocol, async (stream) => {
      try {
        await handler(stream);
      } catch (error) {
        console.error(`${protocol}: ${error.message}`);
        stream.abort(error);
      }
    }, { maxInboundStreams: 64, maxOutboundStreams: 64 });
  }
}
