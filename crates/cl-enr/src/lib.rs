//! Node records of the consensus layer: what nodes say about themselves before anyone connects.
//!
//! | module | holds |
//! | --- | --- |
//! | [`key`] | the one secret of a node; node id and peer id from it |
//! | [`fields`] | typed getters for `eth2`, `attnets`, `syncnets`, `cgc`, `nfd`, `quic` |
//! | [`addr`] | record from text, record to peer id and addresses |
//! | [`mod@compatibility`] | whether a record's node is on our chain |
//! | [`local`] | our own record and MetaData, from one source |
//! | [`store`] | the key file and the state file in a data directory |
//!
//! No socket is opened here.

pub mod addr;
pub mod compatibility;
pub mod fields;
pub mod key;
pub mod local;
pub mod store;

pub use addr::{ParseError, multiaddrs, parse, peer_id};
pub use compatibility::{Compatibility, NotConsensus, compatibility};
pub use enr::{CombinedKey, NodeId};
pub use fields::FieldError;
pub use key::{Key, KeyError, node_id_of};
pub use local::{Addresses, Advertised, Changed, Fork, Local, LocalError, Ports};
pub use store::{Saved, StateError, Store, StoreError};

/// A signed node record (EIP-778), of the type that discv5 uses. At most 300 bytes.
pub type Record = enr::Enr<CombinedKey>;

/// A record being built, from `Record::builder()`.
pub type Builder = enr::Builder<CombinedKey>;
