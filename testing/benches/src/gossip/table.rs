//! What came out, as tables.

use super::load::{Copies, Family};
use super::meter::Mark;
use super::options::{Kind, Options, Transport};
use super::runs::{Cost, Run};

/// What a copy of ours may cost of one of the contender's: in all, and on the task of the behaviour.
const fn goals(family: Family, copies: Copies) -> (Option<f64>, Option<f64>) {
    match (family, copies) {
        (Family::Attestations, _) => (Some(1.0), None),
        (Family::Columns | Family::Blocks, Copies::Others) => (Some(0.75), Some(0.5)),
        _ => (None, None),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied().unwrap_or(f64::NAN);
    let lower = values.get(middle.saturating_sub(1)).copied().unwrap_or(upper);
    if values.len().is_multiple_of(2) { f64::midpoint(lower, upper) } else { upper }
}

fn float(n: u64) -> f64 {
    n as f64
}

/// What a copy takes of something, without what the time takes that passes meanwhile: heartbeats.
fn each(idle: &Mark, cost: &Cost, of: fn(&Mark) -> u64) -> f64 {
    let (used, idle) = (float(of(&cost.used)), float(of(idle)) * float(cost.used.at) / float(idle.at));
    (used - idle) / cost.deliveries as f64
}

/// Microseconds.
fn process(idle: &Mark, cost: &Cost) -> f64 {
    each(idle, cost, |mark| mark.process) / 1000.0
}

fn task(idle: &Mark, cost: &Cost) -> f64 {
    each(idle, cost, |mark| mark.task) / 1000.0
}

fn bytes(idle: &Mark, cost: &Cost) -> f64 {
    each(idle, cost, |mark| mark.bytes)
}

fn allocations(idle: &Mark, cost: &Cost) -> f64 {
    each(idle, cost, |mark| mark.allocations)
}

type Of = fn(&Mark, &Cost) -> f64;

/// A number from each run, in their order, by receiver.
struct Row(Vec<(Kind, Vec<f64>)>);

impl Row {
    fn new(runs: &[Run], options: &Options, of: impl Fn(&Run) -> Option<f64>) -> Self {
        let of_kind = |kind| runs.iter().filter(|run| run.kind == kind).filter_map(&of).collect();
        Self(options.receivers.iter().map(|kind| (*kind, of_kind(*kind))).collect())
    }

    /// What each run of a phase has taken.
    fn of_phase(runs: &[Run], options: &Options, n: usize, of: Of) -> Self {
        Self::new(runs, options, |run| run.costs.get(n).map(|cost| of(&run.idle, cost)))
    }

    fn of(&self, kind: Kind) -> &[f64] {
        self.0.iter().find(|(known, _)| *known == kind).map_or(&[], |(_, values)| values)
    }

    fn median(&self, kind: Kind) -> f64 {
        median(self.of(kind).to_vec())
    }

    /// The median of the pairs' ratios: what disturbs one run of a pair disturbs the other as well.
    fn ratio(&self, [ours, other]: [Kind; 2]) -> f64 {
        let pairs = self.of(ours).iter().zip(self.of(other));
        median(pairs.map(|(ours, other)| ours / other).collect())
    }

    /// Both medians, the ratio, the goal and whether it is met: four cells.
    fn judged(&self, both: [Kind; 2], goal: Option<f64>) -> String {
        let [ours, other] = both.map(|kind| number(self.median(kind)));
        let ratio = self.ratio(both);
        match goal {
            Some(goal) => {
                format!("{ours} | {other} | {ratio:.2} | ≤ {goal:.2} {}", if ratio <= goal { "yes" } else { "NO" })
            }
            None => format!("{ours} | {other} | {ratio:.2} |"),
        }
    }
}

fn pair(options: &Options) -> Option<[Kind; 2]> {
    options.receivers.first_chunk().copied()
}

fn number(value: f64) -> String {
    match value {
        value if value.is_nan() => "–".to_owned(),
        value if value < 100.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

/// Each family by itself.
pub(super) fn cost(runs: &[Run], transport: Transport, options: &Options) {
    let Some(both @ [ours, other]) = pair(options) else { return };
    let Some(first) = runs.first() else { return };
    let others = || options.receivers.iter().skip(2);
    let mut head = format!(
        "| {}, µs of CPU a copy | {} | {} | ratio | goal | task: {} | {} | ratio | goal |",
        transport.name(),
        ours.name(),
        other.name(),
        ours.name(),
        other.name()
    );
    others().for_each(|kind| head.push_str(&format!(" {} |", kind.name())));
    let is_counted = cfg!(feature = "allocations");
    if is_counted {
        head.push_str(&format!(
            " bytes allocated: {} | {} | times: {} | {} |",
            ours.name(),
            other.name(),
            ours.name(),
            other.name()
        ));
    }
    println!("{head}\n|{}", " --- |".repeat(head.matches('|').count() - 1));
    for (n, Cost { family, copies, .. }) in first.costs.iter().enumerate() {
        let Some(family) = *family else { continue };
        let (goal, goal_of_task) = goals(family, *copies);
        let what = if *copies == Copies::First { "first copy" } else { "duplicate" };
        let row = |of: Of| Row::of_phase(runs, options, n, of);
        let mut line = format!(
            "| {}, {what} | {} | {} |",
            family.name(),
            row(process).judged(both, goal),
            row(task).judged(both, goal_of_task)
        );
        others().for_each(|kind| line.push_str(&format!(" {} |", number(row(process).median(*kind)))));
        if is_counted {
            for of in [bytes as Of, allocations] {
                line.push_str(&format!(" {} | {} |", number(row(of).median(ours)), number(row(of).median(other))));
            }
        }
        println!("{line}");
    }
    println!();
    messages(runs, transport, options);
    lost(runs, options);
}

/// A message with all of its copies, as many as there are on mainnet: what a family costs in the end.
fn messages(runs: &[Run], transport: Transport, options: &Options) {
    let (Some(both @ [ours, other]), Some(first)) = (pair(options), runs.first()) else { return };
    println!(
        "| {}, µs of CPU a message with its copies | copies | {} | {} | ratio | goal | task: {} | {} | ratio |",
        transport.name(),
        ours.name(),
        other.name(),
        ours.name(),
        other.name()
    );
    println!("|{}", " --- |".repeat(9));
    for (n, pair) in first.costs.windows(2).enumerate() {
        let [Cost { family: Some(family), copies: Copies::First, .. }, Cost { copies: Copies::Others, deliveries, .. }] =
            pair
        else {
            continue;
        };
        if *deliveries == 0 {
            continue;
        }
        let copies = options.amount(*family).copies;
        let row = |of: Of| {
            Row::new(runs, options, |run| {
                let (first, others) = (run.costs.get(n)?, run.costs.get(n + 1)?);
                Some(of(&run.idle, first) + (copies - 1.0) * of(&run.idle, others))
            })
        };
        let goal = (*family == Family::Attestations).then_some(1.0);
        println!(
            "| {} | {copies} | {} | {} |",
            family.name(),
            row(process).judged(both, goal),
            row(task).judged(both, None).trim_end_matches([' ', '|'])
        );
    }
    println!();
}

/// What did not arrive, or not in time; and what is used up while nothing comes.
fn lost(runs: &[Run], options: &Options) {
    for kind in &options.receivers {
        let of_kind = || runs.iter().filter(|run| run.kind == *kind);
        let idle = of_kind().map(|run| float(run.idle.process) / float(run.idle.at) * 1000.0);
        let idle = median(idle.collect());
        let (mut missing, mut late, mut dropped, mut forwards, mut messages) = (0, 0, 0, 0, 0);
        for run in of_kind() {
            for cost in &run.costs {
                let sent = if cost.copies == Copies::Others { 0 } else { cost.messages as u64 };
                missing += sent.saturating_sub(cost.used.messages);
                messages += sent;
                late += cost.used.late;
                dropped += cost.used.dropped;
            }
            forwards += run.forwards;
        }
        if *kind != Kind::Floor {
            let each = float(forwards) / float(messages);
            println!(
                "{}: {missing} of {messages} messages missing, {late} verdicts late, {dropped} frames dropped, forwarded {each:.2} times each; idle {idle:.1} ms of CPU a second",
                kind.name()
            );
        }
    }
    println!();
}

/// Milliseconds at a quantile of sorted times.
fn quantile(times: &[u64], quantile: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let at = (times.len().saturating_sub(1) as f64 * quantile) as usize;
    times.get(at).map_or(f64::NAN, |time| float(*time) / 1e6)
}

/// Bursts of attestations, each larger than the one before.
pub(super) fn burst(runs: &[(f64, Run)], transport: Transport) {
    println!(
        "| {}, attestations of a slot, times | receiver | lost | CPU, s | to verdict, ms: p50 | p99 |",
        transport.name()
    );
    println!("|{}", " --- |".repeat(6));
    for (scale, run) in runs {
        let Some(cost) = run.costs.first() else { continue };
        println!(
            "| {scale} | {} | {} | {:.2} | {:.0} | {:.0} |",
            run.kind.name(),
            run.lost(),
            float(cost.used.process) / 1e9,
            quantile(&run.to_verdict, 0.5),
            quantile(&run.to_verdict, 0.99)
        );
    }
    println!();
}

/// Whole slots.
pub(super) fn slots(runs: &[Run], transport: Transport, options: &Options) {
    println!(
        "| {}, {} slots at {} | CPU, s a slot | of the task | µs a copy | copies/s/core | to verdict, ms: p50 | p99 | to forward: p50 | p99 | missing | late | dropped | forwards a message | peak, MiB | publishers behind, ms |",
        transport.name(),
        options.slots,
        options.scale
    );
    println!("|{}", " --- |".repeat(15));
    for kind in options.receivers.iter().take(2) {
        let runs: Vec<&Run> = runs.iter().filter(|run| run.kind == *kind).collect();
        let of = |value: &dyn Fn(&Run, &Mark, &Cost) -> f64| {
            median(runs.iter().filter_map(|run| run.costs.first().map(|cost| value(run, &cost.used, cost))).collect())
        };
        let slots = f64::from(options.slots);
        let line = [
            of(&|_, used, _| float(used.process) / 1e9 / slots),
            of(&|_, used, _| float(used.task) / 1e9 / slots),
            of(&|_, used, cost| float(used.process) / 1000.0 / cost.deliveries as f64),
            of(&|_, used, cost| cost.deliveries as f64 / (float(used.process) / 1e9)),
            of(&|run, _, _| quantile(&run.to_verdict, 0.5)),
            of(&|run, _, _| quantile(&run.to_verdict, 0.99)),
            of(&|run, _, _| quantile(&run.to_forward, 0.5)),
            of(&|run, _, _| quantile(&run.to_forward, 0.99)),
            of(&|_, used, cost| (cost.messages as f64 - float(used.messages)).max(0.0)),
            of(&|_, used, _| float(used.late)),
            of(&|_, used, _| float(used.dropped)),
            of(&|run, _, cost| float(run.forwards) / cost.messages as f64),
            of(&|_, used, _| float(used.peak) / 1024.0),
            of(&|run, _, _| float(run.behind) / 1000.0),
        ];
        let line: Vec<String> =
            line.iter().map(|value| if *value < 10.0 { format!("{value:.2}") } else { number(*value) }).collect();
        println!("| {} | {} |", kind.name(), line.join(" | "));
    }
    println!();
}
