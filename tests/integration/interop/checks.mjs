// What a js-libp2p node tries with the peer that it dials. The same in C++: interop_checks.h.

import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import { Checker, countBytes, countOf, ECHO, NOBODYS, Reader, sendBytes, SINK, SOURCE } from './protocols.mjs';

const STREAMS = 24;
const PINGS = 20;
const BIG_BYTES = 64 * 1024 * 1024;
const PATIENCE_MS = 100_000;

const patience = () => AbortSignal.timeout(PATIENCE_MS);
const expect = (holds, words) => { if (!holds) throw new Error(words); };

// Reading begins first: of a stream that is over both ways before anybody reads, as one of QUIC may be
// by the time that close() is done, js-libp2p gives neither the bytes nor the end.
async function echoOn(stream, text) {
  const rest = new Reader(stream).rest();
  stream.send(new TextEncoder().encode(text));
  await stream.close();
  const answer = (await rest).toString();
  expect(answer === text, `echo of ${text} is ${answer}`);
}

const checks = {
  async connect({ node, address, connect }) {
    const connection = await connect();
    const expected = address.getComponents().find(({ name }) => name === 'p2p').value;
    expect(connection.remotePeer.toString() === expected, `connected to ${connection.remotePeer}`);
    expect(connection.encryption === node.encryption, `secured by ${connection.encryption}`);
  },

  // By itself, as it does on each connection.
  async identify({ node, connect }) {
    const heard = new Promise((resolve, reject) => {
      node.addEventListener('peer:identify', ({ detail }) => resolve(detail), { once: true });
      patience().addEventListener('abort', () => reject(new Error('nothing was heard')));
    });
    await (await connect()).close();
    const connection = await connect();
    const said = await heard;
    expect(said.peerId.equals(connection.remotePeer), `it says to be ${said.peerId}`);
    for (const protocol of ['/ipfs/ping/1.0.0', '/ipfs/id/1.0.0', ECHO, SINK, SOURCE]) {
      expect(said.protocols.includes(protocol), `${protocol} is not among ${said.protocols}`);
    }
    expect(said.observedAddr !== undefined, 'it says no observed address');
    return said.agentVersion;
  },

  async ping({ node, connect }) {
    const connection = await connect();
    await node.services.ping.ping(connection.remotePeer, { signal: patience() });
  },

  async 'repeated-ping'({ node, connect }) {
    const connection = await connect();
    for (let i = 0; i < PINGS; ++i) {
      await node.services.ping.ping(connection.remotePeer, { signal: patience() });
    }
  },

  async 'unknown-protocol'({ connect }) {
    const connection = await connect();
    const refused = await connection.newStream(NOBODYS, { signal: patience() }).then(
      () => null, (error) => error);
    expect(refused?.name === 'UnsupportedProtocolError', `it was not refused as unknown: ${refused}`);
    await echoOn(await connection.newStream(ECHO, { signal: patience() }), 'still there');
  },

  async 'many-streams'({ connect }) {
    const connection = await connect();
    const open = Array.from({ length: STREAMS }, () =>
      connection.newStream(ECHO, { signal: patience(), maxOutboundStreams: STREAMS }));
    const streams = await Promise.all(open);
    await Promise.all(streams.map((stream, i) => echoOn(stream, `stream ${i}`)));
  },

  async 'big-upload'({ connect }) {
    const stream = await (await connect()).newStream(SINK, { signal: patience() });
    stream.send(countBytes(BIG_BYTES));
    await sendBytes(stream, BIG_BYTES);
    const right = countOf(await new Reader(stream).exactly(8));
    expect(right === BIG_BYTES, `${right} of ${BIG_BYTES} bytes arrived right`);
    await stream.close();
  },

  async 'big-download'({ connect }) {
    const stream = await (await connect()).newStream(SOURCE, { signal: patience() });
    stream.send(countBytes(BIG_BYTES));
    const checker = new Checker();
    for await (const piece of stream) checker.take(piece.subarray());
    await stream.close();
    expect(checker.right === BIG_BYTES && checker.seen === BIG_BYTES,
      `${checker.right} of ${checker.seen} bytes arrived right, ${BIG_BYTES} were asked for`);
  },

  async 'wrong-peer'({ node, address, connect }) {
    await (await connect()).close();  // or the dial would be another name for that connection
    const other = peerIdFromPrivateKey(await generateKeyPair('Ed25519'));
    const wrong = multiaddr(address.toString().replace(/\/p2p\/.*/, `/p2p/${other}`));
    const refused = await node.dial(wrong, { signal: patience() }).then(() => null, (error) => error);
    expect(refused !== null, `it passed for ${other}`);
    expect(/unexpected ?peer|not match|but connected to/i.test(`${refused.name} ${refused.message}`),
      `refused for another reason: ${refused}`);
    await (await connect()).close();  // the right one still goes
  },
};

// Tries all, one after the other; `say` gets each's name, and an error or null.
export async function runChecks(node, address, say) {
  const connect = () => node.dial(address, { signal: patience() });
  for (const [name, check] of Object.entries(checks)) {
    try {
      say(name, null, await check({ node, address, connect }));
    } catch (error) {
      say(name, error);
    }
  }
}
