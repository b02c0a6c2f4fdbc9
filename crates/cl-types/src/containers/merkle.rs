//! Merkle branches.

use sha2::{Digest, Sha256};

use crate::primitives::Root;

/// `is_valid_merkle_branch`: true if `leaf` hangs at position `index` of the tree of this `root`, `branch.len()` levels
/// below it.
pub(super) fn is_valid_branch(leaf: Root, branch: &[Root], index: usize, root: Root) -> bool {
    let mut node = leaf;
    for (level, sibling) in branch.iter().enumerate() {
        let (left, right) = if (index >> level) & 1 == 1 {
            (sibling, &node)
        } else {
            (&node, sibling)
        };
        let mut hasher = Sha256::new();
        hasher.update(left);
        hasher.update(right);
        node = Root::from(<[u8; 32]>::from(hasher.finalize()));
    }
    node == root
}
