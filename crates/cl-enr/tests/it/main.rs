//! Records against other implementations, and files against sudden ends.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::cast_possible_truncation)]

mod bad;
mod killed;
mod oracle;
mod vectors;
