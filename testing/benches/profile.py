#!/usr/bin/env python3
"""Where the time of a gossip receiver goes: groups the stacks that `perf` has sampled.

    perf record -e cpu-clock -F 997 --call-graph dwarf,16384 -o gossip.perf \
        target/release/cl-benches gossip --parts cost --pairs 1 --transports tcp --receivers ours \
        --only columns --load columns=128:45380:40 --factor 0.3
    perf script -i gossip.perf --no-inline -F comm,pid,tid,ip,sym | testing/benches/profile.py

Only the process with a thread called `behaviour` counts. A sample belongs to the first group that one of its frames
matches, from the innermost on.
"""
import re
import sys
from collections import Counter

GROUPS = [
    ("allocation", r"^(malloc|cfree|_?int_(malloc|free)|realloc|calloc|free|sysmalloc|malloc_consolidate|unlink_chunk|systrim|__libc_(malloc|free|calloc))|mprotect|_rjem|__rust_(alloc|dealloc)|handle_mm_fault|exc_page_fault|brk"),
    ("heartbeat", r"::heartbeat|get_gossip_message_ids|emit_gossip"),
    ("score", r"peer_score|PeerScore"),
    ("snappy", r"^snap::|<snap::|snap::(de)?compress|cl_gossip::snappy"),
    ("message id", r"sha2|sha256|digest::|(transform|plain)::message_id"),
    ("memo", r"polyval|cl_gossip::memo|Secret::key"),
    ("encryption", r"chacha|poly1305|snow::|ring_core|aes_|noise|rustls|aws_lc"),
    ("muxer", r"yamux|quinn"),
    ("decoding", r"GossipsubCodec|prost|asynchronous_codec|validate_rpc_limits"),
    ("forwarding", r"forward_msg|send_message|RpcOut|into_protobuf|gossipsub::queue"),
    ("caches", r"time_cache|mcache|DuplicateCache"),
    ("metrics", r"gossipsub::metrics|prometheus"),
    ("ours", r"cl_gossip|cl_benches::gossip::receiver::(ours|plain)"),
    ("socket: read", r"sys_(read|recv)|tcp_recvmsg|sock_recvmsg"),
    ("socket: write", r"sys_(write|send)|tcp_sendmsg|sock_sendmsg"),
    ("wake-ups", r"futex|eventfd|epoll|schedule|park|Waker|wake"),
    ("timers", r"futures_timer|tokio::runtime::time"),
    ("gossipsub, other", r"libp2p_gossipsub"),
    ("swarm", r"libp2p_swarm"),
    ("runtime", r"tokio|futures"),
]
# Where nothing else matches: stacks end early in some functions of the C library.
WEAK = [
    ("hash tables", r"sip::Hasher|hash_one|memcmp|hashbrown|FnMut"),
    ("copying", r"memmove|memset|memcpy"),
    ("system calls", r"entry_SYSCALL|syscall|irqentry|__send|__recv|epoll_wait|^read$|^write$"),
]
GROUPS, WEAK = ([(name, re.compile(pattern)) for name, pattern in groups] for groups in (GROUPS, WEAK))
# Whatever is called from there.
WITHIN = {
    "forward_msg": r"forward_msg",
    "… its timers": r"futures_timer::native::(delay::Delay::new|global|arc_list)",
    "… its clones": r"RawMessage as core::clone::Clone",
    "heartbeat": r"::heartbeat",
    "score of the sender": r"score_report",
    "inbound_transform": r"inbound_transform",
    "cl_gossip, the router not counted": None,
}
SETUP = re.compile("curve25519|x25519|ed25519|rsa|secp256k1|k256|Plan::new|network::embedded")


def group(stack):
    if any(SETUP.search(frame) for frame in stack):
        return None
    for groups in (GROUPS, WEAK):
        for frame in stack:
            for name, pattern in groups:
                if pattern.search(frame):
                    return name
    return "other"


def is_within(pattern, stack):
    if pattern:
        return any(re.search(pattern, frame) for frame in stack)
    # The innermost of ours and the router's.
    first = next((frame for frame in stack if re.search("libp2p_gossipsub::|cl_gossip::", frame)), "")
    return "libp2p_gossipsub::" not in first.split(" as ")[0] and "cl_gossip::" in first


def main():
    samples, behaviour = [], None
    for block in sys.stdin.read().split("\n\n"):
        lines = block.strip("\n").split("\n")
        head = re.match(r"\s*(.+?)\s+(\d+)(?:/(\d+))?", lines[0])
        if not head:
            continue
        comm, pid, tid = head.groups()
        if comm == "behaviour":
            behaviour = pid
        frames = [re.sub(r"^\s*[0-9a-f]+\s+", "", line).split("+0x")[0] for line in lines[1:]]
        samples.append((pid, comm == "behaviour", frames))
    counts, within = {True: Counter(), False: Counter()}, Counter()
    for pid, is_behaviour, frames in samples:
        name = group(frames)
        if pid == behaviour and name:
            counts[is_behaviour][name] += 1
            within.update(what for what, pattern in WITHIN.items() if is_behaviour and is_within(pattern, frames))
    total = sum(map(sum, (c.values() for c in counts.values()))) or 1
    print(f"{total} samples\n\n| | behaviour | connections |\n| --- | --- | --- |")
    for name in sorted(set(counts[True]) | set(counts[False]), key=lambda n: -(counts[True][n] + counts[False][n])):
        print(f"| {name} | {100 * counts[True][name] / total:.1f} % | {100 * counts[False][name] / total:.1f} % |")
    print(f"| (all) | {100 * sum(counts[True].values()) / total:.1f} % | {100 * sum(counts[False].values()) / total:.1f} % |")
    print("\n| of the behaviour, with all that is called | |\n| --- | --- |")
    for what in WITHIN:
        print(f"| {what} | {100 * within[what] / total:.1f} % |")


if __name__ == "__main__":
    main()
