//! Checks a second on one core: by single calls of the libraries, by the judge message by message, and in batches.

use std::hint::black_box;
use std::time::Instant;

use blst::min_pk::Signature;
use c_kzg::{Bytes48, Cell, ethereum_kzg_settings};
use cl_types::DecodeShared;
use cl_types::containers::fulu::DataColumnSidecar;
use cl_types::containers::{BLSSignature, SingleAttestation};
use cl_validation::batch::{Window, Windows};
use cl_validation::{Batcher, Judge, Level, Outcome, Step, Task, Ticket, Verdict};

use ssz::Encode;

use super::Error;
use super::samples::{Sample, Samples, Slot};
use crate::gossip::Family;

/// The ciphersuite of the consensus layer.
const DST: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
const SEED: [u8; 32] = [7; 32];

/// A way to check so many things.
type Contender<'a> = (&'static str, usize, Box<dyn Fn() -> Result<(), Error> + 'a>);

/// Runs contenders in turns and prints a table, each against the first. `goals`: the most of the first's time.
fn compare(rounds: u32, contenders: &[Contender<'_>], goals: &[Option<f64>]) -> Result<(), Error> {
    let mut best = vec![f64::INFINITY; contenders.len()];
    for _ in 0..rounds.max(1) {
        for ((_, things, run), best) in contenders.iter().zip(&mut best) {
            let began = Instant::now();
            run()?;
            let each = began.elapsed().as_secs_f64() / f64::from(u32::try_from(*things).unwrap_or(u32::MAX));
            *best = best.min(each);
        }
    }
    let line = best.first().copied().unwrap_or(f64::NAN);
    for (n, ((what, ..), each)) in contenders.iter().zip(&best).enumerate() {
        let ratio = each / line;
        let (goal, met) = match goals.get(n).copied().flatten() {
            Some(goal) => (format!("≤ {goal:.2}"), if ratio <= goal { "yes" } else { "NO" }),
            None => (String::new(), ""),
        };
        println!("| {what} | {:.0} | {:.1} | {ratio:.2} | {goal} | {met} |", 1.0 / each, each * 1e6);
    }
    Ok(())
}

/// Messages under a judge that has begun with them.
struct Begun<'a> {
    slot: &'a Slot,
    samples: Vec<&'a Sample>,
    tasks: Vec<Task>,
}

impl<'a> Begun<'a> {
    fn new(slot: &'a Slot, family: Family, most: usize) -> Result<Self, Error> {
        let samples: Vec<&Sample> = slot.of(family).into_iter().take(most).collect();
        let mut judge = Judge::new(slot.chain.config(Level::Full));
        let tasks = begin(&mut judge, slot, &samples)?.into_iter().map(|(_, task)| task).collect();
        Ok(Self { slot, samples, tasks })
    }

    /// One message after the other, from bytes to verdict.
    fn singly(&self) -> Result<(), Error> {
        let mut judge = Judge::new(self.slot.chain.config(Level::Full));
        let view = self.slot.chain.view();
        for sample in &self.samples {
            let verdict = judge.judge(&sample.message(), self.slot.chain.now_ms(), &view);
            if verdict != Verdict::Accept {
                return Err(Error::Verdict(sample.family.name(), verdict));
            }
        }
        Ok(())
    }

    /// What is left to the network task when all else is done elsewhere.
    fn without_tasks(&self) -> Result<(), Error> {
        let mut judge = Judge::new(self.slot.chain.config(Level::Full));
        for sample in &self.samples {
            for (ticket, _) in begin(&mut judge, self.slot, &[sample])? {
                let verdict = judge.finish(ticket, Outcome::Valid, self.slot.chain.now_ms());
                if verdict != Verdict::Accept {
                    return Err(Error::Verdict(sample.family.name(), verdict));
                }
            }
        }
        Ok(())
    }

    /// The tasks alone, so many at a time.
    fn in_batches_of(&self, size: usize) -> Result<(), Error> {
        for tasks in self.tasks.chunks(size) {
            if run_batch(tasks).iter().any(|outcome| *outcome != Outcome::Valid) {
                return Err(Error::Batch("batch"));
            }
        }
        Ok(())
    }
}

