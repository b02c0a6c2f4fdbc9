//! Every decode entry under bytes that were tampered with.
//!
//! [`TARGETS`] lists the entries. Each takes any bytes, must not panic, and what it accepts must be the only form of a
//! value. [`Mutator`] makes inputs from the cases that are kept with the project. The tests run each target for a moment;
//! `cargo run --release -p cl-fuzz -- 300` runs each for 300 seconds, `-- 300 gossip` only one. Memory is counted: see
//! [`MEMORY_PER_BYTE`]. [`RPC_TARGETS`] are those of req/resp, with inputs of their own by [`WireMutator`].
//!
//! `coverage/` beside this crate lets libFuzzer look for inputs of these targets and of [`FAMILIES`], guided by what code
//! they reach, from the same [`seeds()`]. Those of
//! `cl_toychain` judge gossip, one for each topic; memory is not counted there.

mod families;
mod mutate;
mod random;
mod requests;
mod rpc;
mod seeds;
mod targets;
mod wire;

#[allow(clippy::unwrap_used, unreachable_pub, reason = "made for tests")]
#[path = "../../../crates/cl-rpc/src/test_chain.rs"]
mod test_chain;

pub use families::{FAMILIES, place};
pub use mutate::Mutator;
pub use random::Random;
pub use rpc::RPC_TARGETS;
pub use seeds::seeds;
pub use targets::{TARGETS, Target};
pub use wire::{WireMutator, corpus};

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes that decoding may hold at once for each byte of input: an empty transaction costs 4 bytes on the wire and 32 in
/// memory, lists grow by doubling, and a target may hold a value, its copy and its encoding.
pub const MEMORY_PER_BYTE: usize = 64;
/// Bytes that decoding may hold whatever the input: blobs and states of default size are made of nothing.
pub const MEMORY_BASE: usize = 1 << 16;

/// What went wrong with an input. A panic is not caught.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// Bytes were accepted that are not the only form of their value.
    #[error("accepted in a second form")]
    SecondForm,
    /// More memory was held than the input justifies.
    #[error("{held} bytes were held for {input} bytes of input")]
    Memory {
        /// At most, during the run.
        held: usize,
        /// Bytes of input.
        input: usize,
    },
}

/// Runs a target on an input. Memory is that of the whole process: nothing else may run beside it.
pub fn run(target: &Target, input: &[u8]) -> Result<(), Finding> {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let canonical = (target.run)(input);
    let held = MEMORY.peak_usage().saturating_sub(before);
    if held > MEMORY_BASE + MEMORY_PER_BYTE * input.len() {
        let input = input.len();
        return Err(Finding::Memory { held, input });
    }
    if canonical { Ok(()) } else { Err(Finding::SecondForm) }
}
