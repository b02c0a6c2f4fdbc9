//! Runs scenarios against a real Lodestar on loopback and prints each checked fact.

mod error;
mod ours;
mod scenario;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use cl_interop::lab::{LabError, LabFolder, Ports};
use cl_interop::report::Report;
use cl_node::RelayLevel;
use clap::{Parser, Subcommand};

use crate::error::ScenarioError;
use crate::scenario::Context;
use crate::scenario::protocols::Plan as Protocols;
use crate::scenario::run::{Plan, Transport};
use crate::scenario::topics::Plan as Topics;
use crate::scenario::validation::Plan as Validation;

/// The first port that is handed to the other client.
const FIRST_PORT: u16 = 19_400;
/// Forks of the runs that cross a boundary.
const CROSSING: &str = "electra:0,fulu:2";
/// Every protocol in Electra and in Fulu.
const CROSSING_FULU: Protocols = Protocols { name: "protocols", forks: CROSSING, at: &[13, 26] };
/// Every protocol in Fulu, just before Gloas and in Gloas.
const CROSSING_GLOAS: Protocols = Protocols { name: "protocols-gloas", forks: "fulu:0,gloas:2", at: &[13, 26] };
/// Every protocol in Gloas alone.
const SHORT: Protocols = Protocols { name: "protocols", forks: "fulu:0,gloas:1", at: &[16] };
/// Every topic in Electra and in Fulu.
const TOPICS_FULU: Topics = Topics { name: "topics", forks: CROSSING, at: &[4, 19] };
/// Every topic in Fulu and in Gloas.
const TOPICS_GLOAS: Topics = Topics { name: "topics-gloas", forks: "fulu:0,gloas:1", at: &[4, 11] };

/// Every rule on every message, across the Fulu fork.
const VALIDATION: Validation = Validation { name: "validation", forks: CROSSING, last: 55, blob_every: 5 };
/// The same, shortened.
const SHORT_VALIDATION: Validation =
    Validation { name: "validation", forks: "electra:0,fulu:1", last: 14, blob_every: 5 };

/// Scenarios against a real Lodestar on loopback. Prints each checked fact; fails if one does not hold.
#[derive(Debug, Parser)]
#[command(name = "cl-interop")]
struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// Every scenario, 60 slots on each transport.
    Long,
    /// Every scenario, shortened.
    Ci,
    /// One run over TCP with mplex.
    Tcp {
        /// How many slots it lasts.
        #[arg(default_value_t = 24)]
        slots: u64,
    },
    /// One run over QUIC.
    Quic {
        /// How many slots it lasts.
        #[arg(default_value_t = 12)]
        slots: u64,
    },
    /// Three nodes that find each other through one record.
    Discovery,
    /// Records that the other client's libraries made.
    Records,
    /// Changes of our record at fork boundaries, as the other client sees them.
    Boundary {
        /// How many boundaries.
        #[arg(default_value_t = 3)]
        boundaries: u32,
    },
    /// Our command is killed over and over. Needs no other client.
    Kills {
        /// How often.
        #[arg(default_value_t = 100)]
        kills: u32,
    },
    /// Our command learns its address in a network namespace, in both families. Needs no other client.
    Addresses,
    /// What `addresses` runs inside its namespaces.
    #[command(hide = true)]
    AddressesInside {
        /// An empty folder.
        folder: PathBuf,
    },
    /// A whole old client, phase0 to Altair.
    Full,
    /// Every protocol, asked by us and by it, with right and wrong arguments.
    Protocols,
    /// A Lodestar whose only peer is our node syncs the chain that we hold.
    Sync,
    /// Every topic, from a node of ours through it to another one.
    Topics,
    /// Every message judged by every rule, from the genesis state; and changed ones refused.
    Validation {
        /// As short as in CI.
        #[arg(long)]
        short: bool,
    },
    /// A Lodestar that reaches the chain through us alone: how it judges us, for so many minutes.
    Relay {
        /// How long.
        #[arg(default_value_t = 5)]
        minutes: u64,
        /// With this relay level alone.
        #[arg(long)]
        level: Option<RelayLevel>,
    },
    /// Connected for so many minutes, with limits hit on purpose.
    Kept {
        /// How long.
        #[arg(default_value_t = 60)]
        minutes: u64,
    },
    /// Either side is restarted, and ours killed.
    Restart {
        /// How often our command is killed at a random moment.
        #[arg(default_value_t = 20)]
        kills: u32,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let what = Options::parse().what;
    if let What::AddressesInside { folder } = &what {
        return match scenario::addresses::inside(folder).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error::chain(&error)),
        };
    }
    let labs = match LabFolder::new() {
        Ok(labs) => labs,
        Err(error) => return failed(&error::chain(&error)),
    };
    if !matches!(what, What::Kills { .. } | What::Addresses) {
        match labs.script() {
            Ok(_) => {}
            Err(LabError::NoScript { path }) if std::env::var_os("CI").is_none() => {
                eprintln!("SKIPPED: nothing was tested, there is no lab script at {}", path.display());
                return ExitCode::SUCCESS;
            }
            Err(error) => return failed(&error::chain(&error)),
        }
    }
    let mut context = Context { report: Report::default(), ports: Ports::from(FIRST_PORT), labs };
    // When interrupted, the scenario is dropped: that stops what it started.
    tokio::select! {
        () = scenarios(&mut context, what) => {}
        () = interrupted() => {
            eprintln!("interrupted");
            return ExitCode::FAILURE;
        }
    }
    if context.report.end() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn failed(why: &str) -> ExitCode {
    eprintln!("cl-interop: {why}");
    ExitCode::FAILURE
}

