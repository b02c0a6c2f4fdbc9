//! As much of the protocol's frames as is needed: written beforehand, skimmed when they come back.

use cl_gossip::Topic;

/// `RPC.subscriptions`, `RPC.publish`, `RPC.control`: length-delimited fields 1, 2 and 3.
const SUBSCRIPTION: u8 = 0x0a;
const PUBLISH: u8 = 0x12;
const CONTROL: u8 = 0x1a;
/// `Message.data` and `Message.topic`.
const DATA: u8 = 0x12;
const TOPIC: u8 = 0x22;

fn varint(out: &mut Vec<u8>, mut n: usize) {
    loop {
        let [low, ..] = n.to_le_bytes();
        n >>= 7;
        if n == 0 {
            return out.push(low & 0x7f);
        }
        out.push(low | 0x80);
    }
}

fn field(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    varint(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn framed(rpc: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rpc.len() + 5);
    varint(&mut out, rpc.len());
    out.extend_from_slice(rpc);
    out
}

/// A frame with one message.
pub(super) fn publish(topic: Topic, data: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(data.len() + 100);
    field(&mut message, DATA, data);
    field(&mut message, TOPIC, topic.to_string().as_bytes());
    let mut rpc = Vec::with_capacity(message.len() + 5);
    field(&mut rpc, PUBLISH, &message);
    framed(&rpc)
}

/// A frame that subscribes to topics, and one that asks to be in their meshes.
pub(super) fn hello(topics: &[Topic]) -> Vec<u8> {
    let (mut subscriptions, mut control) = (Vec::new(), Vec::new());
    for topic in topics {
        let name = topic.to_string();
        let mut subscription = vec![0x08, 1];
        field(&mut subscription, 0x12, name.as_bytes());
        field(&mut subscriptions, SUBSCRIPTION, &subscription);
        let mut graft = Vec::new();
        field(&mut graft, 0x0a, name.as_bytes());
        field(&mut control, 0x1a, &graft);
    }
    let mut grafts = Vec::new();
    field(&mut grafts, CONTROL, &control);
    [framed(&subscriptions), framed(&grafts)].concat()
}

/// The length in front, and what comes after it; `None` if there is none yet.
fn prefix(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (n, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(n + 1..)?));
        }
    }
    None
}

/// Takes a frame from the front of what was read; `None` if there is no whole one.
pub(super) fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = prefix(bytes)?;
    rest.split_at_checked(len)
}

/// Calls back with the data of each message of a frame.
pub(super) fn messages(mut rpc: &[u8], mut each: impl FnMut(&[u8])) {
    while let Some((tag, rest)) = rpc.split_first() {
        let Some((field, rest)) = split(rest) else { return };
        rpc = rest;
        if let (&PUBLISH, Some((&DATA, message))) = (tag, field.split_first())
            && let Some((data, _)) = split(message)
        {
            each(data);
        }
    }
}

#[cfg(test)]
mod tests {
    use cl_types::{ForkDigest, TopicKind};

    use super::*;

    #[test]
    fn a_message_is_found_in_its_frame() {
        let topic = Topic::new(ForkDigest([1, 2, 3, 4]), TopicKind::BeaconBlock);
        for len in [0, 5, 127, 128, 20_000] {
            let bytes = [publish(topic, &vec![7; len]), hello(&[topic])].concat();
            let (first, rest) = split(&bytes).unwrap();
            let mut found = vec![];
            messages(first, |data| found.push(data.len()));
            let (_, rest) = split(rest).unwrap();
            let (grafts, rest) = split(rest).unwrap();
            messages(grafts, |data| found.push(data.len()));
            assert_eq!((found, rest.len()), (vec![len], 0));
        }
    }
}
