//! The devnet as lines of text: the live view, and the summary at its end. Plain functions of the tally.

use std::fmt::Write as _;

use cl_types::{ForkEntry, Slot};

use super::tally::{Family, NodeTally, Tally};
use crate::traffic::Traffic;

/// How to join a real network.
pub(crate) const REAL: &str = "To join a real network: cl-node --network NAME, or --testnet-dir DIR.";

/// What is drawn how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Title,
    Heading,
    Dim,
    Bad,
}

/// A line of the view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) style: Style,
    pub(crate) text: String,
}

impl Line {
    fn new(style: Style, text: impl Into<String>) -> Self {
        Self { style, text: text.into() }
    }
}

/// What the view shows besides the tally.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now<'a> {
    /// `None` before genesis.
    pub(crate) slot: Option<Slot>,
    /// The last slot of the run, if it has one.
    pub(crate) last: Option<u64>,
    /// Milliseconds to genesis, or since the slot began.
    pub(crate) ms: u64,
    pub(crate) slot_ms: u64,
    pub(crate) slots_per_epoch: u64,
    pub(crate) era: &'a ForkEntry,
    pub(crate) preset: &'a str,
}

/// The whole view, at most `height` lines.
pub(crate) fn frame(tally: &Tally, now: &Now<'_>, height: usize) -> Vec<Line> {
    let mut lines = vec![
        Line::new(Style::Title, title(tally, now)),
        Line::new(Style::Dim, format!("{REAL} Ctrl-C ends this one.")),
        Line::new(Style::Plain, ""),
    ];
    lines.extend(peers(tally));
    lines.push(Line::new(Style::Plain, ""));
    lines.extend(messages(tally));
    lines.push(Line::new(Style::Plain, ""));
    // What is left is shared by blocks and notes: of blocks at most ten, of notes at least four where there is room.
    let left = height.saturating_sub(lines.len() + 3);
    let blocks = left.saturating_sub(4).clamp(2, 10);
    lines.extend(recent_blocks(tally, blocks));
    lines.push(Line::new(Style::Plain, ""));
    let left = height.saturating_sub(lines.len() + 1);
    lines.push(Line::new(Style::Heading, "what happened"));
    let skip = tally.notes.len().saturating_sub(left);
    for note in tally.notes.iter().skip(skip) {
        let style = if note.is_bad { Style::Bad } else { Style::Plain };
        lines.push(Line::new(style, note.text.clone()));
    }
    lines.truncate(height);
    lines
}

fn title(tally: &Tally, now: &Now<'_>) -> String {
    let nodes = tally.nodes.len();
    let mut title = format!("cl-p2p devnet: {nodes} nodes on 127.0.0.1, {} preset", now.preset);
    let seconds = |ms: u64| format!("{}.{}", ms / 1000, ms % 1000 / 100);
    // Writing to a string cannot fail.
    let _ = match now.slot {
        None => write!(title, " | genesis in {} s", seconds(now.ms)),
        Some(slot) => {
            let of = now.last.map(|last| format!(" of {last}")).unwrap_or_default();
            let epoch = slot.epoch(now.slots_per_epoch);
            let (ms, all) = (seconds(now.ms), seconds(now.slot_ms));
            write!(title, " | slot {slot}{of}, {ms}/{all} s | epoch {epoch} | {} {}", now.era.fork, now.era.digest)
        }
    };
    title
}

fn peers(tally: &Tally) -> Vec<Line> {
    let heading = format!(
        "node  peers  {:<width$}  found  dials  handshakes  mesh of blocks/att/sync/columns   received       sent",
        "who (> dialled, < dialled us)",
        width = who_width(tally)
    );
    let mut lines = vec![Line::new(Style::Heading, heading)];
    for (index, node) in tally.nodes.iter().enumerate() {
        let style = if node.ready.len() < tally.wanted() { Style::Bad } else { Style::Plain };
        let mesh = |family| node.meshes.get(&family).map_or_else(|| "-".to_owned(), ToString::to_string);
        let meshes = [Family::Blocks, Family::Attestations, Family::SyncMessages, Family::Columns].map(mesh).join("/");
        let text = format!(
            "{index:>4}  {:>2}/{:<2}  {:<width$}  {:>5}  {:>5}  {:>10}  {meshes:>29}  {:>9}  {:>9}",
            node.ready.len(),
            tally.wanted(),
            who(node),
            node.found.len(),
            node.dials,
            node.handshakes,
            size(node.traffic.received),
            size(node.traffic.sent),
            width = who_width(tally)
        );
        lines.push(Line::new(style, text));
    }
    lines
}

/// Room for the names of all peers.
fn who_width(tally: &Tally) -> usize {
    let digits = if tally.nodes.len() > 10 { 4 } else { 3 };
    (tally.wanted() * digits).max("who (> dialled, < dialled us)".len())
}

/// A node's peers: `>` for those that it dialled, `<` for those that dialled it, in brackets before the handshake.
fn who(node: &NodeTally) -> String {
    let names = node.links.iter().map(|(other, outbound)| {
        let way = if *outbound { '>' } else { '<' };
        if node.ready.contains(other) { format!("{way}{other}") } else { format!("({way}{other})") }
    });
    names.collect::<Vec<_>>().join(" ")
}

