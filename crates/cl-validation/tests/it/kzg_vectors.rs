//! KZG and inclusion proofs of sidecars.
