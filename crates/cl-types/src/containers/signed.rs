//! What is signed, with its signature.

use crate::container::container;
use crate::containers::basic::BLSSignature;
use crate::decode::Field;

/// A message and the signature over it: the shape of nearly all `Signed…` containers.
///
/// See `phase0/beacon-chain.md`, "Signed envelopes".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Signed<T> {
    /// What is signed.
    pub message: T,
    /// The signature.
    pub signature: BLSSignature,
}

container!([T: Field + 'static] Signed<T> { message, signature });
