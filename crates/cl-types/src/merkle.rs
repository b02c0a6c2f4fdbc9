//! Merkle branches and generalized indices (`ssz/merkle-proofs.md`).

use sha2::{Digest, Sha256};

use crate::primitives::Root;

/// `is_valid_merkle_branch`: true if `leaf` hangs at position `index` of the tree of this `root`, `branch.len()` levels
/// below it. The branch begins beside the leaf. Costs one hash a level.
#[must_use]
pub fn is_valid_branch(leaf: Root, branch: &[Root], index: u64, root: Root) -> bool {
    let mut node = leaf;
    let mut index = index;
    for sibling in branch {
        let (left, right) = if index & 1 == 1 { (sibling, &node) } else { (&node, sibling) };
        let mut hasher = Sha256::new();
        hasher.update(left);
        hasher.update(right);
        node = Root::from(<[u8; 32]>::from(hasher.finalize()));
        index >>= 1;
    }
    // What is left over would be a position outside of the tree.
    index == 0 && node == root
}

/// The place of a node in a binary tree: the root is 1, the children of `n` are `2n` and `2n + 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GeneralizedIndex(u64);

impl GeneralizedIndex {
    /// The root itself.
    pub const ROOT: Self = Self(1);

    /// `None` for zero, which is no place.
    #[must_use]
    pub const fn new(index: u64) -> Option<Self> {
        if index == 0 { None } else { Some(Self(index)) }
    }

    /// The place of field `position` of a container of `fields` fields, or of an element of a vector of so many chunks.
    /// `None` if there is no such field, or if the tree is deeper than 63 levels.
    #[must_use]
    pub const fn of_field(position: u64, fields: u64) -> Option<Self> {
        if position >= fields {
            return None;
        }
        match fields.checked_next_power_of_two() {
            Some(width) => match width.checked_add(position) {
                Some(index) => Some(Self(index)),
                None => None,
            },
            None => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// Levels below the root: the length of a branch from here.
    #[must_use]
    pub const fn depth(self) -> u32 {
        self.0.ilog2()
    }

    /// `get_subtree_index`: the position among the nodes of its level.
    #[must_use]
    pub const fn position(self) -> u64 {
        self.0 - (1 << self.depth())
    }

    /// The node above, `None` for the root.
    #[must_use]
    pub const fn parent(self) -> Option<Self> {
        Self::new(self.0 >> 1)
    }

    /// The other child of the node above; the root is its own.
    #[must_use]
    pub const fn sibling(self) -> Self {
        if self.0 == 1 { self } else { Self(self.0 ^ 1) }
    }

    /// `concat_generalized_indices`: the place of `below` where this node is taken as its root. `None` if that is deeper
    /// than 63 levels.
    #[must_use]
    pub const fn concat(self, below: Self) -> Option<Self> {
        let depth = below.depth();
        if self.depth() + depth > 63 {
            return None;
        }
        Some(Self(self.0 << depth | below.position()))
    }

    /// True if `leaf` hangs at this place of the tree of this `root`. The branch must have as many nodes as the place is
    /// deep.
    #[must_use]
    pub fn is_valid_branch(self, leaf: Root, branch: &[Root], root: Root) -> bool {
        branch.len() == self.depth() as usize && is_valid_branch(leaf, branch, self.position(), root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parent(left: Root, right: Root) -> Root {
        let mut hasher = Sha256::new();
        hasher.update(left);
        hasher.update(right);
        Root::from(<[u8; 32]>::from(hasher.finalize()))
    }

    #[test]
    fn every_leaf_of_a_tree_has_one_branch() {
        // Nodes by generalized index; eight leaves.
        let mut nodes = vec![Root::ZERO; 16];
        for i in (1..16).rev() {
            nodes[i] = match nodes.get(2 * i + 1) {
                Some(right) => parent(nodes[2 * i], *right),
                None => Root::repeat_byte(u8::try_from(i).unwrap()),
            };
        }
        let node = |place: GeneralizedIndex| nodes[usize::try_from(place.as_u64()).unwrap()];
        for place in 1..16 {
            let place = GeneralizedIndex::new(place).unwrap();
            let mut branch = Vec::new();
            let mut at = place;
            while at != GeneralizedIndex::ROOT {
                branch.push(node(at.sibling()));
                at = at.parent().unwrap();
            }
            let leaf = node(place);
            assert!(place.is_valid_branch(leaf, &branch, nodes[1]));
            assert!(!place.is_valid_branch(Root::ZERO, &branch, nodes[1]));
            assert!(!place.is_valid_branch(leaf, &[&branch[..], &[Root::ZERO]].concat(), nodes[1]));
            if place != GeneralizedIndex::ROOT {
                assert!(!place.sibling().is_valid_branch(leaf, &branch, nodes[1]));
                assert!(!is_valid_branch(leaf, &branch, place.position() + 8, nodes[1]), "outside of the tree");
            }
        }
    }

    #[test]
    fn places_that_the_specification_names() {
        // blob_kzg_commitments among the 13 fields of an Electra body.
        let commitments = GeneralizedIndex::of_field(11, 13).unwrap();
        assert_eq!((commitments.as_u64(), commitments.depth(), commitments.position()), (27, 4, 11));
        // One of them: in the list's left child, whose limit is 4096.
        let list = commitments.concat(GeneralizedIndex::new(2).unwrap()).unwrap();
        let fifth = list.concat(GeneralizedIndex::of_field(5, 4096).unwrap()).unwrap();
        assert_eq!((fifth.as_u64(), fifth.depth(), fifth.position()), (221_184 + 5, 17, 90_112 + 5));
        // finalized_checkpoint.root among the 37 fields of an Electra state.
        let finalized = GeneralizedIndex::of_field(20, 37).unwrap();
        assert_eq!(finalized.concat(GeneralizedIndex::of_field(1, 2).unwrap()).unwrap().as_u64(), 169);
        assert_eq!(GeneralizedIndex::of_field(13, 13), None);
        assert_eq!(GeneralizedIndex::of_field(0, u64::MAX), None);
        assert_eq!(GeneralizedIndex::new(u64::MAX).unwrap().concat(list), None);
        assert_eq!(GeneralizedIndex::ROOT.concat(list), Some(list));
    }
}
