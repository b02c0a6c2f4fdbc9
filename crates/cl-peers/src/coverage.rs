//! Which subnets and columns are wanted, how many ready peers have each, and what is missing.

use cl_types::Slot;

use crate::subnets::{COUNT, Subnet, Subnets};

/// One subnet that we want peers of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// Which.
    pub subnet: Subnet,
    /// How many peers.
    pub peers: u16,
    /// Last slot for which they are wanted; `None`: until further notice.
    pub until: Option<Slot>,
}

/// How many peers are wanted per subnet, where nobody says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Targets {
    /// Per attestation subnet. Default 4.
    pub attestation: u16,
    /// Per sync committee subnet. Default 4.
    pub sync: u16,
    /// Per column. Default 2.
    pub column: u16,
}

impl Default for Targets {
    fn default() -> Self {
        Self { attestation: 4, sync: 4, column: 2 }
    }
}

/// All that is wanted. Of two wants of a subnet the larger number and the later slot count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Numbers for [`Self::add`].
    pub targets: Targets,
    /// The wants; no more than there are subnets make sense.
    pub wants: Vec<Want>,
}

impl Wanted {
    /// Nothing yet.
    #[must_use]
    pub const fn new(targets: Targets) -> Self {
        Self { targets, wants: Vec::new() }
    }

    /// Adds a subnet with the number of its kind.
    pub fn add(&mut self, subnet: Subnet, until: Option<Slot>) {
        let peers = match subnet {
            Subnet::Attestation(_) => self.targets.attestation,
            Subnet::Sync(_) => self.targets.sync,
            Subnet::Column(_) => self.targets.column,
        };
        self.wants.push(Want { subnet, peers, until });
    }

    /// The same with these subnets, until further notice.
    #[must_use]
    pub fn with(mut self, subnets: &Subnets) -> Self {
        subnets.iter().for_each(|subnet| self.add(subnet, None));
        self
    }
}

/// A subnet with fewer ready peers than wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// Which.
    pub subnet: Subnet,
    /// Ready peers that have it.
    pub have: u16,
    /// Peers wanted.
    pub want: u16,
    /// Until when; `None`: until further notice.
    pub until: Option<Slot>,
}

/// A number for each subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tally([u16; COUNT]);

impl Default for Tally {
    fn default() -> Self {
        Self([0; COUNT])
    }
}

impl Tally {
    pub(crate) fn get(&self, subnet: Subnet) -> u16 {
        subnet.index().and_then(|at| self.0.get(at)).copied().unwrap_or(0)
    }

    fn slot(&mut self, subnet: Subnet) -> Option<&mut u16> {
        subnet.index().and_then(|at| self.0.get_mut(at))
    }

    pub(crate) fn add(&mut self, subnets: &Subnets) {
        for subnet in subnets.iter() {
            if let Some(count) = self.slot(subnet) {
                *count = count.saturating_add(1);
            }
        }
    }

    pub(crate) fn remove(&mut self, subnets: &Subnets) {
        for subnet in subnets.iter() {
            if let Some(count) = self.slot(subnet) {
                *count = count.saturating_sub(1);
            }
        }
    }
}

/// What is wanted and what there is.
#[derive(Debug)]
pub(crate) struct Coverage {
    want: Tally,
    until: [Option<Slot>; COUNT],
    /// The subnets of which any peer is wanted.
    pub(crate) wanted: Subnets,
    /// How many ready peers have each wanted subnet.
    pub(crate) have: Tally,
}

impl Default for Coverage {
    fn default() -> Self {
        Self { want: Tally::default(), until: [None; COUNT], wanted: Subnets::NONE, have: Tally::default() }
    }
}

