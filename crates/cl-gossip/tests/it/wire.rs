//! Frames of gossipsub, written and read by hand.

/// One field of bytes.
pub(crate) fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    varint(&mut out, bytes.len() as u64);
    out.extend_from_slice(bytes);
    out
}

pub(crate) fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap());
}

/// A frame of these parts.
pub(crate) fn frame(parts: &[Vec<u8>]) -> Vec<u8> {
    let rpc = parts.concat();
    let mut out = Vec::new();
    varint(&mut out, rpc.len() as u64);
    out.extend_from_slice(&rpc);
    out
}

/// A message.
pub(crate) fn message(topic: impl AsRef<[u8]>, data: &[u8]) -> Vec<u8> {
    field(2, &[field(2, data), field(4, topic.as_ref())].concat())
}

/// A message with one field more: 1 author, 3 sequence number, 5 signature, 6 key.
pub(crate) fn signed(topic: impl AsRef<[u8]>, data: &[u8], number: u8) -> Vec<u8> {
    field(2, &[field(number, &[1; 8]), field(2, data), field(4, topic.as_ref())].concat())
}

pub(crate) fn subscription(topic: impl AsRef<[u8]>) -> Vec<u8> {
    field(1, &[vec![1 << 3, 1], field(2, topic.as_ref())].concat())
}

pub(crate) fn ihave(topic: impl AsRef<[u8]>, ids: impl IntoIterator<Item = [u8; 20]>) -> Vec<u8> {
    let ids: Vec<u8> = ids.into_iter().flat_map(|id| field(2, &id)).collect();
    field(3, &field(1, &[field(1, topic.as_ref()), ids].concat()))
}

pub(crate) fn iwant(ids: impl IntoIterator<Item = [u8; 20]>) -> Vec<u8> {
    let ids: Vec<u8> = ids.into_iter().flat_map(|id| field(1, &id)).collect();
    field(3, &field(2, &ids))
}

pub(crate) fn graft(topic: impl AsRef<[u8]>) -> Vec<u8> {
    field(3, &field(3, &field(1, topic.as_ref())))
}

/// What whole frames say.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) messages: usize,
    /// Ids asked for, a frame each.
    pub(crate) wanted: Vec<usize>,
    pub(crate) prunes: usize,
}

impl Said {
    pub(crate) fn read(mut bytes: &[u8]) -> Self {
        let mut said = Self::default();
        while let Some((len, rest)) = number(bytes).filter(|(len, rest)| *len <= rest.len()) {
            let (rpc, rest) = rest.split_at(len);
            bytes = rest;
            said.messages += fields(rpc, 2).count();
            for control in fields(rpc, 3) {
                said.wanted.extend(fields(control, 2).map(|iwant| fields(iwant, 1).count()));
                said.prunes += fields(control, 4).count();
            }
        }
        said
    }
}

fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let end = bytes.iter().position(|byte| *byte < 0x80)?;
    let number = bytes[..=end].iter().rev().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
    Some((number, &bytes[end + 1..]))
}

/// The fields of this number, all of bytes; numbers are skipped.
fn fields(mut bytes: &[u8], wanted: usize) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        loop {
            let (tag, rest) = number(bytes)?;
            let (value, rest) = number(rest)?;
            if tag & 7 == 0 {
                bytes = rest;
                continue;
            }
            let (content, rest) = rest.split_at(value);
            bytes = rest;
            if tag >> 3 == wanted {
                return Some(content);
            }
        }
    })
}
