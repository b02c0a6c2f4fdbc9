//! What a node may want of discovery.

use std::fmt;

use cl_enr::NodeId;
use cl_types::Slot;
use cl_types::custody::{NUMBER_OF_COLUMNS, NUMBER_OF_CUSTODY_GROUPS, columns_of_group};
use cl_types::subnets::{ATTESTATION_SUBNET_COUNT, SYNC_COMMITTEE_SUBNET_COUNT};

/// Names a want, for as long as it is in force. Never used twice by one manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WantId(pub u64);

/// Nodes that are wanted, besides those we are connected to.
///
/// Wants of the same thing do not add up: three peers on subnet 5 for one duty and two for another are three peers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Want {
    /// So many nodes of our chain, whatever they serve.
    Peers(usize),
    /// Nodes on an attestation subnet.
    AttestationSubnet {
        /// Which, below 64.
        id: u64,
        /// How many.
        min_peers: usize,
        /// The last slot in which they are wanted; `None`: until cancelled.
        until_slot: Option<Slot>,
    },
    /// Nodes on a sync committee subnet.
    SyncSubnet {
        /// Which, below 4.
        id: u64,
        /// How many.
        min_peers: usize,
        /// The last slot in which they are wanted; `None`: until cancelled.
        until_slot: Option<Slot>,
    },
    /// Nodes with a data column in custody.
    Column {
        /// Which, below 128.
        id: u64,
        /// How many.
        min_peers: usize,
        /// The last slot in which they are wanted; `None`: until cancelled.
        until_slot: Option<Slot>,
    },
    /// Nodes with all columns of a custody group.
    CustodyGroup {
        /// Which, below 128.
        id: u64,
        /// How many.
        min_peers: usize,
        /// The last slot in which they are wanted; `None`: until cancelled.
        until_slot: Option<Slot>,
    },
    /// The records of these nodes, whatever their chain. At most [`MAX_IDS`].
    Nodes(Vec<NodeId>),
}

/// Most node ids in one [`Want::Nodes`].
pub const MAX_IDS: usize = 64;

/// Why a want is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WantError {
    /// No such subnet, column or group.
    #[error("there is no {what} {id}: the last one is {}", count - 1)]
    NoSuch {
        /// What kind of thing.
        what: &'static str,
        /// Its number.
        id: u64,
        /// How many there are.
        count: u64,
    },
    /// Too many ids in one want.
    #[error("{0} node ids in one want, at most {MAX_IDS} are looked for")]
    TooManyIds(usize),
    /// Too many wants at a time.
    #[error("{0} wants are in force already: cancel some first")]
    TooMany(usize),
    /// Its last slot is over.
    #[error("wanted until slot {until}, but it is slot {now}")]
    Over {
        /// The last slot of the want.
        until: Slot,
        /// The slot it is.
        now: Slot,
    },
}

impl Want {
    /// The last slot in which it is wanted.
    #[must_use]
    pub const fn until_slot(&self) -> Option<Slot> {
        match self {
            Self::AttestationSubnet { until_slot, .. }
            | Self::SyncSubnet { until_slot, .. }
            | Self::Column { until_slot, .. }
            | Self::CustodyGroup { until_slot, .. } => *until_slot,
            Self::Peers(_) | Self::Nodes(_) => None,
        }
    }

    /// Whether another want is for the same nodes, whatever number and slot they say.
    #[must_use]
    pub fn is_alike(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Peers(_), Self::Peers(_)) => true,
            (Self::AttestationSubnet { id: a, .. }, Self::AttestationSubnet { id: b, .. })
            | (Self::SyncSubnet { id: a, .. }, Self::SyncSubnet { id: b, .. })
            | (Self::Column { id: a, .. }, Self::Column { id: b, .. })
            | (Self::CustodyGroup { id: a, .. }, Self::CustodyGroup { id: b, .. }) => a == b,
            (Self::Nodes(a), Self::Nodes(b)) => a == b,
            _ => false,
        }
    }

    /// Checks what its type cannot say.
    pub fn check(&self) -> Result<(), WantError> {
        let (what, id, count) = match self {
            Self::Peers(_) => return Ok(()),
            Self::Nodes(ids) if ids.len() > MAX_IDS => return Err(WantError::TooManyIds(ids.len())),
            Self::Nodes(_) => return Ok(()),
            Self::AttestationSubnet { id, .. } => ("attestation subnet", *id, ATTESTATION_SUBNET_COUNT),
            Self::SyncSubnet { id, .. } => ("sync committee subnet", *id, SYNC_COMMITTEE_SUBNET_COUNT),
            Self::Column { id, .. } => ("column", *id, NUMBER_OF_COLUMNS),
            Self::CustodyGroup { id, .. } => ("custody group", *id, NUMBER_OF_CUSTODY_GROUPS),
        };
        if id < count { Ok(()) } else { Err(WantError::NoSuch { what, id, count }) }
    }

    /// Whether a node that serves `services` is one of those wanted. Always true for [`Self::Peers`], never for
    /// [`Self::Nodes`].
    #[must_use]
    pub fn is_served_by(&self, services: &crate::Services) -> bool {
        match self {
            Self::Peers(_) => true,
            Self::AttestationSubnet { id, .. } => services.has_attestation(*id),
            Self::SyncSubnet { id, .. } => services.has_sync(*id),
            Self::Column { id, .. } => services.has_column(*id),
            Self::CustodyGroup { id, .. } => columns_of_group(*id).all(|column| services.has_column(column)),
            Self::Nodes(_) => false,
        }
    }
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peers(count) => return write!(f, "{count} peers"),
            Self::Nodes(ids) => return write!(f, "{} nodes by id", ids.len()),
            Self::AttestationSubnet { id, min_peers, .. } => write!(f, "{min_peers} on attestation subnet {id}")?,
            Self::SyncSubnet { id, min_peers, .. } => write!(f, "{min_peers} on sync committee subnet {id}")?,
            Self::Column { id, min_peers, .. } => write!(f, "{min_peers} with column {id}")?,
            Self::CustodyGroup { id, min_peers, .. } => write!(f, "{min_peers} with custody group {id}")?,
        }
        match self.until_slot() {
            Some(slot) => write!(f, " until slot {slot}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Services;

    #[test]
    fn what_does_not_exist_is_named() {
        let want = Want::AttestationSubnet { id: 64, min_peers: 1, until_slot: None };
        assert_eq!(want.check().unwrap_err().to_string(), "there is no attestation subnet 64: the last one is 63");
        assert_eq!(Want::SyncSubnet { id: 3, min_peers: 1, until_slot: None }.check(), Ok(()));
        assert_eq!(Want::Nodes(vec![NodeId::new(&[0; 32]); 65]).check(), Err(WantError::TooManyIds(65)));
    }

    #[test]
    fn a_group_is_served_with_its_columns() {
        let services = Services { attestation: 1 << 5, sync: 1, columns: 1 << 77 };
        let until_slot = Some(Slot(9));
        assert!(Want::CustodyGroup { id: 77, min_peers: 1, until_slot }.is_served_by(&services));
        assert!(!Want::CustodyGroup { id: 78, min_peers: 1, until_slot }.is_served_by(&services));
        assert!(Want::AttestationSubnet { id: 5, min_peers: 1, until_slot }.is_served_by(&services));
        assert!(!Want::SyncSubnet { id: 1, min_peers: 1, until_slot }.is_served_by(&services));
        let want = Want::Column { id: 77, min_peers: 2, until_slot };
        assert_eq!(want.to_string(), "2 with column 77 until slot 9");
    }
}
