//! How many usable records there are for each thing that may be wanted.

use cl_types::custody::columns_of_group;

use super::Services;
use crate::want::Want;

/// Counts of usable records: compatible, dialable, not connected, not set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// All of them.
    pub peers: usize,
    attestation: [u16; 64],
    sync: [u16; 4],
    columns: [u16; 128],
}

impl Default for Coverage {
    fn default() -> Self {
        Self { peers: 0, attestation: [0; 64], sync: [0; 4], columns: [0; 128] }
    }
}

impl Coverage {
    /// How many there are on an attestation subnet.
    #[must_use]
    pub fn attestation(&self, subnet: u64) -> usize {
        at(&self.attestation, subnet)
    }

    /// How many there are on a sync committee subnet.
    #[must_use]
    pub fn sync(&self, subnet: u64) -> usize {
        at(&self.sync, subnet)
    }

    /// How many there are with a column.
    #[must_use]
    pub fn column(&self, column: u64) -> usize {
        at(&self.columns, column)
    }

    /// How many more a want asks for; `None` for nodes by id, which are no matter of numbers.
    #[must_use]
    pub fn missing(&self, want: &Want) -> Option<usize> {
        let (wanted, have) = match want {
            Want::Peers(count) => (*count, self.peers),
            Want::AttestationSubnet { id, min_peers, .. } => (*min_peers, self.attestation(*id)),
            Want::SyncSubnet { id, min_peers, .. } => (*min_peers, self.sync(*id)),
            Want::Column { id, min_peers, .. } => (*min_peers, self.column(*id)),
            // Columns of one group have the same nodes.
            Want::CustodyGroup { id, min_peers, .. } => {
                (*min_peers, columns_of_group(*id).map(|column| self.column(column)).min().unwrap_or_default())
            }
            Want::Nodes(_) => return None,
        };
        Some(wanted.saturating_sub(have))
    }

    pub(super) fn add(&mut self, services: &Services) {
        self.peers = self.peers.saturating_add(1);
        self.each(services, |count| *count = count.saturating_add(1));
    }

    pub(super) fn remove(&mut self, services: &Services) {
        self.peers = self.peers.saturating_sub(1);
        self.each(services, |count| *count = count.saturating_sub(1));
    }

    fn each(&mut self, services: &Services, change: impl Fn(&mut u16)) {
        let counts = [
            (u128::from(services.attestation), self.attestation.as_mut_slice()),
            (u128::from(services.sync & 0x0f), self.sync.as_mut_slice()),
            (services.columns, self.columns.as_mut_slice()),
        ];
        for (bits, counts) in counts {
            let mut rest = bits;
            while rest != 0 {
                if let Some(count) = counts.get_mut(rest.trailing_zeros() as usize) {
                    change(count);
                }
                rest &= rest - 1;
            }
        }
    }
}

fn at(counts: &[u16], index: u64) -> usize {
    usize::try_from(index).ok().and_then(|index| counts.get(index)).map_or(0, |count| usize::from(*count))
}
