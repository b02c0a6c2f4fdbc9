//! The chain that messages are judged against: the seam for whoever has one, and a state with the blocks that follow it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cl_types::containers::any::BeaconState;
use cl_types::{ForkName, ForkVersion, Network, Root, Slot, with_preset};
use cl_validation::state::StateView;

pub use cl_validation::chain::{Answer, ChainView};

/// A chain that somebody else keeps current. It is asked on the thread that judges, one question after the other: an answer
/// that takes long delays all verdicts.
pub type SharedView = Arc<dyn ChainView + Send + Sync>;

/// Bytes of a state up to the end of its current fork version: time, validators root, slot, previous version, this one.
const STATE_HEAD: usize = 8 + 32 + 8 + 4 + 4;

/// The chain that messages are judged against.
pub(crate) enum Chain {
    /// There is none.
    Nowhere,
    /// Somebody else's.
    Elsewhere(SharedView),
    /// Ours: a state and the blocks that were accepted since.
    Here(Box<StateView>),
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nowhere => "Nowhere",
            Self::Elsewhere(_) => "Elsewhere",
            Self::Here(_) => "Here",
        })
    }
}

impl Chain {
    pub(crate) fn view(&self) -> &dyn ChainView {
        match self {
            Self::Nowhere => &(),
            Self::Elsewhere(view) => &**view,
            Self::Here(view) => &**view,
        }
    }

    /// Root of the genesis block, of a chain of ours that has just begun there.
    pub(crate) fn genesis_root(&self) -> Option<Root> {
        let Self::Here(view) = self else { return None };
        let head = view.head().found()?;
        (view.block(head).found()?.slot == Slot(0)).then_some(head)
    }

    /// Slot of the newest block, of a chain of ours.
    pub(crate) fn head_slot(&self) -> Option<Slot> {
        let Self::Here(view) = self else { return None };
        let head = view.head().and_then(|root| view.block(root));
        head.found().map(|block| block.slot)
    }
}

/// Why a state cannot be judged from. Each message is one line that names the file, the cause and the cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainStateError {
    /// It cannot be read.
    #[error("--chain-state {}: {source}; give a readable file with the SSZ of a BeaconState", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It ends before its fork.
    #[error("--chain-state {}: only {len} bytes, which is no BeaconState; copy it again, uncompressed", path.display())]
    TooShort {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        len: usize,
    },
    /// It is of another chain.
    #[error("--chain-state {}: the state of another chain: its genesis validators root is {found}, not {expected}", path.display())]
    OtherChain {
        /// The file.
        path: PathBuf,
        /// The chain's.
        expected: Root,
        /// The state's.
        found: Root,
    },
    /// The configuration has no fork of its version.
    #[error("--chain-state {}: no fork of the chain has the version {version}; correct config.yaml or take another state", path.display())]
    UnknownFork {
        /// The file.
        path: PathBuf,
        /// The state's.
        version: ForkVersion,
    },
    /// It is not the SSZ of its fork.
    #[error("--chain-state {}: no BeaconState of {fork}: {source}; copy it again, uncompressed", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The fork that its version says.
        fork: ForkName,
        /// What does not fit.
        source: cl_types::decode::Error,
    },
}

/// Reads a state of the network and makes a view of it. Blocks the thread: a large state takes seconds.
pub(crate) fn read_state(path: &Path, network: &Network) -> Result<StateView, ChainStateError> {
    let ssz = std::fs::read(path).map_err(|source| ChainStateError::Unreadable { path: path.to_owned(), source })?;
    let head = ssz.first_chunk::<STATE_HEAD>();
    let Some([_, _, _, _, _, _, _, _, rest @ ..]) = head else {
        return Err(ChainStateError::TooShort { path: path.to_owned(), len: ssz.len() });
    };
    let (root, rest) = rest.split_at(32);
    let (found, expected) = (Root::from_slice(root), network.genesis.validators_root);
    if found != expected {
        return Err(ChainStateError::OtherChain { path: path.to_owned(), expected, found });
    }
    let version = rest.last_chunk::<4>().copied().map(ForkVersion).unwrap_or_default();
    let Some(fork) = ForkName::ALL.into_iter().rev().find(|fork| network.config.fork(*fork).version == version) else {
        return Err(ChainStateError::UnknownFork { path: path.to_owned(), version });
    };
    with_preset!(network.config.preset, P => {
        let state = BeaconState::<P>::from_ssz(fork, &ssz);
        let state = state.map_err(|source| ChainStateError::Malformed { path: path.to_owned(), fork, source })?;
        Ok(StateView::from_state(&network.config, &state))
    })
}
