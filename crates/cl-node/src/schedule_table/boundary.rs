//! What a node does at each boundary between two eras.

use std::fmt::{self, Write as _};

use cl_types::protocol::{Row, catalogue};
use cl_types::schedule::TopicRule;
use cl_types::{ForkEntry, Slot};

use super::{Sheet, topic_content, topic_name};

impl Sheet {
    pub(super) fn boundaries(&self, out: &mut String) -> fmt::Result {
        writeln!(
            out,
            "\nAt each boundary. Topics: + new, ~ another type or size, - gone. Requests: + may be made from here on,"
        )?;
        writeln!(
            out,
            "- no longer; both are answered from the first to the last epoch in which topics are joined, at least."
        )?;
        let mut previous = None;
        for entry in self.schedule.entries() {
            self.boundary(out, previous, entry)?;
            previous = Some(entry);
        }
        Ok(())
    }

    fn boundary(&self, out: &mut String, previous: Option<&ForkEntry>, entry: &ForkEntry) -> fmt::Result {
        let slot = self.schedule.start_slot(entry.epoch);
        writeln!(out, "\nepoch {}, slot {slot}, {}: {}", entry.epoch, self.start(entry.epoch), what(previous, entry))?;
        let window = self.schedule.window(entry);
        let topics = self.topic_count(entry);
        if let Some(previous) = previous {
            writeln!(out, "  {:<9} join the {topics} topics of {}", window.join.to_string(), entry.digest)?;
            let (last, first) = (slot.saturating_sub(1), slot);
            writeln!(
                out,
                "  {:<9} in slots {last} and {first} peers may name {} or {}",
                entry.epoch.to_string(),
                previous.digest,
                entry.digest
            )?;
        }
        writeln!(
            out,
            "  {:<9} publish on {}; record eth2 = {}, nfd = {}; Status = {}",
            entry.epoch.to_string(),
            entry.digest,
            self.eth2(entry.epoch),
            self.schedule.next_fork_digest(entry.epoch),
            entry.digest
        )?;
        if let Some(previous) = previous {
            let leave = self.schedule.window(previous).leave;
            let count = self.topic_count(previous);
            writeln!(out, "  {:<9} leave the {count} topics of {}", leave.to_string(), previous.digest)?;
        }
        self.topic_changes(out, previous, entry)?;
        self.protocol_changes(out, previous, entry)
    }

    fn topic_changes(&self, out: &mut String, previous: Option<&ForkEntry>, entry: &ForkEntry) -> fmt::Result {
        let before: Vec<TopicRule> = previous.map(|era| self.schedule.topics(era).collect()).unwrap_or_default();
        let after: Vec<TopicRule> = self.schedule.topics(entry).collect();
        for rule in &after {
            match before.iter().find(|old| old.kind == rule.kind) {
                None => writeln!(out, "  topic   + {}: {}", topic_name(rule), topic_content(rule))?,
                Some(old) if old == rule => {}
                Some(old) => writeln!(
                    out,
                    "  topic   ~ {}: {}, was {}",
                    topic_name(rule),
                    topic_content(rule),
                    if old.subnets == rule.subnets { topic_content(old) } else { topic_name(old) }
                )?,
            }
        }
        for old in before.iter().filter(|old| after.iter().all(|rule| rule.kind != old.kind)) {
            writeln!(out, "  topic   - {}", topic_name(old))?;
        }
        Ok(())
    }

    fn protocol_changes(&self, out: &mut String, previous: Option<&ForkEntry>, entry: &ForkEntry) -> fmt::Result {
        let start = self.schedule.start_slot(entry.epoch);
        let asked = |slot: Slot| -> Vec<&'static Row> { self.schedule.asked(slot).collect() };
        let before = if previous.is_some() { asked(start.saturating_sub(1)) } else { Vec::new() };
        let after = asked(start);
        for row in after.iter().filter(|row| !before.contains(row)) {
            writeln!(out, "  request + {}/{}", row.name, row.version)?;
        }
        for row in before.iter().filter(|row| !after.contains(row)) {
            writeln!(out, "  request - {}/{}", row.name, row.version)?;
        }
        let Some(previous) = previous else { return Ok(()) };
        let window = self.schedule.window(previous);
        let ended = |row: &&Row| row.until < entry.fork && row.until >= previous.fork && row.since <= previous.fork;
        for row in catalogue().filter(ended).filter(|row| row.lingers) {
            let gone = self.schedule.end_of_service(row, &window);
            writeln!(out, "  request - {}/{} at epoch {gone}", row.name, row.version)?;
        }
        Ok(())
    }
}

/// What makes this era another than the one before.
fn what(previous: Option<&ForkEntry>, entry: &ForkEntry) -> String {
    let limit = entry.blobs.map(|blobs| format!("at most {} blobs a block", blobs.max_blobs_per_block));
    match (previous, limit) {
        (Some(previous), Some(limit)) if previous.fork == entry.fork => format!("{limit}, {} goes on", entry.fork),
        (Some(_), Some(limit)) => format!("{}, {limit}", entry.fork),
        (_, _) => entry.fork.to_string(),
    }
}