async fn scenarios(context: &mut Context, what: What) {
    let tcp = |slots| Plan { name: "tcp", transport: Transport::Tcp, forks: CROSSING, slots, binary: false };
    let quic = |slots, forks| Plan { name: "quic", transport: Transport::Quic, forks, slots, binary: true };
    match what {
        What::Long => {
            attempt(context, &tcp(60)).await;
            attempt(context, &quic(60, CROSSING)).await;
            discovery(context).await;
            protocols(context, &CROSSING_FULU).await;
            protocols(context, &CROSSING_GLOAS).await;
            sync(context).await;
            topics(context, &TOPICS_FULU).await;
            topics(context, &TOPICS_GLOAS).await;
            validation(context, &VALIDATION).await;
            relays(context, 5, None).await;
            kept(context, 5).await;
            restart(context, 20).await;
            full(context).await;
            records(context).await;
            boundary(context, 3).await;
            kills(context, 100).await;
            addresses(context).await;
        }
        What::Ci => {
            attempt(context, &tcp(20)).await;
            attempt(context, &quic(8, "fulu:0")).await;
            discovery(context).await;
            protocols(context, &SHORT).await;
            sync(context).await;
            validation(context, &SHORT_VALIDATION).await;
            records(context).await;
            boundary(context, 1).await;
            kills(context, 10).await;
        }
        What::Tcp { slots } => attempt(context, &tcp(slots)).await,
        // Long enough for it, a run crosses the fork.
        What::Quic { slots } => attempt(context, &quic(slots, if slots >= 24 { CROSSING } else { "fulu:0" })).await,
        What::Discovery => discovery(context).await,
        What::Records => records(context).await,
        What::Boundary { boundaries } => boundary(context, boundaries).await,
        What::Kills { kills: count } => kills(context, count).await,
        What::Addresses => addresses(context).await,
        // Done in `main`.
        What::AddressesInside { .. } => {}
        What::Full => full(context).await,
        What::Protocols => {
            protocols(context, &CROSSING_FULU).await;
            protocols(context, &CROSSING_GLOAS).await;
        }
        What::Sync => sync(context).await,
        What::Topics => {
            topics(context, &TOPICS_FULU).await;
            topics(context, &TOPICS_GLOAS).await;
        }
        What::Validation { short } => validation(context, if short { &SHORT_VALIDATION } else { &VALIDATION }).await,
        What::Relay { minutes, level } => relays(context, minutes, level).await,
        What::Kept { minutes } => kept(context, minutes).await,
        What::Restart { kills } => restart(context, kills).await,
    }
}

async fn attempt(context: &mut Context, plan: &Plan) {
    context.report.begin(plan.name);
    let result = scenario::run::run(context, plan).await;
    ended(context, result);
}

async fn discovery(context: &mut Context) {
    context.report.begin("discovery");
    let result = scenario::discovery::run(context).await;
    ended(context, result);
}

async fn records(context: &mut Context) {
    context.report.begin("records");
    let result = scenario::records::run(context).await;
    ended(context, result);
}

async fn boundary(context: &mut Context, boundaries: u32) {
    context.report.begin("boundary");
    let result = scenario::boundary::run(context, boundaries).await;
    ended(context, result);
}

async fn kills(context: &mut Context, kills: u32) {
    context.report.begin("kills");
    let result = scenario::kills::run(context, kills).await;
    ended(context, result);
}

async fn addresses(context: &mut Context) {
    context.report.begin("addresses");
    let result = scenario::addresses::run(context).await;
    ended(context, result);
}

async fn protocols(context: &mut Context, plan: &scenario::protocols::Plan) {
    context.report.begin(plan.name);
    let result = scenario::protocols::run(context, plan).await;
    ended(context, result);
}

async fn sync(context: &mut Context) {
    context.report.begin("sync");
    let result = scenario::sync::run(context).await;
    ended(context, result);
}

async fn topics(context: &mut Context, plan: &Topics) {
    context.report.begin(plan.name);
    let result = scenario::topics::run(context, plan).await;
    ended(context, result);
}

async fn validation(context: &mut Context, plan: &Validation) {
    context.report.begin(plan.name);
    let result = scenario::validation::run(context, plan).await;
    ended(context, result);
}

/// With these relay levels; a node that forwards nothing needs no long look.
async fn relays(context: &mut Context, minutes: u64, only: Option<RelayLevel>) {
    let levels = [(RelayLevel::Full, minutes), (RelayLevel::Structure, minutes), (RelayLevel::None, minutes.min(2))];
    for (level, minutes) in levels.into_iter().filter(|(level, _)| only.is_none_or(|only| only == *level)) {
        context.report.begin(&format!("relay {level}"));
        let result = scenario::relay::run(context, level, Duration::from_secs(minutes * 60)).await;
        ended(context, result);
    }
}

async fn kept(context: &mut Context, minutes: u64) {
    context.report.begin("kept");
    let result = scenario::kept::run(context, minutes).await;
    ended(context, result);
}

async fn full(context: &mut Context) {
    context.report.begin("full");
    let result = scenario::full::run(context).await;
    ended(context, result);
}

async fn restart(context: &mut Context, kills: u32) {
    context.report.begin("restart");
    let result = scenario::restart::run(context, kills).await;
    ended(context, result);
}

/// A scenario that could not go on is a fact that does not hold.
fn ended(context: &mut Context, result: Result<(), ScenarioError>) {
    if let Err(error) = result {
        context.report.fact("runs to its end", false, error::chain(&error));
    }
}

async fn interrupted() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    // Without a signal handler only the default action is left, which ends the process.
    let _ = tokio::signal::ctrl_c().await;
}
