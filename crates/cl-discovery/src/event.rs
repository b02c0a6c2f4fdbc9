//! What discovery reports.

use cl_enr::{Compatibility, Record};
use libp2p_identity::PeerId;

/// What discovery reports to the node.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A node of our chain. Again when its record is newer, its verdict changed, or it was found again after
    /// [`Config::renew_after`](crate::Config::renew_after).
    Discovered {
        /// Its name in libp2p.
        peer: PeerId,
        /// What it says about itself.
        record: Record,
        /// Compared with our fork.
        compatibility: Compatibility,
    },
    /// A node that is of no use to us. Once for each of its records and verdicts.
    Refused {
        /// Its name in libp2p.
        peer: PeerId,
        /// Why it is of no use.
        compatibility: Compatibility,
    },
    /// discv5 changed our record by itself, because peers agree on how they see us or cannot reach us. Adopt it with
    /// [`cl_enr::Local::adopt`]. Never with [`Config::learn_address`](crate::Config::learn_address) off.
    RecordChanged {
        /// The record that is served now.
        record: Record,
    },
    /// A lookup ended.
    QueryFinished {
        /// Compatible nodes that answered in it.
        found: usize,
        /// Compatible nodes heard of for the first time since the last lookup.
        new: usize,
        /// Nodes in the routing table.
        table: usize,
    },
    /// discv5 has ended; nothing more will be found. A bug, or the runtime is going down.
    Stopped,
}
