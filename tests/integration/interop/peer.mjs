// A js-libp2p node over TCP or QUIC that listens, or dials a peer and tries it:
//
//   node peer.mjs listen tls|noise|quic
//   node peer.mjs dial tls|noise|quic ADDRESS
//
// Prints "listening ADDRESS", then "identified AGENT" for each peer that says who it is, until it is
// ended by a signal; or "ok CHECK" and "failed CHECK: WHY", a line a check.

import './polyfill.mjs';

import { noise } from '@chainsafe/libp2p-noise';
import { quic } from '@chainsafe/libp2p-quic';
import { yamux } from '@chainsafe/libp2p-yamux';
import { identify } from '@libp2p/identify';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { tls } from '@libp2p/tls';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { runChecks } from './checks.mjs';
import { serve } from './protocols.mjs';

const overTcp = (encrypter) => ({
  address: '/ip4/127.0.0.1/tcp/0',
  options: { transports: [tcp()], connectionEncrypters: [encrypter()], streamMuxers: [yamux()] },
});

const TRANSPORTS = {
  tls: { ...overTcp(tls), encryption: '/tls/1.0.0' },
  noise: { ...overTcp(noise), encryption: '/noise' },
  quic: { address: '/ip4/127.0.0.1/udp/0/quic-v1', options: { transports: [quic()] }, encryption: 'native' },
};

async function makeNode(transport, listens) {
  const { address, options, encryption } = TRANSPORTS[transport];
  const node = await createLibp2p({
    ...options,
    addresses: { listen: listens ? [address] : [] },
    connectionGater: { denyDialMultiaddr: () => false },
    services: { identify: identify(), ping: ping() },
  });
  node.encryption = encryption;
  await serve(node);
  return node;
}

async function listen(transport) {
  const node = await makeNode(transport, true);
  node.addEventListener('peer:identify', ({ detail }) => console.log(`identified ${detail.agentVersion}`));
  console.log(`listening ${node.getMultiaddrs()[0]}`);
}

async function dial(transport, address) {
  const node = await makeNode(transport, false);
  let failures = 0;
  await runChecks(node, multiaddr(address), (name, error, detail) => {
    if (error !== null) ++failures;
    console.log(error === null ? `ok ${name}${detail ? ` ${detail}` : ''}` : `failed ${name}: ${error.message}`);
  });
  await node.stop();
  process.exit(failures > 0 ? 1 : 0);
}

const [what, transport, address] = process.argv.slice(2);
if (!(transport in TRANSPORTS) || (what !== 'listen' && what !== 'dial')) {
  console.error('usage: node peer.mjs listen tls|noise|quic | dial tls|noise|quic ADDRESS');
  process.exit(2);
}
await (what === 'listen' ? listen(transport) : dial(transport, address));
