//! What discovery reports.

use std::net::{SocketAddr, SocketAddrV4};

use cl_enr::{Compatibility, Record};
use libp2p_identity::PeerId;

use crate::boot::BootProblem;
use crate::directory::AskError;
use crate::error::MapError;
use crate::portmap::{Mapping, Service};
use crate::query::Notice;
use crate::want::WantId;

/// What discovery reports to the node.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A node of our chain that can be dialled. Again when its record is newer, its verdict changed, or it was found again
    /// after [`CacheConfig::renew_after`](crate::CacheConfig::renew_after).
    Discovered {
        /// Its name in libp2p.
        peer: PeerId,
        /// What it says about itself.
        record: Record,
        /// Compared with our fork.
        compatibility: Compatibility,
        /// The wants that it serves, met or not.
        serves: Vec<WantId>,
    },
    /// A node that is of no use to us. Once for each of its records and verdicts.
    Refused {
        /// Its name in libp2p.
        peer: PeerId,
        /// Why it is of no use.
        compatibility: Compatibility,
    },
    /// Something happened to a want.
    Want(Notice),
    /// A boot node is of no use; discovery goes on.
    BootNode {
        /// Where it is, or how its text begins.
        name: String,
        /// What is wrong.
        problem: BootProblem,
    },
    /// Enough peers agree on where they see us, in the family of the address. A [`Self::RecordChanged`] follows.
    AddressLearned {
        /// Our address and discv5's port, as others see them.
        socket: SocketAddr,
        /// What the gateway had said, if that is another one: votes win, and it is not proposed again.
        instead_of: Option<SocketAddrV4>,
    },
    /// A gateway leads others to a port of ours, or now does so at another place. A [`Self::RecordChanged`] follows if our record
    /// said something else.
    PortMapped(Mapping),
    /// A port is not mapped, or none if no service is named. Once for each reason; tried again.
    PortNotMapped {
        /// Which port.
        service: Option<Service>,
        /// Why.
        reason: MapError,
    },
    /// A gateway did not renew a mapping, and its lease is over. Our record stays as it is: votes tell what is true now.
    PortLost(Mapping),
    /// discv5 changed our record by itself, because peers agree on how they see us or cannot reach us, or a gateway mapped a
    /// port. Adopt it with [`cl_enr::Local::adopt`]. Never with [`Config::learn_address`](crate::Config::learn_address) off and
    /// no ports to map.
    RecordChanged {
        /// The record that is served now.
        record: Record,
    },
    /// A question or lookup ended.
    QueryFinished {
        /// Records in the answer.
        found: usize,
        /// Nodes of our chain heard of for the first time in it.
        new: usize,
        /// Nodes in the routing table.
        table: usize,
        /// Why there was no answer.
        failure: Option<AskError>,
    },
    /// discv5 has ended; nothing more will be found. A bug, or the runtime is going down.
    Stopped,
}
