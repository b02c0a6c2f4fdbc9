//! The plan for one epoch, with its topics and protocols.

use std::fmt::{self, Write as _};

use cl_types::Epoch;
use cl_types::primitives::FAR_FUTURE_EPOCH;
use cl_types::protocol::{Row, catalogue};

use super::{Bytes, Sheet, topic_name};

impl Sheet {
    pub(super) fn moment(&self, out: &mut String, epoch: Epoch) -> fmt::Result {
        let slot = self.schedule.start_slot(epoch);
        let plan = self.schedule.plan(slot);
        writeln!(out, "\nepoch {epoch}, slot {slot}, {}", self.start(epoch))?;
        writeln!(out, "  active    {} {}", plan.active.digest, plan.active.fork)?;
        match plan.next {
            Some(next) => writeln!(out, "  next      {} {} at epoch {}", next.digest, next.fork, next.epoch)?,
            None => writeln!(out, "  next      nothing is scheduled")?,
        }
        for era in &plan.joined {
            let count = self.topic_count(era);
            match self.schedule.window(era).leave {
                FAR_FUTURE_EPOCH => writeln!(out, "  joined    {count} topics of {}", era.digest)?,
                leave => writeln!(out, "  joined    {count} topics of {}, to leave at epoch {leave}", era.digest)?,
            }
        }
        if let Some(digest) = plan.tolerated {
            writeln!(out, "  tolerated {digest} in this slot")?;
        }
        writeln!(out, "  record    eth2 = {}, nfd = {}", self.eth2(epoch), self.schedule.next_fork_digest(epoch))?;
        writeln!(out, "  context   {} for objects of this epoch", self.schedule.context(slot))?;

        writeln!(out, "\n  {:<40} {:<30} bytes", "topic", "type")?;
        for rule in self.schedule.topics(&plan.active) {
            let bytes = Bytes(*rule.bytes.start(), *rule.bytes.end());
            writeln!(out, "  {:<40} {:<30} {bytes}", topic_name(&rule), rule.ssz)?;
        }

        let offered: Vec<&Row> = self.schedule.offered(slot).collect();
        let asked: Vec<&Row> = self.schedule.asked(slot).collect();
        writeln!(
            out,
            "\n  {:<39} {:<9} {:<33} {:<9} {:<31} {:<6} context bytes",
            "protocol", "", "request", "bytes", "response", "chunks"
        )?;
        for row in catalogue().filter(|row| offered.contains(row) || asked.contains(row)) {
            let role = if asked.contains(&row) { "ask,offer" } else { "offer" };
            let context = row.context.map_or_else(|| "-".to_owned(), |context| context.to_string());
            let (min, max) = row.request_bytes;
            writeln!(
                out,
                "  {:<39} {role:<9} {:<33} {:<9} {:<31} {:<6} {context}",
                format!("{}/{}", row.name, row.version),
                row.request,
                Bytes(min, max).to_string(),
                row.response,
                row.max_chunks
            )?;
        }
        Ok(())
    }
}
