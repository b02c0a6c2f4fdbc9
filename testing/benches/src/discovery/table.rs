//! Medians, as a table.

use super::{Mark, Outcome, PATIENCE};

type Run = (Outcome, Outcome, u64);

pub(super) fn print(size: usize, runs: &[Run]) {
    println!("{size} nodes, {} seeds, medians", runs.len());
    println!("| until | baseline, s | ours, s | less | goal | baseline, packets | ours, packets | fewer | goal |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    line("50 compatible peers are known", runs, |run| run.0.fifty, |run| run.1.fifty, false);
    line("all is covered", runs, |run| run.0.covered, |run| run.1.covered, true);
    if runs.iter().all(|run| run.0.overheard.is_some()) {
        let overheard = |run: &Run| run.0.overheard.unwrap_or_default();
        line("the same, if the baseline listens to what it overhears", runs, overheard, |run| run.1.covered, false);
    }
    let cut = runs.iter().filter(|run| run.0.left > 0).count();
    if cut > 0 {
        let left = median(runs.iter().map(|run| run.0.left as f64));
        println!();
        println!(
            "In {cut} of {} runs the baseline had not covered everything after {PATIENCE:?}, when it was stopped ({left:.0} of 192 were \
             left): its figures for that are lower bounds.",
            runs.len()
        );
    }
    println!();
    let queries = |pick: fn(&Run) -> usize| median(runs.iter().map(|run| pick(run) as f64));
    println!(
        "{:.0} lookups of the baseline, {:.0} questions of ours; {:.0} packets in 10 s once all wants are met",
        queries(|run| run.0.queries),
        queries(|run| run.1.queries),
        median(runs.iter().map(|run| run.2 as f64)),
    );
}

fn line(what: &str, runs: &[Run], theirs: impl Fn(&Run) -> Mark, ours: impl Fn(&Run) -> Mark, has_goal: bool) {
    let times = |mark: &dyn Fn(&Run) -> Mark| median(runs.iter().map(|run| mark(run).time.as_secs_f64()));
    let packets = |mark: &dyn Fn(&Run) -> Mark| median(runs.iter().map(|run| mark(run).packets as f64));
    let (their_time, our_time, theirs, ours) = (times(&theirs), times(&ours), packets(&theirs), packets(&ours));
    let goal = |goal: f64, ratio: f64| {
        if has_goal { format!("≥ {goal:.0} x: {}", if ratio >= goal { "yes" } else { "NO" }) } else { String::new() }
    };
    let (less, fewer) = (their_time / our_time, theirs / ours);
    println!(
        "| {what} | {their_time:.2} | {our_time:.2} | {less:.1} x | {} | {theirs:.0} | {ours:.0} | {fewer:.1} x | {} |",
        goal(3.0, less),
        goal(5.0, fewer)
    );
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
