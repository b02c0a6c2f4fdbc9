//! The pool with its threads. Nothing here depends on how fast they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use cl_types::TopicKind;
use cl_validation::crypto::{BlobProof, Cells, Kzg};
use cl_validation::{Level, Reject};
use ssz::Encode;
use tree_hash::TreeHash;

use super::court::Now;
use super::testing::{SLOT, SignedChain, flipped, gossip};
use super::*;
use crate::clock::unix_ms;
use crate::relay::Verdict;

const DEADLINE: Duration = Duration::from_secs(30);

fn now() -> Now {
    Now { ms: unix_ms(), at: Instant::now() }
}

fn case(chain: &SignedChain, kind: TopicKind, message: &impl Encode) -> Case {
    gossip(chain, kind, message, now())
}

fn full(chain: &SignedChain, limits: Limits) -> Pool {
    let config = cl_validation::Config::new(&chain.network, Level::Full);
    Pool::start(config, Chain::Here(Box::new(chain.genesis_view())), limits).unwrap()
}

async fn judged(pool: &mut Pool) -> Judged {
    tokio::time::timeout(DEADLINE, pool.judged()).await.expect("a verdict in time").expect("a judge")
}

#[tokio::test]
async fn verdicts_come_back_and_a_wrong_vote_does_not_spoil_its_batch() {
    let mut chain = SignedChain::at(SLOT);
    let mut pool = full(&chain, Limits::default());
    let block = chain.block(SLOT);
    let root = block.message.tree_hash_root();
    assert!(pool.submit(case(&chain, TopicKind::BeaconBlock, &block)).is_empty());
    let first = judged(&mut pool).await;
    assert_eq!((first.verdict, first.object.is_some()), (Verdict::Accept, true));
    let members = chain.members(SLOT);
    for member in 0..members {
        let (subnet, mut vote) = chain.vote(SLOT, root, member);
        if member == 1 {
            vote.signature = flipped(&vote.signature);
        }
        assert!(pool.submit(case(&chain, subnet, &vote)).is_empty());
    }
    let mut verdicts = Vec::new();
    for _ in 0..members {
        verdicts.push(judged(&mut pool).await.verdict);
    }
    let wrong = verdicts.iter().filter(|verdict| **verdict == Verdict::Reject(Reject::Signature)).count();
    let right = verdicts.iter().filter(|verdict| verdict.is_accept()).count();
    assert_eq!((wrong, right), (1, members - 1), "{verdicts:?}");
    pool.shutdown().await;
}

/// A check of proofs that holds until it is let go, and then fails in a way of its own.
#[derive(Debug)]
struct Stuck {
    go: std::sync::Mutex<std::sync::mpsc::Receiver<()>>,
    begun: Arc<AtomicUsize>,
    panics: bool,
}

impl Kzg for Stuck {
    fn verify_cells(&self, _: &[&Cells]) -> bool {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let _ = self.go.lock().unwrap().recv();
        assert!(!self.panics, "a defect in a worker, as this test wants it");
        true
    }

    fn verify_blob(&self, _: &BlobProof) -> bool {
        true
    }
}

/// A pool that checks nothing, what lets its next check end, and how many were begun.
fn stuck(chain: &SignedChain, panics: bool, limits: Limits) -> (Pool, SyncSender<()>, Arc<AtomicUsize>) {
    let (go, wait) = std::sync::mpsc::sync_channel(16);
    let begun = Arc::new(AtomicUsize::new(0));
    let mut config = cl_validation::Config::new(&chain.network, Level::Stateless);
    config.kzg = Arc::new(Stuck { go: std::sync::Mutex::new(wait), begun: begun.clone(), panics });
    (Pool::start(config, Chain::Nowhere, limits).unwrap(), go, begun)
}

