//! The order in which the messages of a batch are queued.

use std::cmp::Reverse;

/// Orders messages so that a first copy of each leaves early. `holders` are the peers that get each message, as numbers
/// below `peers`; what comes back are indices into `holders`.
///
/// Every peer has a queue of its own and all queues drain side by side, so the place of a message's first copy is its best
/// place in any queue. Messages that only busy peers get, those with long queues, have the worst best places: they
/// come first. The others leave through the short queues meanwhile. Equal ones alternate between their peers.
pub(crate) fn rarest_first(holders: &[Vec<usize>], peers: usize) -> Vec<usize> {
    let mut load = vec![0_usize; peers];
    for peer in holders.iter().flatten() {
        if let Some(load) = load.get_mut(*peer) {
            *load += 1;
        }
    }
    let mut taken = vec![0_usize; peers];
    let mut keyed: Vec<_> = holders
        .iter()
        .enumerate()
        .map(|(index, holders)| {
            let best = holders.iter().filter_map(|peer| Some((*load.get(*peer)?, *peer))).min();
            let (shortest, turn) = best.map_or((0, 0), |(shortest, peer)| {
                let turn = taken.get_mut(peer).map_or(0, |turn| {
                    *turn += 1;
                    *turn
                });
                (shortest, turn)
            });
            (Reverse(shortest), holders.len(), turn, index)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, _, _, index)| index).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The place of the last first copy: how many messages a peer must have received until all have left.
    fn all_out(holders: &[Vec<usize>], peers: usize, order: &[usize]) -> usize {
        let mut queued = vec![0; peers];
        let mut last = 0;
        for index in order {
            for peer in &holders[*index] {
                queued[*peer] += 1;
            }
            last = last.max(holders[*index].iter().map(|peer| queued[*peer]).min().unwrap_or(0));
        }
        last
    }

    #[test]
    fn what_only_the_busy_one_has_goes_first() {
        // Peer 0 is on everything, peer 1 on the first half.
        let holders: Vec<Vec<usize>> = (0..128).map(|i| if i < 64 { vec![0, 1] } else { vec![0] }).collect();
        let order = rarest_first(&holders, 2);
        assert!(order[..64].iter().all(|index| *index >= 64));
        let as_given: Vec<usize> = (0..128).collect();
        assert_eq!(all_out(&holders, 2, &as_given), 128);
        assert_eq!(all_out(&holders, 2, &order), 64);
    }

    #[test]
    fn equals_alternate_between_their_peers() {
        let holders = [vec![0], vec![0], vec![1], vec![1]];
        assert_eq!(rarest_first(&holders, 2), [0, 2, 1, 3]);
        assert_eq!(rarest_first(&[], 0), [] as [usize; 0]);
        assert_eq!(rarest_first(&[vec![], vec![0]], 1), [1, 0]);
    }

    #[test]
    fn a_network_of_a_few_large_and_many_small_nodes_gets_all_columns_early() {
        // Four on all columns, forty on eight each, those bunched so that half of the columns have no small holder.
        let holders: Vec<Vec<usize>> = (0..128_usize)
            .map(|column| {
                let small = (0..40).filter(|n| (0..8).any(|k| (n * 13 + k * 5) % 64 == column)).map(|n| n + 4);
                (0..4).chain(small).collect()
            })
            .collect();
        let as_given: Vec<usize> = (0..128).collect();
        assert_eq!(all_out(&holders, 44, &as_given), 128);
        assert_eq!(all_out(&holders, 44, &rarest_first(&holders, 44)), 64);
    }

    proptest! {
        #[test]
        fn every_message_goes_out_once(
            holders in prop::collection::vec(prop::collection::vec(0..6_usize, 0..6), 0..40),
        ) {
            let mut order = rarest_first(&holders, 6);
            order.sort_unstable();
            prop_assert!(order.into_iter().eq(0..holders.len()));
        }
    }
}
