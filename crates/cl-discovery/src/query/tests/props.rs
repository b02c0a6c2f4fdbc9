use std::collections::BTreeMap;
use std::time::Duration;

use cl_types::{PresetId, Slot};
use proptest::collection::vec;
use proptest::prelude::*;

use super::model::{POOL, Run, World};
use crate::query::{Notice, QueryConfig, QueryManager};
use crate::want::{Want, WantId};

fn want() -> impl Strategy<Value = Want> {
    let number = 1_usize..5;
    prop_oneof![
        (0..64_u64, number.clone()).prop_map(|(id, min_peers)| Want::AttestationSubnet {
            id,
            min_peers,
            until_slot: None
        }),
        (0..128_u64, number.clone()).prop_map(|(id, min_peers)| Want::Column { id, min_peers, until_slot: None }),
        (0..128_u64, number).prop_map(|(id, min_peers)| Want::CustodyGroup { id, min_peers, until_slot: None }),
        (1_usize..80).prop_map(Want::Peers),
        Just(Want::SyncSubnet { id: 0, min_peers: 1, until_slot: None }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is wanted, of a network of any size with losses and dead nodes: what can be met is met, whatever else cannot be, with no more
    /// on its way and no more remembered than allowed; and the report is what counting says.
    #[test]
    fn no_want_starves_and_bounds_hold(
        wants in vec(want(), 1..20),
        size in 2_u32..=POOL,
        loss in (0_u64..40, 0_u64..60),
        parallel in 1_usize..9,
        max_asked in 24_usize..200,
        seed: u64,
    ) {
        let config = QueryConfig {
            parallel, max_asked, spacing: Duration::ZERO, busy_max: Duration::from_secs(10), ..QueryConfig::public()
        };
        let mut run = Run::new(World::new(size, loss, seed), config);
        let now = run.now;
        let wants: Vec<(WantId, Want)> =
            wants.into_iter().map(|want| (run.manager.declare(want.clone(), now).unwrap(), want)).collect();
        // A satisfiable part of each want counts: three of five that exist.
        let target: Vec<usize> = wants.iter().map(|(_, want)| run.world.exist(want).min(number(want))).collect();
        run.run(Duration::from_secs(3600), |run| {
            assert!(run.manager.remembered() <= max_asked);
            wants.iter().zip(&target).all(|((_, want), target)| run.known(want) >= *target)
        });
        for ((id, want), target) in wants.iter().zip(&target) {
            let known = run.known(want);
            prop_assert!(known >= *target, "{want}: {known} of {target} known after {} questions", run.questions);
            let report = run.manager.report(&run.cache);
            let is_met = known >= number(want);
            prop_assert_eq!(report.met.contains(id), is_met);
            let missing = (*id, number(want).saturating_sub(known));
            prop_assert_eq!(report.starving.contains(&missing), !is_met);
        }
        prop_assert!(run.most_running <= parallel);
    }

    /// A want is in force up to its last slot and not in the next, whatever slots are skipped; cancelled ones never come back.
    #[test]
    fn expiry_is_exact(
        untils in vec(proptest::option::of(0_u64..60), 1..20),
        steps in vec(0_u64..9, 1..20),
        cancelled in vec(any::<bool>(), 20),
    ) {
        let now = std::time::Instant::now();
        let mut manager = QueryManager::new(QueryConfig::public(), PresetId::Minimal, 1, now);
        let mut model: BTreeMap<WantId, Option<u64>> = BTreeMap::new();
        for (number, until) in untils.into_iter().enumerate() {
            let id = u64::try_from(number).unwrap();
            let want = Want::AttestationSubnet { id, min_peers: 1, until_slot: until.map(Slot) };
            model.insert(manager.declare(want, now).unwrap(), until);
        }
        for (id, _) in model.clone().into_iter().zip(&cancelled).filter(|(_, cancel)| **cancel).map(|(entry, _)| entry) {
            prop_assert!(manager.cancel(id));
            model.remove(&id);
        }
        let mut slot = 0;
        for step in steps {
            slot += step;
            manager.set_slot(Slot(slot));
            let over: Vec<WantId> =
                model.iter().filter(|(_, until)| until.is_some_and(|until| until < slot)).map(|(id, _)| *id).collect();
            let mut expired = Vec::new();
            while let Some(notice) = manager.next_notice() {
                let Notice::Expired(id) = notice else { panic!("{notice:?}") };
                expired.push(id);
            }
            prop_assert_eq!(&expired, &over);
            for id in &over {
                model.remove(id);
            }
            prop_assert!(manager.wants().map(|(id, _)| id).eq(model.keys().copied()));
        }
    }
}

/// All subnets and columns at once cost hardly more questions than the ones that are hardest to meet.
#[test]
fn merged_wants_cost_one_sweep() {
    let subnets = (0..64).map(|id| Want::AttestationSubnet { id, min_peers: 2, until_slot: None });
    let columns = (0..128).map(|id| Want::Column { id, min_peers: 2, until_slot: None });
    let all: Vec<Want> = subnets.chain(columns).collect();
    let config = QueryConfig { spacing: Duration::ZERO, ..QueryConfig::public() };
    let questions = |wants: &[Want]| {
        let mut run = Run::new(World::new(POOL, (0, 0), 3), config);
        let target: Vec<usize> = wants.iter().map(|want| run.world.exist(want).min(number(want))).collect();
        for want in wants {
            run.manager.declare(want.clone(), run.now).unwrap();
        }
        run.run(Duration::from_secs(600), |run| {
            wants.iter().zip(&target).all(|(want, target)| run.known(want) >= *target)
        });
        assert!(wants.iter().zip(&target).all(|(want, target)| run.known(want) >= *target));
        run.questions
    };
    let merged = questions(&all);
    let apart: usize = all.chunks(1).map(questions).sum();
    println!("{merged} questions together, {apart} one by one");
    assert!(merged * 5 <= apart, "{merged} questions together, {apart} one by one");
}

fn number(want: &Want) -> usize {
    match want {
        Want::Peers(count) => *count,
        Want::AttestationSubnet { min_peers, .. }
        | Want::SyncSubnet { min_peers, .. }
        | Want::Column { min_peers, .. }
        | Want::CustodyGroup { min_peers, .. } => *min_peers,
        Want::Nodes(ids) => ids.len(),
    }
}
