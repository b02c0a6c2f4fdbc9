//! Messages before a court, in virtual time.

use std::sync::{Arc, Mutex};

use cl_types::containers::SignedBeaconBlock;
use cl_types::{Minimal, Root};
use cl_validation::chain::{Answer, Block, ChainView};
use cl_validation::state::StateView;
use cl_validation::{Ignore, Reject};
use tree_hash::TreeHash;

use super::*;
use crate::pool::testing::{SLOT, SignedChain, flipped, gossip, now};

const BLOCK: TopicKind = TopicKind::BeaconBlock;

/// A court, its chain, and the time.
struct Bench {
    chain: SignedChain,
    court: Court,
    start: Instant,
}

impl Bench {
    /// At level full, with the genesis state.
    fn new() -> Self {
        let chain = SignedChain::at(SLOT);
        let court = Court::new(config(&chain, Level::Full), Chain::Here(Box::new(chain.genesis_view())));
        Self { chain, court, start: Instant::now() }
    }

    fn now(&self, after_ms: u64) -> Now {
        now(&self.chain, self.start, after_ms)
    }

    /// A message comes; its tasks run at once.
    fn hear(&mut self, kind: TopicKind, message: &impl ssz::Encode, after_ms: u64) -> Vec<Verdict> {
        let case = gossip(&self.chain, kind, message, self.now(after_ms));
        self.judge(case, after_ms)
    }

    fn judge(&mut self, case: Case, after_ms: u64) -> Vec<Verdict> {
        let mut out = Vec::new();
        self.court.begin(case, self.now(after_ms), &mut out);
        self.settle(out, after_ms)
    }

    fn tick(&mut self, after_ms: u64) -> Vec<Verdict> {
        let mut out = Vec::new();
        self.court.tick(self.now(after_ms), &mut out);
        self.settle(out, after_ms)
    }

    /// Runs tasks until there are only verdicts.
    fn settle(&mut self, out: Vec<Out>, after_ms: u64) -> Vec<Verdict> {
        let (mut verdicts, mut left) = (Vec::new(), VecDeque::from(out));
        while let Some(out) = left.pop_front() {
            match out {
                Out::Judged(judged) => verdicts.push(judged.verdict),
                Out::Verify(number, task) => {
                    let mut more = Vec::new();
                    self.court.finish(number, Some(task.run()), self.now(after_ms), &mut more);
                    left.extend(more);
                }
            }
        }
        verdicts
    }
}

fn config(chain: &SignedChain, level: Level) -> cl_validation::Config {
    cl_validation::Config::new(&chain.network, level)
}

fn root(block: &SignedBeaconBlock<Minimal>) -> Root {
    block.message.tree_hash_root()
}

#[test]
fn a_block_extends_the_chain_and_its_votes_are_judged_by_it() {
    let mut bench = Bench::new();
    assert_eq!(bench.court.head(), Some(Slot(0)));
    let block = bench.chain.block(SLOT);
    assert_eq!(bench.hear(BLOCK, &block, 0), [Verdict::Accept]);
    assert_eq!(bench.court.head(), Some(Slot(SLOT)));
    let (subnet, mut vote) = bench.chain.vote(SLOT, root(&block), 0);
    assert_eq!(bench.hear(subnet, &vote, 1), [Verdict::Accept]);
    assert_eq!(bench.hear(subnet, &vote, 2), [Verdict::Ignore(Ignore::Seen)]);
    vote.data.source.root = Root::repeat_byte(1);
    let (_, other) = bench.chain.vote(SLOT, root(&block), 1);
    vote.attester_index = other.attester_index;
    assert_eq!(bench.hear(subnet, &vote, 3), [Verdict::Reject(Reject::Signature)]);
}

#[test]
fn what_waits_for_a_block_is_judged_when_it_comes() {
    let mut bench = Bench::new();
    let parent = bench.chain.block(SLOT - 2);
    let child = bench.chain.block(SLOT - 1);
    let grandchild = bench.chain.block(SLOT);
    let (subnet, vote) = bench.chain.vote(SLOT, root(&grandchild), 0);
    assert!(bench.hear(subnet, &vote, 0).is_empty());
    assert!(bench.hear(BLOCK, &grandchild, 1).is_empty());
    assert!(bench.hear(BLOCK, &child, 2).is_empty());
    assert_eq!(bench.court.undecided(), 3);
    assert_eq!(bench.hear(BLOCK, &parent, 500), [Verdict::Accept; 4]);
    assert_eq!((bench.court.undecided(), bench.court.head()), (0, Some(Slot(SLOT))));
}

