//! Time of short turns, of which only the undisturbed ones count.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Turns that each contender gets. All take turns one after the other.
const TURNS: usize = 200;
/// How long a turn is, as long as it holds one run.
const TURN: Duration = Duration::from_micros(500);
/// The turn that counts, from the fastest on: slower ones were disturbed by other work on the machine.
const COUNTS: usize = TURNS / 10;

/// Places on the stack over which turns are spread, and the bytes between two: together a page. Where a value of some
/// nanoseconds is written, next to what is read for it, is luck, and may cost as much again.
const PLACES: usize = 32;
const STEP: usize = 128;

/// Runs so many steps further down the stack.
#[inline(never)]
fn further_down(steps: usize, run: &mut dyn FnMut()) {
    let room = black_box([0_u8; STEP]);
    match steps.checked_sub(1) {
        Some(fewer) => further_down(fewer, run),
        None => run(),
    }
    black_box(&room);
}

/// Nanoseconds for one run of each contender.
pub(crate) fn compare<const N: usize>(contenders: [&dyn Fn(); N]) -> [f64; N] {
    let runs = contenders.map(|run| {
        let began = Instant::now();
        let mut runs: u32 = 0;
        while began.elapsed() < 4 * TURN {
            run();
            runs += 1;
        }
        (runs / 4).max(1)
    });
    let mut turns: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(TURNS));
    for turn in 0..TURNS {
        for ((run, runs), turns) in contenders.iter().zip(runs).zip(&mut turns) {
            further_down(turn % PLACES, &mut || {
                let began = Instant::now();
                for _ in 0..runs {
                    black_box(run)();
                }
                turns.push(began.elapsed().as_secs_f64() * 1e9 / f64::from(runs));
            });
        }
    }
    turns.map(|mut turns| {
        turns.sort_unstable_by(f64::total_cmp);
        turns.get(COUNTS).copied().unwrap_or(f64::NAN)
    })
}
