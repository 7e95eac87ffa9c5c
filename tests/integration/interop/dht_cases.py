"""Our Kademlia against @libp2p/kad-dht: two dht_nodes, and a js-libp2p node that joins them. Each side
stores, provides and finds; in the end theirs alone is left, and still has what ours stored."""

import subprocess
import time

JOIN_SECONDS = 10
CHECKS_SECONDS = 120
COMMAND_SECONDS = 60

CHECKS = ["join", "get", "find", "find-peer", "put", "provide"]


class Network:
    """Those that serve, the first of them to join by; ended whatever happens."""

    def __init__(self, start, node):
        self.start, self.node = start, node
        self.peers = []
        self.join = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        for peer in self.peers:
            peer.end()
        self.peers = []

    def add(self, *command):
        """What such a node says first, and the others behind it."""
        return self.add_peer([self.node, "--", "--listen=/ip4/127.0.0.1/tcp/0", *self.flags(), *command])

    def add_peer(self, command):
        peer = self.start(command)
        self.peers.append(peer)
        line = peer.line(time.monotonic() + JOIN_SECONDS)
        if line is None:
            raise RuntimeError(f"{' '.join(command)} does not begin: {peer.words()}")
        return line.split()[-1], peer

    def flags(self):
        return [f"--join={self.join}"] if self.join else []

    def type(self, *command):
        """What a client says that joins for one command."""
        done = subprocess.run([self.node, "--", *self.flags(), *command], capture_output=True, text=True,
                              timeout=COMMAND_SECONDS)
        return done.stdout.strip() if done.returncode == 0 else f"failed: {done.stderr.strip()}"


def results_of(peer):
    """What theirs says of its checks: {name: (why it failed or None, detail)}."""
    results = {}
    deadline = time.monotonic() + CHECKS_SECONDS
    while (line := peer.line(deadline)) not in (None, "done"):
        verdict, _, rest = line.partition(" ")
        name, _, detail = rest.partition(" ")
        if verdict in ("ok", "failed"):
            results[name.rstrip(":")] = (None if verdict == "ok" else detail, detail)
    return results


def play(start, node, theirs, tally):
    """All cases, a line each. `start` begins a process that has line(), words() and end()."""

    def expect(case, said, wanted):
        tally.say(case, None if wanted in said else f"it said: {said or 'nothing'}")

    with Network(start, node) as ours, Network(start, node) as js:
        ours.join, _ = ours.add("serve")
        provider, peer = ours.add("provide", "our picture")
        content = peer.line(time.monotonic() + JOIN_SECONDS) or "nothing"
        key = ours.type("put", "color", "blue")
        js.join, joined = js.add_peer(
            [*theirs, ours.join, key, "blue", content, provider.rpartition("/")[2]])
        js_id = js.join.rpartition("/")[2]

        results = results_of(joined)
        for check in CHECKS:
            why, _ = results.get(check, (f"it was not come to: {joined.words()}", ""))
            tally.say(f"dht, js among ours: {check}", why)

        title = "dht, ours beside js"
        expect(f"{title}: peers", ours.type("peers"), js_id)
        expect(f"{title}: get", ours.type("get", f"/signed/theirs/{js_id}"), "red")
        expect(f"{title}: find", ours.type("find", "their picture"), js_id)
        expect(f"{title}: ping", ours.type("ping", f"/p2p/{js_id}"), "answers in")
        late = ours.type("put", "shape", "round")
        ours.end()

        title = "dht, js alone is left"
        expect(f"{title}: get", js.type("get", late), "round")
        expect(f"{title}: find", js.type("find", "their picture"), js_id)