impl Coverage {
    /// Replaces what is wanted.
    pub(crate) fn set(&mut self, wanted: &Wanted) {
        let have = std::mem::take(&mut self.have);
        *self = Self { have, ..Self::default() };
        for want in wanted.wants.iter().filter(|want| want.peers > 0) {
            let Some((count, until)) =
                want.subnet.index().and_then(|at| Some((self.want.0.get_mut(at)?, self.until.get_mut(at)?)))
            else {
                continue;
            };
            let is_new = *count == 0;
            *count = want.peers.max(*count);
            *until = if is_new { want.until } else { until.zip(want.until).map(|(a, b)| a.max(b)) };
            self.wanted.insert(want.subnet);
        }
    }

    /// Forgets wants whose slot has passed.
    pub(crate) fn expire(&mut self, slot: Slot) {
        for subnet in self.wanted.iter() {
            let Some(at) = subnet.index() else { continue };
            if self.until.get(at).copied().flatten().is_some_and(|until| until < slot) {
                let one: Subnets = [subnet].into_iter().collect();
                self.wanted = self.wanted.minus(&one);
                if let Some(count) = self.want.0.get_mut(at) {
                    *count = 0;
                }
            }
        }
    }

    /// Counts anew what the ready peers have.
    pub(crate) fn recount(&mut self, offers: impl Iterator<Item = Subnets>) {
        self.have = Tally::default();
        offers.for_each(|offer| self.have.add(&offer.and(&self.wanted)));
    }

    pub(crate) fn want(&self, subnet: Subnet) -> u16 {
        self.want.get(subnet)
    }

    /// What `have` lacks.
    pub(crate) fn missing(&self, have: &Tally) -> Subnets {
        self.wanted.iter().filter(|subnet| have.get(*subnet) < self.want(*subnet)).collect()
    }

    /// What is missing, in the order of subnets.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = Gap> {
        self.missing(&self.have).iter().map(|subnet| {
            let until = subnet.index().and_then(|at| self.until.get(at)).copied().flatten();
            Gap { subnet, have: self.have.get(subnet), want: self.want(subnet), until }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(subnets: &[Subnet]) -> Subnets {
        subnets.iter().copied().collect()
    }

    #[test]
    fn gaps_are_what_too_few_peers_have() {
        let (five, two, column) = (Subnet::Attestation(5), Subnet::Sync(2), Subnet::Column(100));
        let mut wanted = Wanted::new(Targets { attestation: 2, sync: 1, column: 1 });
        wanted.add(five, Some(Slot(10)));
        wanted.add(two, None);
        wanted.add(column, None);
        let mut coverage = Coverage::default();
        coverage.set(&wanted);
        coverage.recount([set(&[five, column, Subnet::Attestation(6)]), set(&[column])].into_iter());
        let gap = |subnet, have, want, until| Gap { subnet, have, want, until };
        let expected = [gap(five, 1, 2, Some(Slot(10))), gap(two, 0, 1, None)];
        assert_eq!(coverage.gaps().collect::<Vec<_>>(), expected);
        coverage.expire(Slot(10));
        assert_eq!(coverage.gaps().count(), 2, "wanted for its last slot still");
        coverage.expire(Slot(11));
        assert_eq!(coverage.gaps().map(|gap| gap.subnet).collect::<Vec<_>>(), [two]);
    }

    #[test]
    fn the_larger_want_counts_and_what_does_not_exist_is_ignored() {
        let want = |subnet, peers, until| Want { subnet, peers, until };
        let subnet = Subnet::Attestation(1);
        let mut coverage = Coverage::default();
        let wants = vec![
            want(subnet, 3, Some(Slot(9))),
            want(subnet, 2, Some(Slot(20))),
            want(Subnet::Attestation(64), 1, None),
            want(Subnet::Column(200), 1, None),
            want(Subnet::Sync(0), 0, None),
        ];
        coverage.set(&Wanted { wants, ..Wanted::default() });
        let gaps: Vec<_> = coverage.gaps().collect();
        assert_eq!(gaps, [Gap { subnet, have: 0, want: 3, until: Some(Slot(20)) }]);
    }
}
