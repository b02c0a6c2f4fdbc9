//! Node records of the consensus layer: what nodes say about themselves before anyone connects.
//!
//! | module | holds |
//! | --- | --- |
//! | [`key`] | the one secret of a node; node id and peer id from it |
//! | [`mod@parse`] | records from text and RLP, with the reason if they are none |
//! | [`fields`] | a typed getter and setter for each entry: `eth2`, `attnets`, `syncnets`, `cgc`, `nfd`, addresses, ports, `client` |
//! | [`addr`] | the peer id of a record; a record from multiaddrs and a key |
//! | [`mod@dial`] | where to dial a record's node, in order, or why not |
//! | [`mod@compatibility`] | whether a record's node is on our chain, and for how long |
//! | [`expected`] | custody and long-lived subnets, from the node id |
//! | [`fork`] | what a schedule says for records at an epoch |
//! | [`local`] | our own record and MetaData, from one source |
//! | [`mod@file`] | whole files, replaced in one step and set aside when damaged |
//! | [`store`] | the key file and the state file in a data directory |
//!
//! No socket is opened here.
//!
//! # Judging a record
//! In this order, cheapest first; each step gives a value that can be printed.
//!
//! 1. [`parse()`] or [`from_rlp`]: signature, size, form. discv5 does this with all that it hears.
//! 2. [`compatibility()`]: the chain. Only [`Compatibility::is_compatible`] ones are worth a dial.
//! 3. [`dial()`]: an address that can be reached from our network, and that is not our own.
//! 4. [`Expected`]: what it is good for.
//!
//! ```
//! use cl_enr::{Compatibility, Expected, Fork, Key, Record, Scope, compatibility, dial, fields, parse};
//! use cl_types::{Epoch, Network, PresetId};
//!
//! let schedule = Network::named("mainnet")?.schedule()?;
//! let fork = Fork::at(&schedule, Epoch(420_000));
//!
//! // Somebody's record.
//! let mut builder = Record::builder();
//! builder.ip4([8, 8, 4, 4].into()).tcp4(9000);
//! fields::add_eth2(&mut builder, &fork.id);
//! fields::add_custody_group_count(&mut builder, 8);
//! let text = builder.build(&Key::generate().to_combined())?.to_base64();
//!
//! let record = parse(&text)?;
//! let verdict = compatibility(&record, &fork, |digest| digest == fork.id.fork_digest);
//! assert_eq!(verdict, Compatibility::Same);
//! let dial = dial(&record, &Key::generate().peer_id(), Scope::Public)?;
//! assert_eq!(dial.addresses[0].to_string(), "/ip4/8.8.4.4/tcp/9000");
//! let expected = Expected::of(&record, Epoch(420_000), PresetId::Mainnet);
//! assert_eq!((expected.attestation_subnets.len(), expected.columns().len()), (2, 8));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Names of a node
//! | from | to | by |
//! | --- | --- | --- |
//! | secret | peer id, node id | [`Key::peer_id`], [`Key::node_id`] |
//! | record | peer id, node id | [`peer_id`], `record.node_id()` |
//! | peer id | node id | [`node_id_of`] |
//! | node id | peer id, record | not possible: it is a hash. Discovery asks for the record. |
//!
//! # The limit of 300 bytes
//! A record of ours with addresses of both families and every entry of the specification has 268 bytes at most, so none of
//! these ever gives way. What [`Local::set_client`] adds does, its build first: see [`local`].

pub mod addr;
pub mod compatibility;
pub mod dial;
pub mod expected;
pub mod fields;
pub mod file;
pub mod fork;
pub mod key;
pub mod local;
pub mod parse;
pub mod store;

pub use addr::{FromMultiaddrError, NotSecp256k1, from_multiaddrs, peer_id};
pub use compatibility::{Compatibility, NotConsensus, compatibility};
pub use dial::{Dial, NotDialable, Scope, dial, multiaddrs};
pub use enr::{CombinedKey, NodeId};
pub use expected::Expected;
pub use fields::{Client, FieldError};
pub use fork::{Fork, Passed};
pub use key::{Key, KeyError, node_id_of};
pub use local::{Addresses, Advertised, Changed, ClientShown, Local, LocalError, Ports};
pub use parse::{ParseError, from_rlp, parse, to_rlp};
pub use store::{Saved, StateError, Store, StoreError};

/// The most bytes that a record may have (EIP-778).
pub const MAX_RECORD_LEN: usize = 300;

/// A signed node record (EIP-778), of the type that discv5 uses. At most [`MAX_RECORD_LEN`] bytes.
pub type Record = enr::Enr<CombinedKey>;

/// A record being built, from `Record::builder()`.
pub type Builder = enr::Builder<CombinedKey>;
