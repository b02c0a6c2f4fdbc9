//! Runs fuzz targets for a time: `cl-fuzz SECONDS [TARGET…]`. An input that finds something is printed in hex.

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cl_fuzz::{Mutator, TARGETS, run};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let Some(seconds) = words.next().and_then(|word| word.parse().ok()) else {
        eprintln!("cl-fuzz SECONDS [TARGET…]; targets are {:?}", TARGETS.map(|target| target.name));
        return ExitCode::FAILURE;
    };
    let chosen: Vec<String> = words.collect();
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs());
    for target in TARGETS {
        if !chosen.is_empty() && !chosen.iter().any(|name| name == target.name) {
            continue;
        }
        let mut mutator = Mutator::new(seed);
        let began = Instant::now();
        let mut inputs: u64 = 0;
        while began.elapsed() < Duration::from_secs(seconds) {
            for _ in 0..1000 {
                let input = mutator.input();
                if let Err(finding) = run(&target, &input) {
                    println!("{}: {finding}\n{}", target.name, hex::encode(input));
                    return ExitCode::FAILURE;
                }
                inputs += 1;
            }
        }
        println!("{}: {inputs} inputs in {seconds} s, nothing found (seed {seed})", target.name);
    }
    ExitCode::SUCCESS
}