fn begin(judge: &mut Judge, slot: &Slot, samples: &[&Sample]) -> Result<Vec<(Ticket, Task)>, Error> {
    let (now, view) = (slot.chain.now_ms(), slot.chain.view());
    let begun = samples.iter().map(|sample| match judge.begin(&sample.message(), now, &view) {
        Step::Verify(ticket, task) => Ok((ticket, task)),
        Step::Done(verdict) => Err(Error::Verdict(sample.family.name(), verdict)),
        Step::Undecided(missing) => Err(Error::Verdict(sample.family.name(), missing.verdict())),
    });
    begun.collect()
}

fn run_batch(tasks: &[Task]) -> Vec<Outcome> {
    let window = Window { tasks: usize::MAX, wait_ms: 1 };
    let mut batcher = Batcher::new(Windows { blocks: window, columns: window, aggregates: window, votes: window });
    for task in tasks {
        let _ = batcher.push((), task.clone(), 0);
    }
    let mut outcomes = Vec::with_capacity(tasks.len());
    while let Some(batch) = batcher.due(1) {
        outcomes.extend(batch.run(&SEED).into_iter().map(|((), outcome)| outcome));
    }
    outcomes
}

/// The tasks of these votes, of which one in the middle has its neighbour's signature.
fn with_one_forged(slot: &Slot, samples: &[&Sample]) -> Result<Vec<Task>, Error> {
    let mut samples: Vec<Sample> = samples.iter().copied().cloned().collect();
    let middle = samples.len() / 2;
    if let [.., one, other] = samples.get_mut(..=middle).unwrap_or_default() {
        let decoded = (SingleAttestation::from_ssz(&one.ssz), SingleAttestation::from_ssz(&other.ssz));
        let (Ok(one), Ok(mut forged)) = decoded else { return Err(Error::Library("attestation")) };
        forged.signature = one.signature;
        other.ssz = forged.as_ssz_bytes().into();
    }
    let mut judge = Judge::new(slot.chain.config(Level::Full));
    let tasks = begin(&mut judge, slot, &samples.iter().collect::<Vec<_>>())?;
    Ok(tasks.into_iter().map(|(_, task)| task).collect())
}

/// One call of blst for each attestation: decode the signature, check its group, verify. What any node does that has no
/// batches.
fn blst_alone(slot: &Slot, samples: &[&Sample]) -> Result<impl Fn() -> Result<(), Error> + use<>, Error> {
    let mut calls = Vec::new();
    for sample in samples {
        let wrong = Error::Library("attestation");
        let Ok(vote) = SingleAttestation::from_ssz(&sample.ssz) else { return Err(wrong) };
        let (key, root) = slot.chain.signer_and_root(vote.attester_index, &vote.data);
        let Ok(key) = blst::min_pk::PublicKey::uncompress(key.as_bytes()) else { return Err(wrong) };
        calls.push((key, root, vote.signature));
    }
    Ok(move || {
        let verified = |signature: &BLSSignature, root: &cl_types::Root, key| {
            let signature = Signature::uncompress(signature.as_bytes())?;
            match signature.verify(true, root.as_slice(), DST, &[], key, false) {
                blst::BLST_ERROR::BLST_SUCCESS => Ok(()),
                error => Err(error),
            }
        };
        for (key, root, signature) in &calls {
            black_box(verified(signature, root, key)).map_err(|_| Error::Library("attestation"))?;
        }
        Ok(())
    })
}