fn messages(tally: &Tally) -> Vec<Line> {
    let mut heading = "node   head".to_owned();
    for family in Family::ALL {
        let _ = write!(heading, "  {:>11}", family.short());
    }
    heading.push_str("  not forwarded");
    let mut lines = vec![Line::new(Style::Heading, heading)];
    for (index, node) in tally.nodes.iter().enumerate() {
        let mut text = format!("{index:>4}  {:>5}", node.head);
        for family in Family::ALL {
            let of = format!("{}/{}", node.received.get(family), tally.published_to(index, family));
            let _ = write!(text, "  {of:>11}");
        }
        let _ = write!(text, "  {}", reasons(node));
        lines.push(Line::new(Style::Plain, text));
    }
    lines
}

fn reasons(node: &NodeTally) -> String {
    if node.refused.is_empty() {
        return "-".to_owned();
    }
    node.refused.iter().map(|(reason, count)| format!("{count}: {reason}")).collect::<Vec<_>>().join("; ")
}

fn recent_blocks(tally: &Tally, most: usize) -> Vec<Line> {
    let mut heading = "block  by  root              size  blobs   delay in ms at node".to_owned();
    for index in 0..tally.nodes.len() {
        let _ = write!(heading, " {index:>5}");
    }
    let mut lines = vec![Line::new(Style::Heading, heading)];
    for block in tally.recent.iter().rev().take(most) {
        let root = hex::encode(block.root.get(..4).unwrap_or_default());
        let mut text = format!(
            "{:>5}  {:>2}  0x{root}..  {:>8}  {:>5}  {:>20}",
            block.slot.0,
            block.node,
            size(block.bytes as u64),
            block.blobs,
            ""
        );
        for node in &tally.nodes {
            let delay = node.delays.get(&block.slot).map_or_else(|| "-".to_owned(), ToString::to_string);
            let _ = write!(text, " {delay:>5}");
        }
        lines.push(Line::new(Style::Plain, text));
    }
    lines
}

/// What one slot brought, in one line. `None` if nothing is known of it.
pub(crate) fn slot_line(tally: &Tally, slot: Slot) -> Option<String> {
    let block = tally.recent.iter().find(|block| block.slot == slot)?;
    let delays =
        tally.nodes.iter().map(|node| node.delays.get(&slot).map_or_else(|| "-".to_owned(), ToString::to_string));
    let delays = delays.collect::<Vec<_>>().join(" ");
    let (bytes, blobs) = (size(block.bytes as u64), block.blobs);
    let root = hex::encode(block.root.get(..4).unwrap_or_default());
    let total: Traffic = tally.nodes.iter().fold(Traffic::default(), |sum, node| Traffic {
        received: sum.received + node.traffic.received,
        sent: sum.sent + node.traffic.sent,
    });
    Some(format!(
        "slot {slot}: block 0x{root}.. of node {}, {bytes}, {blobs} blobs, at the nodes after {delays} ms; {} received by all so far",
        block.node,
        size(total.received)
    ))
}

/// The table at the end. `last` is the last slot that is over.
pub(crate) fn summary(tally: &Tally, last: Slot) -> Vec<String> {
    let mut heading = "node  peers".to_owned();
    for family in Family::ALL {
        let _ = write!(heading, "  {:>11}", family.short());
    }
    heading.push_str("   received       sent  median ms  most ms");
    let mut lines = vec![heading];
    for (index, node) in tally.nodes.iter().enumerate() {
        let (has, due) = tally.blocks_of(index, last);
        let mut text = format!("{index:>4}  {:>5}", format!("{}/{}", node.ready.len(), tally.wanted()));
        for family in Family::ALL {
            let of = match family {
                Family::Blocks => format!("{has}/{due}"),
                _ => format!("{}/{}", node.received.get(family), tally.published_to(index, family)),
            };
            let _ = write!(text, "  {of:>11}");
        }
        let Traffic { received, sent } = node.traffic;
        let (median, most) = delays(node);
        let _ = write!(text, "  {:>9}  {:>9}  {median:>9}  {most:>7}", size(received), size(sent));
        lines.push(text);
    }
    lines
}

/// Of the delays of recent blocks: the median, and the longest.
fn delays(node: &NodeTally) -> (String, String) {
    let mut sorted: Vec<u64> = node.delays.values().copied().collect();
    sorted.sort_unstable();
    let shown = |delay: Option<&u64>| delay.map_or_else(|| "-".to_owned(), ToString::to_string);
    (shown(sorted.get(sorted.len() / 2)), shown(sorted.last()))
}

/// A number of bytes for people.
fn size(bytes: u64) -> String {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..KIB => format!("{bytes} B"),
        KIB..MIB => format!("{} KiB", tenths(KIB)),
        _ => format!("{} MiB", tenths(MIB)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(10 << 20), "10.0 MiB");
    }
}
