//! A process that saves without pause is killed at random moments: whatever it leaves is whole, and nothing goes back.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cl_enr::{Addresses, Advertised, Fork, Local, Passed, Store, file};
use cl_types::EnrForkId;
use cl_types::containers::{Attnets, Syncnets};
use tempfile::tempdir;

/// Where the writer keeps its files.
const DIR: &str = "CL_ENR_KILLED_DIR";
const KILLS: u32 = 100;
/// A cache as large as one of a few hundred records.
const CACHE_WORDS: usize = 16 << 10;
/// Ends a writer whose killer is gone.
const MAX_ROUNDS: u64 = 100_000;

fn local(store: &Store) -> Local {
    let saved = store.load().unwrap();
    let count = saved.as_ref().map_or(4, |saved| 4 + (saved.metadata.custody_group_count + 1) % 100);
    let id = EnrForkId {
        fork_digest: "29414044".parse().unwrap(),
        next_fork_version: "06000001".parse().unwrap(),
        next_fork_epoch: 6.into(),
    };
    let fork = Fork { id, next_digest: "e395a8ee".parse().unwrap(), has_fulu: true, passed: Passed::default() };
    // A clock that stands still: what was saved alone makes the counter rise.
    Local::new(store.key().unwrap(), Addresses::default(), fork, advertised(count), saved.as_ref(), 1).unwrap()
}

fn advertised(custody_group_count: u64) -> Advertised {
    Advertised { attnets: Attnets::new(), syncnets: Syncnets::new(), custody_group_count }
}

fn cache_path(dir: &Path) -> PathBuf {
    dir.join("cache")
}

/// The same number over and over: half of one file and half of another show.
fn decode_cache(bytes: &[u8]) -> Result<u64, std::fmt::Error> {
    let words: Vec<u64> =
        bytes.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap_or([0xff; 8]))).collect();
    let whole = words.len() == CACHE_WORDS && words.iter().all(|word| *word == words[0]);
    if whole { Ok(words[0]) } else { Err(std::fmt::Error) }
}

/// Run by the test below, in a process of its own. Says each counter after it was saved.
#[test]
#[ignore = "does nothing by itself"]
fn the_writer() {
    let Some(dir) = std::env::var_os(DIR).map(PathBuf::from) else { return };
    let store = Store::open(&dir).unwrap();
    let mut local = local(&store);
    let cache = file::load(&cache_path(&dir), u64::MAX, decode_cache).unwrap().unwrap_or_default();
    for round in 1..MAX_ROUNDS {
        store.save(&local.to_save()).unwrap();
        let cache = cache + round;
        file::save(&cache_path(&dir), &cache.to_le_bytes().repeat(CACHE_WORDS)).unwrap();
        eprintln!("{} {} {} {cache}", local.key().peer_id(), local.record().seq(), local.metadata().seq_number);
        let count = local.metadata().custody_group_count;
        let _ = local.set_advertised(advertised(4 + (count + 1) % 100)).unwrap();
    }
}

fn writer(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "killed::the_writer", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Of one kind: key, counter of the record, of MetaData, of the cache.
type Said = (String, u64, u64, u64);

fn said(line: &str) -> Option<Said> {
    let mut words = line.split(' ');
    let peer = words.next()?.to_owned();
    let mut number = || words.next()?.parse().ok();
    Some((peer, number()?, number()?, number()?))
}

#[test]
// The moment of the kill is what is tested, and no event marks it.
#[allow(clippy::disallowed_methods)]
fn killed_a_hundred_times_nothing_goes_back() {
    let dir = tempdir().unwrap();
    let mut last: Option<Said> = None;
    let mut moment = 0x2545_f491_u64;
    let mut progressed = 0;
    for round in 0..KILLS {
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut child = writer(dir.path());
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut heard = String::new();
        if round % 4 == 0 {
            // At whatever its start is doing.
            std::thread::sleep(Duration::from_micros(moment >> 50));
        } else {
            // After some rounds, and a part of one.
            for _ in 0..(moment >> 33) % 5 + 1 {
                lines.read_line(&mut heard).unwrap();
            }
            std::thread::sleep(Duration::from_micros((moment >> 40) % 3_000));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        lines.read_to_string(&mut heard).unwrap();

        let all: Vec<Said> =
            heard.split_inclusive('\n').filter(|l| l.ends_with('\n')).filter_map(|l| said(l.trim_end())).collect();
        progressed += u32::from(!all.is_empty());
        for now in all {
            if let Some(before) = &last {
                assert_eq!(now.0, before.0, "round {round}: another key");
                assert!(now.1 > before.1, "round {round}: record {} after {}", now.1, before.1);
                assert!(now.2 >= before.2, "round {round}: MetaData {} after {}", now.2, before.2);
                assert!(now.3 > before.3, "round {round}: cache {} after {}", now.3, before.3);
            }
            last = Some(now);
        }
        let Some((peer, record, metadata, cache)) = &last else { continue };
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(store.key().unwrap().peer_id().to_string(), *peer);
        let saved = store.load().unwrap().unwrap();
        assert!(saved.record_seq >= *record && saved.record.seq() == saved.record_seq, "round {round}");
        assert!(saved.metadata.seq_number >= *metadata, "round {round}");
        let left = file::load(&cache_path(dir.path()), u64::MAX, decode_cache).unwrap();
        assert!(left.is_some_and(|left| left >= *cache), "round {round}: {left:?}");
    }
    assert!(progressed > KILLS / 2, "only {progressed} of {KILLS} saved anything");
}
