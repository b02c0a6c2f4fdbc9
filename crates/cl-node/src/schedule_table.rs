//! The fork schedule of a network as text: every era, and what a node does at each boundary.
//!
//! Pure: no socket, no clock. The text is for people; its layout may change.

mod boundary;
mod moment;
#[cfg(test)]
mod tests;
pub(crate) mod utc;

use std::fmt::{self, Display, Write as _};

use cl_types::limits::MAX_PAYLOAD_SIZE;
use cl_types::schedule::TopicRule;
use cl_types::{Epoch, ForkEntry, ForkName, ForkSchedule, Network, ScheduleError, SlotClock};
use ssz::Encode;

use self::utc::Utc;

/// The table of a network. Without `at`, followed by what a node does at each boundary; with it, by the plan for the first
/// slot of that epoch, with its topics and protocols.
pub fn render(network: &Network, at: Option<Epoch>) -> Result<String, ScheduleError> {
    let sheet = Sheet { schedule: network.schedule()?, clock: network.clock() };
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = sheet.write(&mut out, network, at);
    Ok(out)
}

/// What the parts of the text are made of.
struct Sheet {
    schedule: ForkSchedule,
    clock: SlotClock,
}

impl Sheet {
    fn write(&self, out: &mut String, network: &Network, at: Option<Epoch>) -> fmt::Result {
        self.head(out, network)?;
        self.eras(out, at)?;
        match at {
            Some(epoch) => self.moment(out, epoch),
            None => self.boundaries(out),
        }
    }

    fn head(&self, out: &mut String, network: &Network) -> fmt::Result {
        let preset = network.config.preset;
        writeln!(out, "{}", network.config.name)?;
        writeln!(
            out,
            "  preset {preset}, {} slots an epoch, {} ms a slot",
            preset.slots_per_epoch(),
            network.config.slot_duration_ms
        )?;
        writeln!(out, "  genesis {} ({})", network.genesis.time, Utc(network.genesis.time))?;
        writeln!(out, "  genesis validators root {:#x}", network.genesis.validators_root)?;
        let epochs = ForkName::ALL.into_iter().zip(&network.config.forks);
        let unscheduled: Vec<_> = epochs
            .filter(|(_, fork)| fork.epoch == cl_types::primitives::FAR_FUTURE_EPOCH)
            .map(|(name, _)| name.as_str())
            .collect();
        if !unscheduled.is_empty() {
            writeln!(out, "  not scheduled: {}", unscheduled.join(", "))?;
        }
        Ok(())
    }

    fn eras(&self, out: &mut String, at: Option<Epoch>) -> fmt::Result {
        let active = at.map(|epoch| self.schedule.at(epoch).epoch);
        writeln!(out)?;
        writeln!(
            out,
            "  {:<9} {:<23} {:<9} {:<10} {:<17} {:<8} {:<34} nfd",
            "epoch", "starts", "fork", "version", "blobs, since", "digest", "eth2"
        )?;
        for entry in self.schedule.entries() {
            let mark = if active == Some(entry.epoch) { '>' } else { ' ' };
            let blobs = entry
                .blobs
                .map_or_else(|| "-".to_owned(), |blobs| format!("{:<5} {}", blobs.max_blobs_per_block, blobs.epoch));
            writeln!(
                out,
                "{mark} {:<9} {:<23} {:<9} {:<10} {:<17} {:<8} {:<34} {}",
                text(entry.epoch),
                text(self.start(entry.epoch)),
                entry.fork.as_str(),
                text(entry.version),
                blobs,
                text(entry.digest),
                self.eth2(entry.epoch),
                self.schedule.next_fork_digest(entry.epoch),
            )?;
        }
        Ok(())
    }

    /// When an epoch starts.
    fn start(&self, epoch: Epoch) -> Utc {
        Utc(self.clock.start_ms(self.schedule.start_slot(epoch)) / 1000)
    }

    /// The record's `eth2` at an epoch, its three fields apart.
    fn eth2(&self, epoch: Epoch) -> String {
        let id = self.schedule.enr_fork_id(epoch);
        let next_epoch = hex::encode(id.next_fork_epoch.as_ssz_bytes());
        format!("{} {} {next_epoch}", id.fork_digest, hex::encode(id.next_fork_version.0))
    }

    /// How many topics an era has, subnets counted.
    fn topic_count(&self, entry: &ForkEntry) -> u64 {
        self.schedule.topics(entry).map(|rule| rule.subnets.unwrap_or(1)).sum()
    }
}

/// Something padded must be a string first.
fn text(value: impl Display) -> String {
    value.to_string()
}

/// `name_{0..63}`
fn topic_name(rule: &TopicRule) -> String {
    match rule.subnets {
        Some(count) => format!("{}_{{0..{}}}", rule.kind.family(), count.saturating_sub(1)),
        None => rule.kind.family().to_owned(),
    }
}

/// `SszType 112` or `SszType 404..157756`
fn topic_content(rule: &TopicRule) -> String {
    format!("{} {}", rule.ssz, Bytes(*rule.bytes.start(), *rule.bytes.end()))
}

/// A range of sizes.
struct Bytes(usize, usize);

impl Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(min, max) if min == max => write!(f, "{min}"),
            Self(min, MAX_PAYLOAD_SIZE) => write!(f, "{min}..10 MiB"),
            Self(min, max) => write!(f, "{min}..{max}"),
        }
    }
}