/// Columns whose proofs nobody looks at.
fn columns(chain: &SignedChain) -> Vec<Case> {
    use crate::devnet::{blobs::Blob, content};
    let blob = Blob { commitment: [0xc0; 48], cells: vec![[0; 2048]; 128], proofs: vec![[0xc0; 48]; 128] };
    let block = content::block::<cl_types::Minimal>(Slot(SLOT), 0, cl_types::Root::ZERO, 0, &[&blob], Vec::new());
    let columns = content::columns(&block.unwrap(), &[&blob]).into_iter();
    columns.map(|column| case(chain, TopicKind::DataColumnSidecar(column.index), &column)).collect()
}

/// Waits until the pool has counted what it should.
async fn until(pool: &Pool, what: impl Fn(Numbers) -> bool) {
    let look = async {
        while !what(pool.numbers()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, look).await.expect("the pool gets there in time");
}

#[tokio::test]
async fn a_worker_that_panics_goes_on() {
    let chain = SignedChain::at(SLOT);
    let (mut pool, go, _) = stuck(&chain, true, Limits { workers: 1, ..Limits::default() });
    for round in 1..3 {
        assert!(pool.submit(columns(&chain).swap_remove(round)).is_empty());
        go.send(()).unwrap();
        let judged = judged(&mut pool).await;
        assert_eq!((judged.verdict, judged.is_sound), (Verdict::Held(Held::Failed), false));
        assert_eq!(pool.numbers().panics, round as u64);
    }
    pool.shutdown().await;
}

#[tokio::test]
async fn a_full_pool_sheds_and_says_what() {
    let chain = SignedChain::at(SLOT);
    let windows = Windows { columns: cl_validation::batch::Window { tasks: 4, wait_ms: 0 }, ..Windows::default() };
    let (mut pool, go, begun) = stuck(&chain, false, Limits { workers: 1, tasks: 2, windows, ..Limits::default() });
    let mut columns = columns(&chain).into_iter();
    // The worker holds the first.
    assert!(pool.submit(columns.next().unwrap()).is_empty());
    until(&pool, |_| begun.load(Ordering::SeqCst) == 1).await;
    for column in columns.by_ref().take(5) {
        assert!(pool.submit(column).is_empty());
    }
    until(&pool, |numbers| numbers.shed == [0, 3, 0, 0]).await;
    let mut busy = 0;
    for _ in 0..3 {
        busy += usize::from(judged(&mut pool).await.verdict == Verdict::Held(Held::Busy));
    }
    assert_eq!(busy, 3);
    for _ in 0..3 {
        go.send(()).unwrap();
    }
    for _ in 0..3 {
        assert_eq!(judged(&mut pool).await.verdict, Verdict::Accept);
    }
    pool.shutdown().await;
}

#[tokio::test]
async fn it_ends_with_work_in_every_stage() {
    let chain = SignedChain::at(SLOT);
    let (pool, go, _) = stuck(&chain, false, Limits { workers: 2, ..Limits::default() });
    let shared = Arc::downgrade(&pool.shared);
    for column in columns(&chain) {
        pool.submit(column);
    }
    // What a worker has begun it finishes.
    drop(go);
    tokio::time::timeout(DEADLINE, pool.shutdown()).await.expect("the threads end in time");
    assert_eq!(shared.strong_count(), 0, "a thread is left");
}

#[tokio::test]
async fn it_ends_while_nobody_reads_its_verdicts() {
    let chain = SignedChain::at(SLOT);
    let pool = full(&chain, Limits::default());
    let shared = Arc::downgrade(&pool.shared);
    // More verdicts than there is room for: the judge waits.
    for number in 0..(MAX_JUDGED as u64 + 10) {
        pool.submit(case(&chain, TopicKind::BeaconBlock, &number));
    }
    until(&pool, |numbers| numbers.cases < 10).await;
    tokio::time::timeout(DEADLINE, pool.shutdown()).await.expect("the threads end in time");
    assert_eq!(shared.strong_count(), 0, "a thread is left");
}

#[tokio::test]
async fn dropping_it_ends_the_threads_too() {
    let chain = SignedChain::at(SLOT);
    let pool = full(&chain, Limits::default());
    let shared = Arc::downgrade(&pool.shared);
    drop(pool);
    let gone = async {
        while shared.strong_count() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, gone).await.expect("the threads end in time");
}
