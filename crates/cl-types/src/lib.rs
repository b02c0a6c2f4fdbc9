//! Data and pure maths of the Ethereum consensus-layer network.
//!
//! This crate knows presets, SSZ containers, network configurations, the fork schedule with its digests, topic and
//! protocol tables, subnet and custody maths, and the words of blame. It opens no socket, reads no clock and knows
//! neither libp2p nor tokio.
//!
//! | module | holds |
//! | --- | --- |
//! | [`primitives`] | slots, epochs, roots, fork digests and versions |
//! | [`preset`] | mainnet, minimal and gnosis compile-time sizes, and the runtime [`PresetId`] |
//! | [`fork`], [`schedule`] | the names of forks; when they are active, their digests, what comes next |
//! | [`network`] | chain configuration, genesis and boot records: embedded, or read from a testnet folder |
//! | [`clock`] | slot arithmetic on an injected time |
//! | [`topic`], [`protocol`] | what travels on gossip and on request/response, with its limits by fork |
//! | [`containers`] | the SSZ containers of every fork |
//! | [`decode`] | decoding from a shared buffer, errors that say where |
//! | `json` | the JSON form of the beacon API, with the `serde` feature |
//! | [`bytes`](mod@bytes), [`progressive`] | byte vectors and lists, lists of them, progressive lists |
//! | [`custody`], [`subnets`] | which columns and subnets a node id is responsible for |
//! | [`goodbye`] | why a peer leaves |
//! | [`merkle`] | branches and generalized indices |
//! | [`size`] | how long the SSZ of a type can be |
//! | [`limits`] | size bounds of the wire formats |
//! | [`fault`] | who is to blame for an error, and how badly |

pub mod bytes;
pub mod clock;
pub(crate) mod container;
pub mod containers;
pub mod custody;
pub mod decode;
pub(crate) mod encode;
pub mod fault;
pub(crate) mod fields;
pub mod fork;
pub mod goodbye;
pub(crate) mod hashing;
#[cfg(feature = "serde")]
pub mod json;
pub mod limits;
pub mod merkle;
pub mod network;
pub mod preset;
pub mod primitives;
pub mod progressive;
pub mod protocol;
pub mod schedule;
pub mod size;
pub mod subnets;
pub mod topic;

pub use clock::SlotClock;
pub use decode::DecodeShared;
pub use fault::{Fault, Severity, Source};
pub use fork::ForkName;
pub use goodbye::GoodbyeReason;
pub use network::{ChainConfig, Genesis, Network, NetworkError, UnknownNetwork};
pub use preset::{Gnosis, Mainnet, Minimal, Preset, PresetId};
pub use primitives::{Epoch, ForkDigest, ForkVersion, Root, Slot};
pub use protocol::{Method, Protocol};
pub use schedule::{EnrForkId, ForkEntry, ForkPlan, ForkSchedule, ScheduleError};
pub use topic::TopicKind;