#[test]
fn who_waits_too_long_is_ignored_for_what_was_missing() {
    let mut bench = Bench::new();
    bench.chain.block(SLOT - 1);
    let child = bench.chain.block(SLOT);
    assert!(bench.hear(BLOCK, &child, 0).is_empty());
    assert_eq!(bench.court.wake(), Some(bench.now(3000).at));
    assert!(bench.tick(2999).is_empty());
    assert_eq!(bench.tick(3000), [Verdict::Ignore(Ignore::BlockUnknown)]);
    assert_eq!((bench.court.undecided(), bench.court.wake()), (0, None));
}

#[test]
fn a_verdict_that_comes_too_late_is_none_but_a_late_block_is_a_block() {
    let mut bench = Bench::new();
    let block = bench.chain.block(SLOT);
    let (subnet, vote) = bench.chain.vote(SLOT, root(&block), 0);
    let vote = gossip(&bench.chain, subnet, &vote, bench.now(0));
    let block = gossip(&bench.chain, BLOCK, &block, bench.now(0));
    let mut out = Vec::new();
    bench.court.begin(block, bench.now(4300), &mut out);
    let Some(Out::Verify(number, task)) = out.pop() else { panic!("a block is verified") };
    bench.court.finish(number, Some(task.run()), bench.now(4301), &mut out);
    let Some(Out::Judged(judged)) = out.pop() else { panic!("a block is judged") };
    assert_eq!((judged.verdict, judged.is_sound), (Verdict::Held(Held::Late), true));
    assert!(judged.object.is_some());
    assert_eq!(bench.court.head(), Some(Slot(SLOT)));
    assert_eq!(bench.judge(vote, 4302), [Verdict::Held(Held::Late)]);
}

#[test]
fn a_failed_or_shed_task_blames_nobody_and_leaves_no_trace() {
    let mut bench = Bench::new();
    let block = bench.chain.block(SLOT);
    for why in [Held::Failed, Held::Busy] {
        let mut out = Vec::new();
        bench.court.begin(gossip(&bench.chain, BLOCK, &block, bench.now(0)), bench.now(0), &mut out);
        let Some(Out::Verify(number, _)) = out.pop() else { panic!("a block is verified") };
        match why {
            Held::Failed => bench.court.finish(number, None, bench.now(1), &mut out),
            _ => bench.court.shed(number, bench.now(1), &mut out),
        }
        assert_eq!(bench.settle(out, 1), [Verdict::Held(why)]);
    }
    assert_eq!((bench.court.head(), bench.court.open.len()), (Some(Slot(0)), 0));
    assert_eq!(bench.hear(BLOCK, &block, 2), [Verdict::Accept]);
}

#[test]
fn a_second_block_of_a_proposer_does_not_keep_us_from_the_chain() {
    let mut bench = Bench::new();
    let genesis = bench.chain.head();
    let branch = bench.chain.block_on(genesis, SLOT - 1);
    let other = {
        // The same proposer and slot with another content, signed as well.
        bench.chain = SignedChain::beginning(bench.chain.network.genesis.time);
        bench.chain.block_with(genesis, SLOT - 1, |block| block.body.graffiti = Root::repeat_byte(9))
    };
    assert_eq!(bench.hear(BLOCK, &branch, 0), [Verdict::Accept]);
    assert_eq!(bench.hear(BLOCK, &other, 1), [Verdict::Ignore(Ignore::Seen)]);
    let child = bench.chain.block(SLOT);
    assert!(bench.hear(BLOCK, &child, 2).is_empty(), "its parent is not in our chain");
    let mut case = gossip(&bench.chain, BLOCK, &other, bench.now(3));
    case.origin = Origin::Answer { peer: libp2p::PeerId::random() };
    assert_eq!(bench.judge(case, 3), [Verdict::Accept; 2]);
    assert_eq!(bench.court.head(), Some(Slot(SLOT)));
    let mut lie = bench.chain.block_on(genesis, SLOT - 2);
    lie.signature = flipped(&lie.signature);
    let mut lie = gossip(&bench.chain, BLOCK, &lie, bench.now(4));
    lie.origin = Origin::Answer { peer: libp2p::PeerId::random() };
    assert_eq!(bench.judge(lie, 4), [Verdict::Reject(Reject::BlockSignature)]);
}

