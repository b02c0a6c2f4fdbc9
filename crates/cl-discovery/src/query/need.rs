//! What is missing, and how much of it the ids with each prefix may have.

use std::collections::BTreeMap;

use cl_enr::NodeId;

use crate::cache::Cache;
use crate::rotation::{PREFIXES, Rotation};
use crate::want::{Want, WantId};

/// A want that lacks more than this weighs no more.
const MAX_MISSING: u32 = 4;
/// What a want without a place in the space of ids weighs everywhere. Two subnets of a prefix weigh 256 each for each node
/// that is missing.
const ANYWHERE: f32 = 64.0;

/// Wants that known records do not meet, merged.
#[derive(Debug)]
pub(super) struct Need {
    /// By prefix: how much is to be gained there.
    pub(super) weight: [f32; PREFIXES],
    /// Wants that lack something.
    pub(super) starving: Vec<WantId>,
    /// Nodes whose records are unknown.
    pub(super) ids: Vec<NodeId>,
    /// Whether anything but nodes by id is missing.
    pub(super) is_any: bool,
}

impl Need {
    pub(super) fn of(wants: &BTreeMap<WantId, Want>, cache: &Cache, rotation: &Rotation) -> Self {
        let mut need = Self { weight: [0.0; PREFIXES], starving: Vec::new(), ids: Vec::new(), is_any: false };
        let mut missing_on = [0_u32; 64];
        let mut is_anywhere = false;
        for (id, want) in wants {
            let missing = match (want, cache.coverage().missing(want)) {
                (Want::Nodes(ids), _) => {
                    let before = need.ids.len();
                    need.ids.extend(ids.iter().filter(|id| cache.verdict(id).is_none()));
                    if need.ids.len() > before {
                        need.starving.push(*id);
                    }
                    continue;
                }
                (_, missing) => missing.unwrap_or_default(),
            };
            if missing == 0 {
                continue;
            }
            need.starving.push(*id);
            need.is_any = true;
            match want {
                Want::AttestationSubnet { id, .. } => {
                    let missing = u32::try_from(missing).unwrap_or(u32::MAX).min(MAX_MISSING);
                    if let Some(known) = usize::try_from(*id).ok().and_then(|id| missing_on.get_mut(id)) {
                        *known = missing.max(*known);
                    }
                }
                _ => is_anywhere = true,
            }
        }
        for (subnet, missing) in (0_u64..).zip(missing_on).filter(|(_, missing)| *missing > 0) {
            for (prefix, share) in rotation.prefixes(subnet) {
                if let Some(weight) = need.weight.get_mut(prefix) {
                    // Both are small.
                    *weight += f32::from(u16::try_from(share).unwrap_or_default())
                        * f32::from(u16::try_from(missing).unwrap_or_default());
                }
            }
        }
        // Nodes also serve subnets that are not those of their ids: nothing is without hope.
        if is_anywhere || need.is_any {
            let floor = if is_anywhere { ANYWHERE } else { 1.0 };
            need.weight.iter_mut().for_each(|weight| *weight += floor);
        }
        need
    }
}
