//! Signatures and KZG proofs.

mod bls;
mod kzg;
mod signing;

pub use bls::{BadKey, PublicKey, Seed, SignatureSet};
pub use kzg::{BlobProof, CKzg, Cells, Kzg};
pub use signing::{Domain, signing_root};
