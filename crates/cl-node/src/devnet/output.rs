//! Where a devnet is shown: on a terminal, as plain lines, or as JSON lines.

use std::io::{self, IsTerminal, Write};

use cl_peers::Explanation;
use cl_types::Slot;
use serde::Serialize;
use serde_json::json;

use super::chain::Chain;
use super::options::Options;
use super::producer::Report;
use super::tally::{Family, Note, Shortcoming, Tally};
use super::terminal::Screen;
use super::view::{self, Now, REAL};
use crate::event::{Event, SCHEMA};

/// One of the three.
#[derive(Debug)]
pub(crate) enum Output {
    Live(Screen),
    Plain,
    Json,
}

/// An event with the number of its node.
#[derive(Serialize)]
struct Numbered<'a> {
    node: usize,
    #[serde(flatten)]
    event: &'a Event,
}

impl Output {
    /// JSON if asked for, else plain lines at first. Says what is about to run.
    pub(crate) fn open(options: &Options) -> io::Result<Self> {
        let what = format!(
            "A devnet of {} nodes on this machine alone: {} preset, {}, slots of {} ms, blobs {}.\n\
             Blocks, votes and columns are made up: signatures are noise, and the nodes check structure only.",
            options.nodes, options.preset, options.forks, options.slot_ms, options.blobs
        );
        if options.json {
            eprintln!("{what}\n{REAL}");
            return Ok(Self::Json);
        }
        print(format_args!("{what}\n{REAL}"))?;
        Ok(Self::Plain)
    }

    /// The nodes are up. A terminal shows them live from now on.
    pub(crate) fn started(self, options: &Options, chain: &Chain) -> io::Result<Self> {
        match &self {
            Self::Plain if io::stdout().is_terminal() => return Screen::enter().map(Self::Live),
            Self::Live(_) => {}
            Self::Plain => print(format_args!(
                "{} nodes are up; genesis at {} (Unix time)",
                options.nodes, chain.network.genesis.time
            ))?,
            Self::Json => print(json!({
                "event": "devnet_started",
                "schema": SCHEMA,
                "nodes": options.nodes,
                "preset": options.preset.as_str(),
                "forks": options.forks.to_string(),
                "slot_ms": options.slot_ms,
                "genesis_time": chain.network.genesis.time,
                "genesis_block_root": chain.genesis_block_root.to_string(),
            }))?,
        }
        Ok(self)
    }

    pub(crate) fn event(&self, node: usize, event: &Event) -> io::Result<()> {
        if !matches!(self, Self::Json) {
            return Ok(());
        }
        let line = serde_json::to_string(&Numbered { node, event })?;
        print(line)
    }

    pub(crate) fn report(&self, report: &Report) -> io::Result<()> {
        match (self, report) {
            (Self::Json, Report::Block { slot, node, root, bytes, blobs, after_ms }) => print(json!({
                "event": "devnet_block",
                "node": node,
                "slot": slot.0,
                "root": root.to_string(),
                "bytes": bytes,
                "blobs": blobs,
                "after_ms": after_ms,
            })),
            _ => Ok(()),
        }
    }

    pub(crate) fn note(&self, note: &Note) -> io::Result<()> {
        match self {
            Self::Plain => print(&note.text),
            _ => Ok(()),
        }
    }

    /// A slot is over.
    pub(crate) fn slot(&self, tally: &Tally, slot: Slot) -> io::Result<()> {
        match (self, view::slot_line(tally, slot)) {
            (Self::Plain, Some(line)) => print(line),
            _ => Ok(()),
        }
    }

    pub(crate) fn redraw(&mut self, tally: &Tally, now: &Now<'_>) -> io::Result<()> {
        match self {
            Self::Live(screen) => screen.draw(&view::frame(tally, now, Screen::size().1)),
            _ => Ok(()),
        }
    }

    /// The end: the ordinary screen comes back, and the summary stays on it.
    pub(crate) fn finish(
        self,
        tally: &Tally,
        last: Slot,
        missing: &[Shortcoming],
        explained: &[Explanation],
    ) -> io::Result<()> {
        if matches!(self, Self::Json) {
            for peer in explained {
                print(json!({ "event": "devnet_explained", "node": 0, "explanation": peer }))?;
            }
            return print(ended(tally, last, missing));
        }
        drop(self);
        print("")?;
        for line in view::summary(tally, last) {
            print(line)?;
        }
        if !explained.is_empty() {
            print("\nThe peers of node 0:")?;
        }
        for peer in explained {
            print(format_args!("\n{peer}"))?;
        }
        if last == Slot(0) {
            return print("\nIt ended before the first slot was over: there is nothing to judge.");
        }
        if missing.is_empty() {
            let nodes = tally.nodes.len();
            return print(format_args!("\nAll {nodes} nodes met each other and received everything that they had to."));
        }
        print("\nSomething is missing:")?;
        missing.iter().try_for_each(|shortcoming| print(format_args!("- {shortcoming}")))
    }
}

fn ended(tally: &Tally, last: Slot, missing: &[Shortcoming]) -> serde_json::Value {
    let nodes = tally.nodes.iter().enumerate().map(|(index, node)| {
        let (blocks, due) = tally.blocks_of(index, last);
        let (columns, columns_due) = tally.custody_of(index, last);
        let received: serde_json::Map<_, _> = Family::ALL
            .map(|family| (family.as_str().replace(' ', "_"), node.received.get(family).into()))
            .into_iter()
            .collect();
        json!({
            "node": index,
            "peers": node.ready.len(),
            "blocks": blocks,
            "blocks_due": due,
            "custody_columns": columns,
            "custody_columns_due": columns_due,
            "received": received,
            "bytes_received": node.traffic.received,
            "bytes_sent": node.traffic.sent,
        })
    });
    json!({
        "event": "devnet_ended",
        "last_slot": last.0,
        "nodes": nodes.collect::<Vec<_>>(),
        "missing": missing.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// Unlike `println!`, an error where nobody reads any more.
fn print(line: impl std::fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