/// One call of c-kzg for each column.
fn kzg_alone(samples: &[&Sample]) -> Result<impl Fn() -> Result<(), Error> + use<>, Error> {
    let wrong = || Error::Library("column");
    let mut calls = Vec::new();
    for sample in samples {
        let column = DataColumnSidecar::from_ssz(&sample.ssz).map_err(|_| wrong())?;
        let points = |bytes: &[u8]| bytes.as_chunks::<48>().0.iter().map(|point| Bytes48::new(*point)).collect();
        let cells = column.column.as_bytes().as_chunks::<{ c_kzg::BYTES_PER_CELL }>().0;
        let cells: Vec<Cell> = cells.iter().map(|cell| Cell::new(*cell)).collect();
        let commitments: Vec<Bytes48> = points(column.kzg_commitments.as_bytes());
        let proofs: Vec<Bytes48> = points(column.kzg_proofs.as_bytes());
        calls.push((commitments, vec![column.index; cells.len()], cells, proofs));
    }
    Ok(move || {
        let settings = ethereum_kzg_settings(0);
        for (commitments, indices, cells, proofs) in &calls {
            match settings.verify_cell_kzg_proof_batch(commitments, indices, cells, proofs) {
                Ok(true) => {}
                _ => return Err(wrong()),
            }
        }
        Ok(())
    })
}

/// Prints the table.
pub(super) fn run(samples: &Samples, rounds: u32) -> Result<(), Error> {
    let slot = &samples.whole;
    println!("| what | a second | µs each | of the first | goal | met |\n| --- | --- | --- | --- | --- | --- |");

    let votes = Begun::new(slot, Family::Attestations, 1024)?;
    let few: Vec<&Sample> = votes.samples.iter().take(256).copied().collect();
    let single = Begun::new(slot, Family::Attestations, 256)?;
    let forged = with_one_forged(slot, &few)?;
    let contenders: [Contender<'_>; 7] = [
        ("attestation: `blst`, one call each", 256, Box::new(blst_alone(slot, &few)?)),
        ("attestation: `judge()`, from bytes to verdict", 256, Box::new(|| single.singly())),
        ("attestation: in batches of 64", 1024, Box::new(|| votes.in_batches_of(64))),
        ("attestation: in batches of 256", 1024, Box::new(|| votes.in_batches_of(256))),
        ("attestation: in a batch of 1024", 1024, Box::new(|| votes.in_batches_of(1024))),
        (
            "attestation: in a batch of 256 with one forged",
            256,
            Box::new(|| {
                let wrong = run_batch(&forged).iter().filter(|outcome| **outcome != Outcome::Valid).count();
                if wrong == 1 { Ok(()) } else { Err(Error::Batch("one forged")) }
            }),
        ),
        ("attestation: `begin()` and `finish()` alone", 1024, Box::new(|| votes.without_tasks())),
    ];
    compare(rounds, &contenders, &[None, Some(1.2), None, Some(0.6), None, None, None])?;

    let aggregates = Begun::new(slot, Family::Aggregates, 64)?;
    let contenders: [Contender<'_>; 3] = [
        ("aggregate (three signatures, 487 voters): `judge()`", 64, Box::new(|| aggregates.singly())),
        ("aggregate: in a batch of 64", 64, Box::new(|| aggregates.in_batches_of(64))),
        ("aggregate: `begin()` and `finish()` alone", 64, Box::new(|| aggregates.without_tasks())),
    ];
    compare(rounds, &contenders, &[None, Some(0.8), None])?;

    let columns = Begun::new(slot, Family::Columns, 128)?;
    let few = Begun::new(slot, Family::Columns, 16)?;
    let contenders: [Contender<'_>; 6] = [
        ("column of 21 blobs: `c-kzg`, one call each", 16, Box::new(kzg_alone(&few.samples)?)),
        ("column: `judge()`, from bytes to verdict", 16, Box::new(|| few.singly())),
        ("column: in batches of 8", 128, Box::new(|| columns.in_batches_of(8))),
        ("column: in batches of 32", 128, Box::new(|| columns.in_batches_of(32))),
        ("column: in a batch of 128", 128, Box::new(|| columns.in_batches_of(128))),
        ("column: `begin()` and `finish()` alone", 128, Box::new(|| columns.without_tasks())),
    ];
    compare(rounds, &contenders, &[None, Some(1.2), None, None, Some(0.2), None])?;

    let block = Begun::new(slot, Family::Blocks, 1)?;
    let contenders: [Contender<'_>; 2] = [
        ("block of 129 kB: `judge()`", 1, Box::new(|| block.singly())),
        ("block: `begin()` and `finish()` alone", 1, Box::new(|| block.without_tasks())),
    ];
    compare(rounds, &contenders, &[])
}
