//! Runs, in turns.

use super::Error;
use super::child::Child;
use super::load::{Copies, Family, Plan};
use super::meter::{Mark, Stamps};
use super::options::{Kind, Options, Part, Setting, Transport};

/// What a phase of a run came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    pub(super) family: Option<Family>,
    pub(super) copies: Copies,
    pub(super) deliveries: usize,
    pub(super) messages: usize,
    pub(super) used: Mark,
}

/// A run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) kind: Kind,
    pub(super) costs: Vec<Cost>,
    /// While nothing comes: heartbeats.
    pub(super) idle: Mark,
    /// Nanoseconds from when a message was sent first to its verdict, and to when it came back to a publisher first.
    pub(super) to_verdict: Vec<u64>,
    pub(super) to_forward: Vec<u64>,
    /// How often messages came back.
    pub(super) forwards: u64,
    /// How late the publishers were at most, in microseconds.
    pub(super) behind: u64,
}

/// Pairs of the first two receivers in turns; of the others fewer.
pub(super) fn all(options: &Options, transport: Transport, part: Part) -> Result<Vec<Run>, Error> {
    let plan = Plan::new(&Options { part, ..options.clone() })?;
    let is_first = options.transports.first() == Some(&transport);
    let most = match part {
        Part::Slots if options.quick || !is_first => 1,
        _ if options.quick => 2,
        _ if is_first => options.pairs,
        _ => 3,
    };
    let pairs = options.pairs.min(most);
    let mut runs = vec![];
    for pair in 0..pairs {
        for (n, kind) in options.receivers.iter().enumerate() {
            // A floor and a bare router have no times to speak of.
            if n >= 2 && (pair > usize::from(is_first) || part != Part::Cost) {
                continue;
            }
            let run = one(&plan, Setting { kind: *kind, transport, part, scale: options.scale })?;
            if options.verbose {
                eprintln!("{} {pair}: forwards {}, behind {} µs", kind.name(), run.forwards, run.behind);
                for cost in &run.costs {
                    eprintln!("  {:?} {:?} of {}: {:?}", cost.family, cost.copies, cost.deliveries, cost.used);
                }
            }
            runs.push(run);
        }
    }
    Ok(runs)
}

/// Multiples of what a slot has.
const STEPS: [f64; 6] = [0.125, 0.25, 0.5, 0.75, 1.0, 1.5];

/// The first two receivers at more and more attestations, until the second loses some.
pub(super) fn climb(options: &Options, transport: Transport) -> Result<Vec<(f64, Run)>, Error> {
    let mut runs = vec![];
    let Some([ours, other]) = options.receivers.first_chunk() else { return Ok(runs) };
    for scale in STEPS {
        let plan = Plan::new(&Options { part: Part::Burst, scale, ..options.clone() })?;
        for kind in [*ours, *other] {
            runs.push((scale, one(&plan, Setting { kind, transport, part: Part::Burst, scale })?));
        }
        if runs.last().is_some_and(|(_, run)| run.lost() > 0) {
            break;
        }
    }
    Ok(runs)
}

impl Run {
    /// Messages without a verdict in time, and frames that were not sent on.
    pub(super) fn lost(&self) -> u64 {
        let lost = |cost: &Cost| {
            let sent = if cost.copies == Copies::Others { 0 } else { cost.messages as u64 };
            sent.saturating_sub(cost.used.messages) + cost.used.late + cost.used.dropped
        };
        self.costs.iter().map(lost).sum()
    }
}

fn one(plan: &Plan, setting: Setting) -> Result<Run, Error> {
    let path = std::env::temp_dir().join(format!("cl-benches-gossip-{}", std::process::id()));
    let path = path.to_str().ok_or(Error::Child)?.to_owned();
    let mut receiver = Child::receiver(setting)?;
    let address = receiver.hear("listening")?;
    let mut publisher = Child::publisher(setting, &address)?;
    publisher.hear("ready")?;
    // Until meshes have been told of, and again to see what rest costs.
    let rested: Mark = receiver.ask("rest", "mark")?.parse()?;
    let mut before: Mark = receiver.ask("rest", "mark")?.parse()?;
    let idle = before.since(rested);
    let mut costs = vec![];
    for (n, phase) in plan.phases.iter().enumerate() {
        publisher.ask(&format!("phase {n}"), "done")?;
        let after: Mark = receiver.ask("mark", "mark")?.parse()?;
        let (family, copies) = (phase.family, phase.copies);
        let (deliveries, messages) = (phase.deliveries.len(), phase.messages);
        costs.push(Cost { family, copies, deliveries, messages, used: after.since(before) });
        before = after;
    }
    let counts = publisher.ask(&format!("end {path}"), "ended")?;
    let (forwards, behind) = counts.split_once(' ').ok_or(Error::Child)?;
    receiver.ask(&format!("end {path}"), "ended")?;
    let [sent, verdicts, forwarded] = ["sent", "verdicts", "forwarded"].map(|what| {
        let path = format!("{path}.{what}");
        let stamps = Stamps::read(&path);
        let _ = std::fs::remove_file(&path);
        stamps
    });
    let sent = sent?;
    let since = |stamps: Vec<u64>| {
        let both = sent.iter().zip(stamps).filter(|(sent, stamp)| **sent > 0 && *stamp > 0);
        let mut times: Vec<u64> = both.map(|(sent, stamp)| stamp.saturating_sub(*sent)).collect();
        times.sort_unstable();
        times
    };
    Ok(Run {
        kind: setting.kind,
        costs,
        idle,
        to_verdict: since(verdicts?),
        to_forward: since(forwarded?),
        forwards: forwards.parse().map_err(|_| Error::Child)?,
        behind: behind.parse().map_err(|_| Error::Child)?,
    })
}
