//! Merkle trees of SHA-256 over 32-byte chunks, ordinary and progressive.
//!
//! A node is the hash of 64 bytes, which always ends in the same padding block: both blocks go straight to the
//! compression function, and whole leaves are hashed where they lie.

use std::slice;
use std::sync::LazyLock;

use sha2::compress256;

use crate::primitives::Root;

/// One node or leaf of a tree.
pub(crate) type Node = [u8; 32];

/// The state of SHA-256 before the first block.
const START: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The second block of every 64-byte message: a one bit, zeros, and the length of 512 bits.
const PADDING: [u8; 64] = {
    let mut block = [0; 64];
    block[0] = 0x80;
    block[62] = 2;
    block
};

/// Roots of trees of zero chunks, by depth.
static ZEROS: LazyLock<[Node; 64]> = LazyLock::new(|| {
    let mut zeros = [[0; 32]; 64];
    let mut node = [0; 32];
    for zero in &mut zeros {
        *zero = node;
        node = parent(&node, &node);
    }
    zeros
});

/// The root of `2^depth` zero chunks.
fn zeros(depth: u32) -> Node {
    let depth = usize::try_from(depth).unwrap_or(usize::MAX);
    ZEROS.get(depth).copied().unwrap_or_default()
}

/// SHA-256 of 64 bytes.
fn hash_block(block: &[u8; 64]) -> Node {
    let mut state = START;
    compress256(&mut state, slice::from_ref(block.into()));
    compress256(&mut state, slice::from_ref((&PADDING).into()));
    let mut node = [0; 32];
    for (bytes, word) in node.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    node
}

/// The node above two others.
pub(crate) fn parent(left: &Node, right: &Node) -> Node {
    let mut block = [0; 64];
    for (to, from) in block.as_chunks_mut::<32>().0.iter_mut().zip([left, right]) {
        *to = *from;
    }
    hash_block(&block)
}

/// Levels above as many chunks.
pub(crate) const fn depth_of(chunks: usize) -> u32 {
    match chunks.checked_next_power_of_two() {
        Some(power) => power.trailing_zeros(),
        None => usize::BITS,
    }
}

/// The root over `bytes`, padded with zeros to `2^depth` chunks. More bytes than that are not looked at.
pub(crate) fn root_of(bytes: &[u8], depth: u32) -> Node {
    if bytes.is_empty() {
        return zeros(depth);
    }
    match depth {
        0 => padded(bytes),
        1 => match bytes.first_chunk::<64>() {
            Some(block) => hash_block(block),
            None => hash_block(&padded(bytes)),
        },
        _ => {
            let half = 32_usize.checked_shl(depth - 1).unwrap_or(usize::MAX);
            let (left, right) = bytes.split_at(half.min(bytes.len()));
            parent(&root_of(left, depth - 1), &root_of(right, depth - 1))
        }
    }
}

fn padded<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut chunk = [0; N];
    for (to, from) in chunk.iter_mut().zip(bytes) {
        *to = *from;
    }
    chunk
}

/// The root of a progressive tree over `bytes` (EIP-7916): groups of 1, 4, 16, … chunks, each an ordinary tree.
pub(crate) fn progressive_root_of(bytes: &[u8]) -> Node {
    progressive_from(bytes, 0)
}

fn progressive_from(bytes: &[u8], depth: u32) -> Node {
    if bytes.is_empty() {
        return [0; 32];
    }
    let group = 32_usize.checked_shl(depth).unwrap_or(usize::MAX);
    let (group, rest) = bytes.split_at(group.min(bytes.len()));
    parent(&root_of(group, depth), &progressive_from(rest, depth + 2))
}

/// Mixes the length of a list into the root of its tree.
pub(crate) fn with_length(root: &Node, len: usize) -> Root {
    let mut chunk = [0; 32];
    for (to, from) in chunk.iter_mut().zip(len.to_le_bytes()) {
        *to = from;
    }
    Root::from(parent(root, &chunk))
}

/// The root of a container with these roots of fields.
pub(crate) fn container_root(fields: &[Node]) -> Root {
    Root::from(root_of(fields.as_flattened(), depth_of(fields.len())))
}

/// The root of a progressive container (EIP-7495): `gaps` are the positions, ascending, where no field is any more.
pub(crate) fn progressive_container_root<const N: usize>(fields: [Node; N], gaps: &[usize]) -> Root {
    let mut chunks = Vec::with_capacity(N + gaps.len());
    let mut active: Node = [0; 32];
    let mut fields = fields.into_iter();
    for position in 0..N + gaps.len() {
        if gaps.contains(&position) {
            chunks.push([0; 32]);
            continue;
        }
        chunks.push(fields.next().unwrap_or_default());
        if let Some(byte) = active.get_mut(position / 8) {
            *byte |= 1 << (position % 8);
        }
    }
    Root::from(parent(&progressive_root_of(chunks.as_flattened()), &active))
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn a_node_is_plain_sha_256() {
        let left = [7; 32];
        let right = [9; 32];
        let plain: Node = Sha256::digest([left, right].concat()).into();
        assert_eq!(parent(&left, &right), plain);
    }

    #[test]
    fn like_the_library() {
        let bytes: Vec<u8> = (0..700_u32).map(|i| u8::try_from(i * 7 % 251).unwrap()).collect();
        for len in [0, 1, 31, 32, 33, 63, 64, 65, 96, 128, 129, 512, 700] {
            for chunks in [1, 2, 3, 16, 33, 1 << 20] {
                if len > chunks * 32 {
                    continue;
                }
                let library = tree_hash::merkle_root(&bytes[..len], chunks);
                assert_eq!(Root::from(root_of(&bytes[..len], depth_of(chunks))), library, "{len} in {chunks}");
            }
        }
    }
}
