//! The node's secret key and what follows from it.

use std::fmt;

use enr::{CombinedKey, NodeId};
use k256::ecdsa::{SigningKey, VerifyingKey};
use libp2p_identity::{Keypair, PeerId, PublicKey, secp256k1};

/// Why bytes or text are no secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not 64 hex digits, with or without `0x`.
    #[error("a key is 64 hex digits")]
    NotHex,
    /// Zero, or not below the order of the curve.
    #[error("the number is no secp256k1 secret")]
    OutOfRange,
}

/// A secp256k1 secret: the one identity of a node, for discv5, records and libp2p. `Debug` shows the peer id only.
#[derive(Clone)]
pub struct Key {
    signing: SigningKey,
    keypair: Keypair,
}

impl Key {
    /// A new random key, from the system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        loop {
            // Both libraries take the same range of secrets, so this ends at once.
            if let CombinedKey::Secp256k1(signing) = CombinedKey::generate_secp256k1()
                && let Ok(key) = Self::from_bytes(signing.to_bytes().into())
            {
                return key;
            }
        }
    }

    /// The key with these 32 big-endian bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        let signing = SigningKey::from_slice(&bytes).map_err(|_| KeyError::OutOfRange)?;
        // `try_from_bytes` wipes what it is given: `bytes` is a copy of ours.
        let secret = secp256k1::SecretKey::try_from_bytes(bytes).map_err(|_| KeyError::OutOfRange)?;
        Ok(Self { signing, keypair: secp256k1::Keypair::from(secret).into() })
    }

    /// The key written as 64 hex digits, with or without `0x`.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes).map_err(|_| KeyError::NotHex)?;
        Self::from_bytes(bytes)
    }

    /// The secret as 64 hex digits. Handle with care.
    #[must_use]
    pub fn to_secret_hex(&self) -> String {
        hex::encode(self.signing.to_bytes())
    }

    /// The key as discv5 and records take it.
    #[must_use]
    pub fn to_combined(&self) -> CombinedKey {
        CombinedKey::Secp256k1(self.signing.clone())
    }

    /// The key as libp2p takes it.
    #[must_use]
    pub fn to_libp2p(&self) -> Keypair {
        self.keypair.clone()
    }

    /// The name of this node in libp2p.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.keypair.public().to_peer_id()
    }

    /// The name of this node in discv5, big-endian: decides custody groups and long-lived subnets.
    #[must_use]
    pub fn node_id(&self) -> [u8; 32] {
        NodeId::from(*self.signing.verifying_key()).raw()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("peer_id", &self.peer_id()).finish_non_exhaustive()
    }
}

/// The discv5 node id of a peer, big-endian. `None` unless the peer id holds a secp256k1 key, as all of
/// Ethereum's do: so custody and subnets of a peer are known even without its record.
#[must_use]
pub fn node_id_of(peer: &PeerId) -> Option<[u8; 32]> {
    // Code 0 is the identity multihash: the key itself.
    let multihash = *peer.as_ref();
    if multihash.code() != 0 {
        return None;
    }
    let key = PublicKey::try_decode_protobuf(multihash.digest()).ok()?.try_into_secp256k1().ok()?;
    let key = VerifyingKey::from_sec1_bytes(&key.to_bytes()).ok()?;
    Some(NodeId::from(key).raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the sample record in `enr.md`.
    const SAMPLE: &str = "b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291";

    #[test]
    fn one_secret_gives_one_identity_everywhere() {
        let key = Key::from_hex(SAMPLE).unwrap();
        assert_eq!(hex::encode(key.node_id()), "a448f24c6d18e575453db13171562b71999873db5b286df957af199ec94617f7");
        assert_eq!(key.peer_id(), key.to_libp2p().public().to_peer_id());
        assert!(key.peer_id().to_string().starts_with("16Uiu2HA"));
        assert_eq!(node_id_of(&key.peer_id()), Some(key.node_id()));
        assert_eq!(key.to_combined().encode(), hex::decode(SAMPLE).unwrap());
        assert_eq!(key.to_secret_hex(), SAMPLE);
        assert_eq!(Key::from_hex(&format!("0x{SAMPLE}")).unwrap().peer_id(), key.peer_id());
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        assert_eq!(Key::from_hex("b71c").unwrap_err(), KeyError::NotHex);
        assert_eq!(Key::from_hex(&"zz".repeat(32)).unwrap_err(), KeyError::NotHex);
        assert_eq!(Key::from_bytes([0; 32]).unwrap_err(), KeyError::OutOfRange);
        assert_eq!(Key::from_bytes([255; 32]).unwrap_err(), KeyError::OutOfRange);
    }

    #[test]
    fn generated_keys_differ_and_hide_their_secret() {
        let (a, b) = (Key::generate(), Key::generate());
        assert_ne!(a.peer_id(), b.peer_id());
        assert!(!format!("{a:?}").contains(&a.to_secret_hex()));
    }

    #[test]
    fn a_peer_id_without_a_secp256k1_key_has_no_node_id() {
        let ed25519: PeerId = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA".parse().unwrap();
        assert_eq!(node_id_of(&ed25519), None);
    }
}
