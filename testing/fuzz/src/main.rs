//! Runs fuzz targets for a time: `cl-fuzz SECONDS [TARGET…]`. An input that finds something is printed in hex.

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cl_fuzz::{Mutator, RPC_TARGETS, TARGETS, Target, WireMutator, run};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let Some(seconds) = words.next().and_then(|word| word.parse().ok()) else {
        let names: Vec<_> = TARGETS.iter().chain(&RPC_TARGETS).map(|target| target.name).collect();
        eprintln!("cl-fuzz SECONDS [TARGET…]; targets are {names:?}");
        return ExitCode::FAILURE;
    };
    let chosen: Vec<String> = words.collect();
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs());
    let wanted = |target: &&Target| chosen.is_empty() || chosen.iter().any(|name| name == target.name);
    for target in TARGETS.iter().filter(wanted) {
        let mut mutator = Mutator::new(seed);
        if !fuzz(target, || mutator.input(), seconds, seed) {
            return ExitCode::FAILURE;
        }
    }
    for target in RPC_TARGETS.iter().filter(wanted) {
        let mut mutator = WireMutator::new(target, seed);
        if !fuzz(target, || mutator.input(), seconds, seed) {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// False if something was found.
fn fuzz(target: &Target, mut input: impl FnMut() -> Vec<u8>, seconds: u64, seed: u64) -> bool {
    let began = Instant::now();
    let mut inputs: u64 = 0;
    while began.elapsed() < Duration::from_secs(seconds) {
        for _ in 0..1000 {
            let input = input();
            if let Err(finding) = run(target, &input) {
                println!("{}: {finding}\n{}", target.name, hex::encode(input));
                return false;
            }
            inputs += 1;
        }
    }
    println!("{}: {inputs} inputs in {seconds} s, nothing found (seed {seed})", target.name);
    true
}
