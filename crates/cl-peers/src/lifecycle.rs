//! The life of a peer as a state machine: its states, its legal steps, and the last steps with their reasons.

use std::collections::VecDeque;
use std::fmt;
use std::time::Instant;

use crate::action::GoneReason;
use crate::dialer::DialWhy;

/// Steps remembered per peer.
pub const MAX_STEPS: usize = 12;

/// Where a peer stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum State {
    /// Heard of; may be dialled if it has addresses.
    #[default]
    Known,
    /// Being dialled.
    Dialing,
    /// Connected; nobody has said anything yet.
    Connected,
    /// Connected; Status and MetaData are under way.
    Handshaking,
    /// Connected, on our chain.
    Ready,
    /// Still connected, but one side said goodbye or is about to.
    Leaving,
    /// Not connected, and not to be dialled before some time has passed.
    Cooling,
    /// Not connected and refused for now.
    Banned,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Known,
        Self::Dialing,
        Self::Connected,
        Self::Handshaking,
        Self::Ready,
        Self::Leaving,
        Self::Cooling,
        Self::Banned,
    ];

    /// The states that can follow this one: every step that a peer ever takes is in here. A connection that breaks leads to
    /// `Cooling`; to `Known` where no wait is configured; to `Dialing` where a dial of ours is still under way; to `Banned` if
    /// the peer was banned meanwhile. A banned peer can connect, to be told that it is banned.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        use State::{Banned, Connected, Cooling, Dialing, Handshaking, Known, Leaving, Ready};
        match self {
            Known => &[Dialing, Connected, Cooling, Banned],
            Dialing => &[Known, Connected, Cooling, Banned],
            Connected => &[Handshaking, Leaving, Known, Dialing, Cooling, Banned],
            Handshaking => &[Ready, Leaving, Known, Dialing, Cooling, Banned],
            Ready => &[Leaving, Known, Dialing, Cooling, Banned],
            Leaving => &[Known, Dialing, Cooling, Banned],
            Cooling => &[Known, Connected, Banned],
            Banned => &[Known, Connected, Cooling],
        }
    }

    /// Whether a step is legal.
    #[must_use]
    pub fn can_become(self, to: Self) -> bool {
        self.next().contains(&to)
    }

    /// Whether there is a connection.
    #[must_use]
    pub const fn is_connected(self) -> bool {
        matches!(self, Self::Connected | Self::Handshaking | Self::Ready | Self::Leaving)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known => "known",
            Self::Dialing => "dialing",
            Self::Connected => "connected",
            Self::Handshaking => "handshaking",
            Self::Ready => "ready",
            Self::Leaving => "leaving",
            Self::Cooling => "cooling",
            Self::Banned => "banned",
        })
    }
}

/// Why a peer took a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// We heard of it, or its addresses changed.
    Discovered,
    /// The operator said so.
    Operator,
    /// It was in the saved table.
    Restored,
    /// We chose to dial it.
    Chosen(DialWhy),
    /// The dial failed.
    DialFailed,
    /// Nothing was heard of the dial.
    DialTimedOut,
    /// Our dial succeeded.
    WeConnected,
    /// It dialled us, when so many peers were connected.
    TheyConnected {
        /// Peers connected then.
        peers: usize,
    },
    /// Status was asked for or came.
    Greeting,
    /// Its chain is ours and its MetaData is known.
    Complete,
    /// The session is over, connections are about to close.
    Parting(GoneReason),
    /// The last connection closed.
    Gone(GoneReason),
    /// It waited long enough.
    WaitOver,
    /// The ban is over.
    BanOver,
    /// It was banned.
    Banned(BanWhy),
}

/// Why a peer is banned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum BanWhy {
    /// Its score.
    Score,
    /// The operator.
    Operator,
}

