// A js-libp2p server of Kademlia that joins a network of dht_nodes and tries it:
//
//   node dht.mjs ADDRESS KEY TEXT CID PROVIDER
//
// Joins by ADDRESS; KEY is to have TEXT, and PROVIDER to have what is called CID. Prints "listening
// ADDRESS", "ok CHECK DETAIL" and "failed CHECK: WHY", a line a check, and "done"; then serves until it
// is ended by a signal.

import './polyfill.mjs';

import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht';
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id';
import { RecordEnvelope } from '@libp2p/peer-record';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { CID } from 'multiformats/cid';
import { sha256 } from 'multiformats/hashes/sha2';

// Signed records as net/kademlia/signed_record.h has them.
const DOMAIN = 'rehearse-signed-record';
const CODEC = '/rehearse/record/1';
const LIFETIME_S = 50 * 60;

const PATIENCE_MS = 30_000;
const JOIN_MS = 20_000;

const bytesOf = (text) => new TextEncoder().encode(text);
const textOf = (bytes) => new TextDecoder().decode(bytes);
const patience = () => ({ signal: AbortSignal.timeout(PATIENCE_MS) });
const expect = (holds, words) => { if (!holds) throw new Error(words); };

function varint(number) {
  const bytes = [];
  for (; number >= 128; number = Math.floor(number / 128)) bytes.push((number % 128) | 128);
  return [...bytes, number];
}
const bytesField = (field, bytes) => [field << 3 | 2, ...varint(bytes.length), ...bytes];
const numberField = (field, number) => [field << 3, ...varint(number)];

// What a dht_node's "put" would store.
async function sign(privateKey, key, text) {
  const payload = Uint8Array.from([
    ...bytesField(1, bytesOf(key)), ...numberField(2, Date.now()),
    ...numberField(3, Math.floor(Date.now() / 1000) + LIFETIME_S), ...bytesField(4, bytesOf(text))]);
  const record = { domain: DOMAIN, codec: bytesOf(CODEC), marshal: () => payload };
  return (await RecordEnvelope.seal(record, privateKey)).marshal();
}

// Who signed it is the one whose key it is.
async function validate(key, value) {
  const envelope = await RecordEnvelope.openAndCertify(value, DOMAIN);
  const owner = peerIdFromPublicKey(envelope.publicKey).toString();
  expect(textOf(key).endsWith(`/${owner}`), `${textOf(key)} is signed by ${owner}`);
}

async function makeNode(privateKey) {
  return createLibp2p({
    privateKey,
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { inboundConnectionThreshold: 100 },  // a second and host: each command is a node
    services: {
      identify: identify(),
      ping: ping(),
      dht: kadDHT({
        protocol: '/rehearse/kad/1.0.0',
        clientMode: false,
        peerInfoMapper: passthroughMapper,
        validators: { signed: validate },
        selectors: { signed: () => 0 },
      }),
    },
  });
}

const [address, key, text, cid, provider] = process.argv.slice(2);
const privateKey = await generateKeyPair('Ed25519');
const node = await makeNode(privateKey);
console.log(`listening ${node.getMultiaddrs()[0]}`);

const checks = {
  // By one it learns of the other.
  async join() {
    await node.dial(multiaddr(address), patience());
    for (const end = Date.now() + JOIN_MS; Date.now() < end;) {
      await node.services.dht.refreshRoutingTable();
      if (node.services.dht.routingTable.size >= 2) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`it knows ${node.services.dht.routingTable.size} peers`);
  },

  async get() {
    const value = textOf(await node.contentRouting.get(bytesOf(key), patience()));
    expect(value.includes(text), `${key} has ${value}`);
  },

  async find() {
    for await (const found of node.contentRouting.findProviders(CID.parse(cid), patience())) {
      if (found.id.toString() === provider) return;
    }
    throw new Error(`${provider} is not found to provide ${cid}`);
  },

  async 'find-peer'() {
    const found = await node.peerRouting.findPeer(peerIdFromString(provider), patience());
    expect(found.multiaddrs.length > 0, `${provider} is found without an address`);
  },

  async put() {
    const own = `/signed/theirs/${node.peerId}`;
    await node.contentRouting.put(bytesOf(own), await sign(privateKey, own, 'red'), patience());
    return own;
  },

  async provide() {
    const own = CID.createV0(await sha256.digest(bytesOf('their picture')));
    await node.contentRouting.provide(own, patience());
    return own.toString();
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    const detail = await check();
    console.log(`ok ${name}${detail ? ` ${detail}` : ''}`);
  } catch (error) {
    console.log(`failed ${name}: ${error.stack}`);
  }
}
console.log('done');
