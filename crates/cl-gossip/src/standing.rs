//! Why the router treats a peer as it does.

use std::fmt;

use libp2p_identity::PeerId;

use crate::topic::Topic;

/// The scores at which the router treats a peer differently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Below, no place in a mesh.
    pub mesh: f64,
    /// Below, it is told nothing of what there is, and what it tells is ignored.
    pub gossip: f64,
    /// Below, nothing of our own goes to it.
    pub publish: f64,
    /// Below, nothing that it sends is read.
    pub graylist: f64,
}

/// What can be said of a peer on gossip. The router gives its score as one number only: the parts beside the
/// application's share, such as first deliveries, stay its own.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Standing {
    /// Who.
    pub peer: PeerId,
    /// False for a stranger, or a peer that speaks no gossipsub.
    pub is_connected: bool,
    /// The protocol version that was agreed on, such as `Gossipsub v1.2`.
    pub protocol: Option<&'static str>,
    /// The score; `None` without scoring.
    pub score: Option<f64>,
    /// The application's share of it, as last set while the peer was connected.
    pub application: f64,
    /// Connected peers that share an address with it, itself included; 0 where addresses have no IP.
    pub on_address: usize,
    /// From how many peers on one address each of them loses score; `None` if that is off.
    pub colocation_threshold: Option<u32>,
    /// What the score means.
    pub thresholds: Thresholds,
    /// The topics of this chain that it is on, sorted, and whether it is in our mesh there.
    pub topics: Vec<(Topic, bool)>,
}

impl Standing {
    /// In how many meshes of ours it is.
    #[must_use]
    pub fn meshes(&self) -> usize {
        self.topics.iter().filter(|(_, in_mesh)| *in_mesh).count()
    }

    /// What its score costs it, in words; `None` if nothing.
    #[must_use]
    pub fn restriction(&self) -> Option<&'static str> {
        let score = self.score?;
        let Thresholds { mesh, gossip, publish, graylist } = self.thresholds;
        match score {
            score if score < graylist => Some("nothing that it sends is read"),
            score if score < publish => Some("nothing of our own goes to it"),
            score if score < gossip => Some("no gossip with it"),
            score if score < mesh => Some("no place in a mesh"),
            _ => None,
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.peer)?;
        if !self.is_connected {
            return f.write_str("not connected on gossip");
        }
        write!(f, "{}", self.protocol.unwrap_or("no gossipsub"))?;
        match self.score {
            Some(score) => write!(f, ", score {score:.1} ({:+.1} by the application)", self.application)?,
            None => f.write_str(", no scores")?,
        }
        if let Some(restriction) = self.restriction() {
            write!(f, ": {restriction}")?;
        }
        write!(f, ", {} topics, in {} meshes", self.topics.len(), self.meshes())?;
        if let Some(threshold) = self.colocation_threshold.filter(|threshold| self.on_address > *threshold as usize) {
            write!(f, ", {} peers on its address, {threshold} are free", self.on_address)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use cl_types::{ForkDigest, TopicKind};

    use super::*;

    #[test]
    fn it_says_what_the_score_costs() {
        let thresholds = Thresholds { mesh: 0.0, gossip: -4000.0, publish: -8000.0, graylist: -16_000.0 };
        let topic = |subnet| Topic::new(ForkDigest([1; 4]), TopicKind::BeaconAttestation(subnet));
        let mut standing = Standing {
            peer: PeerId::random(),
            is_connected: true,
            protocol: Some("Gossipsub v1.2"),
            score: Some(12.34),
            application: -5.0,
            on_address: 1,
            colocation_threshold: Some(10),
            thresholds,
            topics: vec![(topic(1), true), (topic(2), false)],
        };
        let text = standing.to_string();
        assert!(
            text.ends_with(": Gossipsub v1.2, score 12.3 (-5.0 by the application), 2 topics, in 1 meshes"),
            "{text}"
        );
        for (score, words) in [(-0.1, "mesh"), (-4001.0, "gossip"), (-8001.0, "our own"), (-16_001.0, "read")] {
            standing.score = Some(score);
            assert!(standing.restriction().unwrap().contains(words), "{score}");
        }
        standing.on_address = 11;
        assert!(standing.to_string().ends_with("11 peers on its address, 10 are free"));
        standing.is_connected = false;
        assert!(standing.to_string().ends_with("not connected on gossip"));
    }
}