impl fmt::Display for BanWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Score => "its score",
            Self::Operator => "the operator",
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Discovered => f.write_str("discovered"),
            Self::Operator => f.write_str("by the operator"),
            Self::Restored => f.write_str("restored from the saved table"),
            Self::Chosen(why) => write!(f, "chosen: {why}"),
            Self::DialFailed => f.write_str("the dial failed"),
            Self::DialTimedOut => f.write_str("the dial took too long"),
            Self::WeConnected => f.write_str("our dial succeeded"),
            Self::TheyConnected { peers } => write!(f, "it dialled us, {peers} peers were connected"),
            Self::Greeting => f.write_str("status exchange began"),
            Self::Complete => f.write_str("handshake complete"),
            Self::Parting(reason) => reason.fmt(f),
            Self::Gone(reason) => write!(f, "closed: {reason}"),
            Self::WaitOver => f.write_str("the wait is over"),
            Self::BanOver => f.write_str("the ban is over"),
            Self::Banned(why) => write!(f, "banned: {why}"),
        }
    }
}

/// One step of a peer's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Instant,
    /// From where.
    pub from: State,
    /// To where.
    pub to: State,
    /// Why.
    pub why: Cause,
}

/// A peer's state and the steps that led to it.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    state: State,
    since: Instant,
    origin: Cause,
    steps: VecDeque<Step>,
    illegal: u32,
}

impl Life {
    /// A peer that we just heard of.
    pub(crate) const fn new(origin: Cause, now: Instant) -> Self {
        Self { state: State::Known, since: now, origin, steps: VecDeque::new(), illegal: 0 }
    }

    pub(crate) const fn state(&self) -> State {
        self.state
    }

    pub(crate) const fn since(&self) -> Instant {
        self.since
    }

    /// How it became known.
    pub(crate) const fn origin(&self) -> Cause {
        self.origin
    }

    /// The last steps, oldest first.
    pub(crate) fn steps(&self) -> impl ExactSizeIterator<Item = &Step> + DoubleEndedIterator {
        self.steps.iter()
    }

    /// Steps that [`State::next`] does not have: none, unless this crate is wrong.
    pub(crate) const fn illegal(&self) -> u32 {
        self.illegal
    }

    /// Goes to a state, if it is not there yet.
    pub(crate) fn go(&mut self, to: State, why: Cause, now: Instant) {
        let from = self.state;
        if from == to {
            return;
        }
        if !from.can_become(to) {
            self.illegal = self.illegal.saturating_add(1);
        }
        if self.steps.len() >= MAX_STEPS {
            self.steps.pop_front();
        }
        self.steps.push_back(Step { at: now, from, to, why });
        self.state = to;
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_can_be_reached_and_left() {
        for state in State::ALL {
            assert!(!state.next().is_empty() && !state.can_become(state), "{state}");
            assert!(State::ALL.iter().any(|from| from.can_become(state)), "{state}");
        }
    }

    #[test]
    fn nobody_is_ready_without_a_handshake_nor_dialled_while_banned() {
        let before = |to| State::ALL.into_iter().filter(move |from| from.can_become(to)).collect::<Vec<_>>();
        assert_eq!(before(State::Ready), [State::Handshaking]);
        assert_eq!(before(State::Handshaking), [State::Connected]);
        assert!(!State::Banned.can_become(State::Dialing) && !State::Cooling.can_become(State::Dialing));
    }

    #[test]
    fn the_history_is_bounded_and_an_illegal_step_is_counted() {
        let now = Instant::now();
        let mut life = Life::new(Cause::Discovered, now);
        for _ in 0..50 {
            life.go(State::Dialing, Cause::Chosen(DialWhy::Room), now);
            life.go(State::Dialing, Cause::Chosen(DialWhy::Room), now);
            life.go(State::Cooling, Cause::DialFailed, now);
            life.go(State::Known, Cause::WaitOver, now);
        }
        assert_eq!((life.steps().len(), life.illegal()), (MAX_STEPS, 0));
        life.go(State::Ready, Cause::Complete, now);
        assert_eq!(life.illegal(), 1);
    }
}
