//! The plan as text and as JSON.

use std::fmt::{self, Write as _};

use cl_gossip::{Advertised, Change, Step, Topic};
use cl_types::Slot;
use serde_json::{Value, json};

use super::Plan;
use super::names::{by_era, ranges};
use crate::schedule_table::utc::Utc;

impl Plan<'_> {
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "{}, {}", self.network.config.name, self.moment(self.slot))?;
        let node_id = self.options.node_id.unwrap_or_default();
        let hint = if self.options.node_id.is_none() { " (give yours with --node-id)" } else { "" };
        writeln!(out, "  node id    {node_id}{hint}")?;
        let advertised = self.planner.advertised(self.slot);
        writeln!(out, "  advertises {}", words(&advertised))?;
        let columns = &self.planner.interests().sampled_columns;
        writeln!(out, "  samples    columns {}", ranges(columns.iter().copied()))?;
        writeln!(out, "  on {} topics", self.planner.topics().count())?;
        self.write_topics(out, "    ", self.planner.topics())?;

        writeln!(out, "\nuntil {}", self.moment(self.until))?;
        if self.steps.is_empty() {
            writeln!(out, "  nothing changes")?;
        }
        for step in &self.steps {
            writeln!(out, "\n  {}", self.moment(step.slot))?;
            let (joined, left) = sides(step);
            self.write_topics(out, "    join  ", joined)?;
            self.write_topics(out, "    leave ", left)?;
            if let Some(advertised) = &step.advertised {
                writeln!(out, "    advertise {}", words(advertised))?;
            }
        }
        Ok(())
    }

    fn write_topics(&self, out: &mut String, lead: &str, topics: impl IntoIterator<Item = Topic>) -> fmt::Result {
        for (digest, count, names) in by_era(topics) {
            let fork = self.schedule.by_digest(digest).map_or("", |era| era.fork.as_str());
            writeln!(out, "{lead}{count:>3} of {digest} {fork}: {names}")?;
        }
        Ok(())
    }

    /// `epoch 7, slot 56, 2020-12-01 12:11:35 UTC`
    fn moment(&self, slot: Slot) -> String {
        format!("epoch {}, slot {slot}, {}", self.schedule.epoch_of(slot), self.time(slot))
    }

    fn time(&self, slot: Slot) -> Utc {
        Utc(self.clock.start_ms(slot) / 1000)
    }

    pub(super) fn json(&self) -> String {
        let node_id = self.options.node_id.unwrap_or_default().to_string();
        let upcoming: Vec<Value> = self.steps.iter().map(|step| self.step_json(step)).collect();
        let object = json!({
            "network": self.network.config.name,
            "epoch": self.schedule.epoch_of(self.slot).0,
            "slot": self.slot.0,
            "time": self.clock.start_ms(self.slot) / 1000,
            "node_id": node_id,
            "advertised": advertised_json(&self.planner.advertised(self.slot)),
            "sampled_columns": self.planner.interests().sampled_columns,
            "topics": names(self.planner.topics()),
            "until_slot": self.until.0,
            "upcoming": upcoming,
        });
        format!("{object}\n")
    }

    fn step_json(&self, step: &Step) -> Value {
        let (joined, left) = sides(step);
        let mut object = json!({
            "epoch": self.schedule.epoch_of(step.slot).0,
            "slot": step.slot.0,
            "time": self.clock.start_ms(step.slot) / 1000,
            "join": names(joined),
            "leave": names(left),
        });
        if let (Some(advertised), Some(object)) = (&step.advertised, object.as_object_mut()) {
            object.insert("advertised".to_owned(), advertised_json(advertised));
        }
        object
    }
}

/// What a step joins, and what it leaves.
fn sides(step: &Step) -> (Vec<Topic>, Vec<Topic>) {
    let (mut joined, mut left) = (Vec::new(), Vec::new());
    for change in &step.changes {
        match change {
            Change::Join(topic) => joined.push(*topic),
            Change::Leave(topic) => left.push(*topic),
        }
    }
    (joined, left)
}

fn names(topics: impl IntoIterator<Item = Topic>) -> Vec<String> {
    topics.into_iter().map(|topic| topic.to_string()).collect()
}

fn bits(set: impl Iterator<Item = bool>) -> Vec<u64> {
    (0..).zip(set).filter(|(_, is_set)| *is_set).map(|(bit, _)| bit).collect()
}

fn words(advertised: &Advertised) -> String {
    let (attnets, syncnets) = (bits(advertised.attnets.iter()), bits(advertised.syncnets.iter()));
    format!("attnets {}, syncnets {}, cgc {}", ranges(attnets), ranges(syncnets), advertised.cgc)
}

fn advertised_json(advertised: &Advertised) -> Value {
    json!({
        "attnets": bits(advertised.attnets.iter()),
        "syncnets": bits(advertised.syncnets.iter()),
        "cgc": advertised.cgc,
    })
}
