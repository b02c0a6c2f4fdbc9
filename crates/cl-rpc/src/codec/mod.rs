//! The byte layout of requests and responses, without I/O.
//!
//! ```text
//! request        uvarint(length) frames(ssz)                       nothing at all if the request is empty
//! success chunk  00 [context: 4 bytes] uvarint(length) frames(ssz) context only where the protocol has it
//! error chunk    code uvarint(length) frames(message)              never context
//! ```
//!
//! `frames` is a snappy frame stream of its own, stream identifier included. Decoders take slices of any size, say
//! where a message ends, and leave what follows untouched. They hold at most the announced (and checked) length of one
//! message plus one frame (76 KiB), and grow as data arrives. See `phase0/p2p-interface.md`, "Req/Resp".

mod encode;
mod error;
mod frames;
mod message;
mod payload;
mod request;
mod response;
#[cfg(test)]
mod tests;

pub use encode::Encoder;
pub use error::DecodeError;
pub use frames::Compressor;
pub use message::{ErrorCode, ErrorMessage};
pub use request::RequestDecoder;
pub use response::{Chunk, Item, ResponseDecoder};
