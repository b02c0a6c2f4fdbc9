//! Digests: other ones, neighbours, boundaries.

use cl_types::GoodbyeReason;

use super::*;
use crate::relevance::Why;
use crate::testing::{NEXT, OURS, STRANGE, era};

fn with_digest(node: &Node, digest: cl_types::ForkDigest) -> StatusV2 {
    StatusV2 { fork_digest: digest, ..node.ours }
}

#[test]
fn another_digest_is_left_with_reason_2_and_not_redialled() {
    let mut node = Node::new();
    let peer = someone();
    node.manager.discovered(peer, vec![address(1)], node.now);
    node.actions();
    node.connect(peer, Direction::Dialer);
    let theirs = with_digest(&node, STRANGE);
    let goodbye = Action::Goodbye { peer, reason: GoodbyeReason::IRRELEVANT_NETWORK };
    assert_eq!(node.answer_status(peer, theirs), [goodbye]);
    assert_eq!(node.answer_status(peer, theirs), [], "once");
    let reason = GoneReason::Irrelevant(Why::OtherDigest { theirs: STRANGE, ours: OURS });
    assert_eq!(node.close(peer), [Action::Gone { peer, reason }]);
    assert_eq!(node.manager.penalties(&peer), [], "no crime either");
    node.manager.discovered(peer, vec![address(1)], node.now);
    assert_eq!(node.wait(3 * 3600), []);
    assert_eq!(dials(&node.wait(3601)), [peer], "after four hours");
}

#[test]
fn a_neighbouring_digest_is_kept_near_the_boundary() {
    let mut node = Node::new();
    node.plan = plan(351, Some(NEXT));
    node.tick();
    let peer = someone();
    node.connect(peer, Direction::Listener);
    let theirs = with_digest(&node, NEXT);
    assert_eq!(node.ask_status(peer, theirs), [Action::SendMetaData(peer)]);
}

#[test]
fn after_a_fork_old_statuses_stand_until_they_are_refreshed() {
    let mut node = Node::new();
    let faithful = node.ready(Direction::Dialer);
    let stubborn = node.ready(Direction::Listener);
    let silent = node.ready(Direction::Listener);
    node.wait(6);

    // Epoch 11 begins the next era: slot 352.
    node.plan = ForkPlan { active: era(NEXT, 11), ..plan(352, Some(OURS)) };
    node.ours.fork_digest = NEXT;
    assert_eq!(node.tick(), []);
    node.plan = ForkPlan { active: era(NEXT, 11), ..plan(353, None) };
    assert_eq!(node.tick(), []);
    node.plan = ForkPlan { active: era(NEXT, 11), ..plan(354, None) };
    let asked = node.tick();
    for peer in [faithful, stubborn, silent] {
        assert_eq!(count(&asked, &Action::SendStatus(peer)), 1);
    }
    assert_eq!(node.tick(), []);
    assert_eq!(node.answer_status(faithful, node.ours), []);
    let goodbye = Action::Goodbye { peer: stubborn, reason: GoodbyeReason::IRRELEVANT_NETWORK };
    let theirs = with_digest(&node, OURS);
    assert_eq!(node.answer_status(stubborn, theirs), [goodbye]);
    node.manager.request_failed(&silent, cl_types::Method::Status, cl_types::Fault::Network, false, node.now);
    let later = node.wait(20);
    assert_eq!(count(&later, &Action::SendStatus(silent)), 0, "no hurry: its old Status still stands");
    let at_leisure = node.wait(10);
    assert_eq!(count(&at_leisure, &Action::SendStatus(silent)), 1);
}
