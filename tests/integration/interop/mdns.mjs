// A js-libp2p node that finds its neighbours by multicast DNS, and dials each:
//
//   node mdns.mjs
//
// Prints "listening ADDRESS", then "found ID" for each peer that is announced, and "identified ID AGENT"
// for each that says who it is, until it is ended by a signal.

import './polyfill.mjs';

import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { identify } from '@libp2p/identify';
import { mdns } from '@libp2p/mdns';
import { tcp } from '@libp2p/tcp';
import { createLibp2p } from 'libp2p';

const node = await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  connectionGater: { denyDialMultiaddr: () => false },
  peerDiscovery: [mdns()],
  services: { identify: identify() },
});

node.addEventListener('peer:identify', ({ detail }) => console.log(`identified ${detail.peerId} ${detail.agentVersion}`));
node.addEventListener('peer:discovery', ({ detail }) => {
  console.log(`found ${detail.id}`);
  node.dial(detail.id).catch((error) => console.error(`dial ${detail.id}: ${error.message}`));
});
console.log(`listening ${node.getMultiaddrs()[0]}`);
