// A js-libp2p node over TCP that listens, or dials a peer and tries it:
//
//   node peer.mjs listen tls|noise
//   node peer.mjs dial tls|noise ADDRESS
//
// Prints "listening ADDRESS", then "identified AGENT" for each peer that says who it is, until it is
// ended by a signal; or "ok CHECK" and "failed CHECK: WHY", a line a check.

import './polyfill.mjs';

import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { identify } from '@libp2p/identify';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { tls } from '@libp2p/tls';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { runChecks } from './checks.mjs';
import { serve } from './protocols.mjs';

const SECURITIES = { tls: [tls, '/tls/1.0.0'], noise: [noise, '/noise'] };

async function makeNode(security, listens) {
  const [encrypter, encryption] = SECURITIES[security];
  const node = await createLibp2p({
    addresses: { listen: listens ? ['/ip4/127.0.0.1/tcp/0'] : [] },
    transports: [tcp()],
    connectionEncrypters: [encrypter()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    services: { identify: identify(), ping: ping() },
  });
  node.encryption = encryption;
  await serve(node);
  return node;
}

async function listen(security) {
  const node = await makeNode(security, true);
  node.addEventListener('peer:identify', ({ detail }) => console.log(`identified ${detail.agentVersion}`));
  console.log(`listening ${node.getMultiaddrs()[0]}`);
}

async function dial(security, address) {
  const node = await makeNode(security, false);
  let failures = 0;
  await runChecks(node, multiaddr(address), (name, error, detail) => {
    if (error !== null) ++failures;
    console.log(error === null ? `ok ${name}${detail ? ` ${detail}` : ''}` : `failed ${name}: ${error.message}`);
  });
  await node.stop();
  process.exit(failures > 0 ? 1 : 0);
}

const [what, security, address] = process.argv.slice(2);
if (!(security in SECURITIES) || (what !== 'listen' && what !== 'dial')) {
  console.error('usage: node peer.mjs listen tls|noise | dial tls|noise ADDRESS');
  process.exit(2);
}
await (what === 'listen' ? listen(security) : dial(security, address));
