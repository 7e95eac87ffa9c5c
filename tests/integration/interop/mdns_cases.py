"""Our multicast DNS against @libp2p/mdns: a node of each on this host, neither of which was told of the
other. The host is on a network; with loopback alone there is nothing to try."""

import re
import time

START_SECONDS = 60
FIND_SECONDS = 30
LOOK_SECONDS = 0.1


def said(peer, pattern):
    """What `peer` says on stderr that is like `pattern`, or None when it is too late."""
    deadline = time.monotonic() + FIND_SECONDS
    while time.monotonic() < deadline:
        if found := re.search(pattern, peer.words()):
            return found.group(1)
        time.sleep(LOOK_SECONDS)
    return None


def printed(peer, words):
    """Whether `peer` prints a line that begins with `words`."""
    deadline = time.monotonic() + FIND_SECONDS
    while (line := peer.line(deadline)) is not None:
        if line.startswith(words):
            return True
    return False


def play(start, node, theirs, tally):
    """All cases, a line each. `start` begins a process that has line(), words() and end()."""
    js = start(theirs)
    ours = start([node, "--names=kademlia", "--security=libp2p", "--listen=/ip4/0.0.0.0/tcp/0",
                  "--mdns=lan", "--", "serve"])
    try:
        line = js.line(time.monotonic() + START_SECONDS) or ""
        js_id = line.rpartition("/")[2]
        own_id = said(ours, r"listening at \S*/p2p/(\w+)")
        tally.say("mdns: we find js", None if js_id and said(ours, f"found ({js_id}) nearby")
                  else f"{line}: {ours.words()}")
        tally.say("mdns: js finds us, and dials", None if printed(js, f"identified {own_id} rehearse/")
                  else js.words() or "it found nobody")
    finally:
        ours.end()
        js.end()
