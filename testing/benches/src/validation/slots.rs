//! The arrivals of a slot in real time, at the moments of the load of `-- gossip`: a judge and a batcher on one thread,
//! batches on others. What is measured is the time from a message's arrival to its verdict.

use std::collections::BTreeMap;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use cl_validation::batch::Windows;
use cl_validation::{Batch, Batcher, Judge, Level, Outcome, Step, Ticket, Verdict};

use super::samples::{Sample, Samples, Slot};
use super::workers::Queue;
use super::{Error, Options};
use crate::gossip::{Family, Random, SLOT, burst};

/// A verdict must come while the message is still in the cache of gossipsub: six heartbeats of 0.7 s.
const IN_TIME: Duration = Duration::from_millis(4200);
/// Results on their way back.
const RESULTS: usize = 1024;

/// A message at its moment in the slot.
struct Arrival<'a> {
    at: Duration,
    sample: &'a Sample,
}

/// What comes back with an outcome.
struct Tag {
    ticket: Ticket,
    at: Duration,
    family: Family,
}

/// What came of a run.
struct Run {
    delays: BTreeMap<&'static str, Vec<Duration>>,
    busy: Duration,
    most_waiting: usize,
}

/// Earliest first; the same in each run.
fn arrivals<'a>(slot: &'a Slot, spread_ms: u32) -> Vec<Arrival<'a>> {
    let mut random = Random::new(7);
    let at = |sample: &'a Sample| Arrival { at: sample.family.begins() + burst(spread_ms, &mut random), sample };
    let mut arrivals: Vec<Arrival<'_>> = slot.samples.iter().map(at).collect();
    arrivals.sort_by_key(|arrival| arrival.at);
    arrivals
}

fn in_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Plays a slot with so many workers.
fn play(slot: &Slot, workers: usize, spread_ms: u32) -> Result<Run, Error> {
    let arrivals = arrivals(slot, spread_ms);
    let (queue, (send, receive)) = (Queue::<Tag>::new(), sync_channel(RESULTS));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|_| {
                let (queue, send) = (&queue, send.clone());
                scope.spawn(move || queue.work(&send))
            })
            .collect();
        drop(send);
        let played = drive(slot, &arrivals, &queue, &receive);
        queue.close();
        // Whatever is on its way back must not keep them.
        while receive.recv().is_ok() {}
        let busy = threads.into_iter().map(|thread| thread.join().unwrap_or_default()).sum();
        Ok(Run { delays: played?, busy, most_waiting: queue.most() })
    })
}

/// The thread that has the judge.
fn drive(
    slot: &Slot,
    arrivals: &[Arrival<'_>],
    queue: &Queue<Tag>,
    outcomes: &std::sync::mpsc::Receiver<Vec<(Tag, Outcome)>>,
) -> Result<BTreeMap<&'static str, Vec<Duration>>, Error> {
    let (mut judge, mut batcher) = (Judge::new(slot.chain.config(Level::Full)), Batcher::new(Windows::default()));
    let (now_ms, view) = (slot.chain.now_ms(), slot.chain.view());
    let mut delays: BTreeMap<&'static str, Vec<Duration>> = BTreeMap::new();
    let mut coming = arrivals.iter().peekable();
    let (mut under_way, began) = (0_usize, Instant::now());
    while coming.peek().is_some() || under_way > 0 {
        let now = began.elapsed();
        while let Some(arrival) = coming.next_if(|arrival| arrival.at <= now) {
            let family = arrival.sample.family;
            match judge.begin(&arrival.sample.message(), now_ms, &view) {
                Step::Verify(ticket, task) => {
                    under_way += 1;
                    let tag = Tag { ticket, at: arrival.at, family };
                    batcher.push(tag, task, in_ms(began.elapsed())).into_iter().for_each(|batch| queue.push(batch));
                }
                Step::Done(verdict) => return Err(Error::Verdict(family.name(), verdict)),
                Step::Undecided(missing) => return Err(Error::Verdict(family.name(), missing.verdict())),
            }
            // Verdicts go before more arrivals.
            while let Ok(finished) = outcomes.try_recv() {
                under_way -= finished.len();
                finish(&mut judge, now_ms, finished, began, &mut delays)?;
            }
        }
        while let Some(batch) = due(&mut batcher, began) {
            queue.push(batch);
        }
        let due = batcher.next_due().map(Duration::from_millis);
        let next = coming.peek().map(|arrival| arrival.at);
        let wake = due.into_iter().chain(next).min().unwrap_or(SLOT * 10);
        match outcomes.recv_timeout(wake.saturating_sub(began.elapsed())) {
            Ok(finished) => {
                under_way -= finished.len();
                finish(&mut judge, now_ms, finished, began, &mut delays)?;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(Error::Worker),
        }
    }
    Ok(delays)
}

fn due(batcher: &mut Batcher<Tag>, began: Instant) -> Option<Batch<Tag>> {
    batcher.due(in_ms(began.elapsed()))
}

fn finish(
    judge: &mut Judge,
    now_ms: u64,
    finished: Vec<(Tag, Outcome)>,
    began: Instant,
    delays: &mut BTreeMap<&'static str, Vec<Duration>>,
) -> Result<(), Error> {
    for (tag, outcome) in finished {
        let verdict = judge.finish(tag.ticket, outcome, now_ms);
        if verdict != Verdict::Accept {
            return Err(Error::Verdict(tag.family.name(), verdict));
        }
        delays.entry(tag.family.name()).or_default().push(began.elapsed().saturating_sub(tag.at));
    }
    Ok(())
}

/// The delay that a share of the sorted delays does not exceed, in milliseconds.
fn at_share(delays: &[Duration], percent: usize) -> f64 {
    let place = (delays.len() * percent / 100).min(delays.len().saturating_sub(1));
    delays.get(place).map_or(f64::NAN, |delay| delay.as_secs_f64() * 1000.0)
}

/// Plays slots and prints a table.
pub(super) fn run(samples: &Samples, options: &Options) -> Result<(), Error> {
    let families = [
        Family::Blocks,
        Family::Columns,
        Family::Aggregates,
        Family::Contributions,
        Family::Attestations,
        Family::Sync,
    ];
    println!(
        "| workers | votes, of mainnet's | workers busy | most waiting | p50 / p99 to verdict, ms: {} | in time |",
        families.map(|family| family.name()).join(" | ")
    );
    println!("| --- | --- | --- | --- | {}--- |", "--- | ".repeat(families.len()));
    for scale in &options.scales {
        let slot = samples.slot(*scale);
        for workers in &options.workers {
            let mut run = play(&slot, *workers, options.spread_ms)?;
            run.delays.values_mut().for_each(|delays| delays.sort_unstable());
            let cells = families.map(|family| {
                let delays = run.delays.get(family.name()).map(Vec::as_slice).unwrap_or_default();
                format!("{:.1} / {:.1}", at_share(delays, 50), at_share(delays, 99))
            });
            let in_time = run.delays.values().all(|delays| at_share(delays, 99) < IN_TIME.as_secs_f64() * 1000.0);
            let share = run.busy.as_secs_f64() / SLOT.as_secs_f64();
            let (cells, in_time) = (cells.join(" | "), if in_time { "yes" } else { "NO" });
            println!("| {workers} | {scale} | {share:.2} cores | {} | {cells} | {in_time} |", run.most_waiting);
        }
    }
    Ok(())
}