#[test]
fn without_a_chain_only_what_is_proved_is_accepted() {
    let mut bench = Bench::new();
    bench.court = Court::new(config(&bench.chain, Level::Stateless), Chain::Nowhere);
    let block = bench.chain.block(SLOT);
    assert_eq!(bench.hear(BLOCK, &block, 0), [Verdict::Ignore(Ignore::NotJudged)]);
    let (subnet, vote) = bench.chain.vote(SLOT, root(&block), 0);
    assert_eq!(bench.hear(subnet, &vote, 0), [Verdict::Ignore(Ignore::NotJudged)]);
    assert_eq!(bench.hear(BLOCK, &vote, 0), [Verdict::Reject(Reject::Malformed)]);
}

#[test]
fn columns_of_long_ago_are_not_forwarded_though_they_are_proved() {
    use crate::devnet::{blobs, content};
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let chain = SignedChain::beginning(now - 60 * 100);
    let mut court = Court::new(config(&chain, Level::Stateless), Chain::Nowhere);
    let blobs = blobs::make(1).unwrap();
    let blobs: Vec<_> = blobs.iter().collect();
    for (slot, verdict) in [(98, Verdict::Accept), (60, Verdict::Held(Held::Past))] {
        let block = content::block::<Minimal>(Slot(slot), 0, Root::ZERO, 0, &blobs, Vec::new()).unwrap();
        let column = content::columns(&block, &blobs).swap_remove(7);
        let now = Now { ms: chain.network.clock().start_ms(Slot(100)), at: Instant::now() };
        let case = gossip(&chain, TopicKind::DataColumnSidecar(7), &column, now);
        let mut out = Vec::new();
        court.begin(case, now, &mut out);
        if let Some(Out::Verify(number, task)) = out.pop_if(|out| matches!(out, Out::Verify(..))) {
            court.finish(number, Some(task.run()), now, &mut out);
        }
        let Some(Out::Judged(judged)) = out.pop() else { panic!("no verdict") };
        assert_eq!(judged.verdict, verdict, "slot {slot}");
    }
}

/// Somebody else's chain, which learns blocks by itself.
struct Elsewhere(Mutex<StateView>);

impl ChainView for Elsewhere {
    fn finalized(&self) -> Answer<cl_types::containers::Checkpoint> {
        self.0.lock().unwrap().finalized()
    }

    fn block(&self, root: Root) -> Answer<Block> {
        self.0.lock().unwrap().block(root)
    }

    fn ancestor(&self, root: Root, slot: Slot) -> Answer<Root> {
        self.0.lock().unwrap().ancestor(root, slot)
    }

    fn fork_version(&self, epoch: cl_types::Epoch) -> Answer<cl_types::ForkVersion> {
        self.0.lock().unwrap().fork_version(epoch)
    }

    fn proposer(&self, parent: Root, slot: Slot) -> Answer<u64> {
        self.0.lock().unwrap().proposer(parent, slot)
    }

    fn key(&self, index: u64) -> Answer<cl_validation::crypto::PublicKey> {
        self.0.lock().unwrap().key(index)
    }
}

#[test]
fn a_chain_elsewhere_is_asked_again() {
    let mut bench = Bench::new();
    let elsewhere = Arc::new(Elsewhere(Mutex::new(bench.chain.genesis_view())));
    bench.court = Court::new(config(&bench.chain, Level::Full), Chain::Elsewhere(elsewhere.clone()));
    let parent = bench.chain.block(SLOT - 1);
    let child = bench.chain.block(SLOT);
    assert!(bench.hear(BLOCK, &child, 0).is_empty());
    assert_eq!(bench.hear(BLOCK, &parent, 10), [Verdict::Accept], "it is not ours to add it");
    assert_eq!(bench.court.wake(), Some(bench.now(100).at));
    assert!(bench.tick(100).is_empty());
    elsewhere.0.lock().unwrap().import(&any::SignedBeaconBlock::Fulu(parent), Standing::Valid);
    assert!(bench.tick(150).is_empty());
    assert_eq!(bench.tick(200), [Verdict::Accept]);
    assert_eq!(bench.court.wake(), None);
}
