//! Why bytes from a peer are not a message.

use cl_types::{Fault, ForkDigest, Severity};

/// Bytes of a peer that break the encoding rules, or its limits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The length prefix does not end within 10 bytes or does not fit in 64 bits.
    #[error("malformed length prefix")]
    LengthPrefix,
    /// The announced length is impossible for the expected type.
    #[error("announced {length} bytes, expected {min} to {max}")]
    Length {
        /// What the prefix says.
        length: u64,
        /// Fewest bytes of the type.
        min: usize,
        /// Most bytes of the type.
        max: usize,
    },
    /// The frame stream does not begin with the stream identifier.
    #[error("no snappy stream identifier")]
    StreamIdentifier,
    /// A frame of a type that must not be skipped.
    #[error("snappy frame of reserved type {0:#04x}")]
    FrameType(u8),
    /// A frame whose length is impossible for its type.
    #[error("snappy frame of type {kind:#04x} with {length} bytes")]
    FrameLength {
        /// The type byte.
        kind: u8,
        /// The length in the frame's header.
        length: usize,
    },
    /// The data of a frame does not decompress.
    #[error("corrupt snappy data")]
    Snappy(#[source] snap::Error),
    /// A frame's data does not match its checksum.
    #[error("wrong checksum: {announced:08x} announced, {computed:08x} computed")]
    Checksum {
        /// The checksum in the frame.
        announced: u32,
        /// The checksum of the data.
        computed: u32,
    },
    /// The frames hold more data than the prefix announced.
    #[error("more than the announced {0} bytes of data")]
    TooMuchData(usize),
    /// The frames take more bytes than `max_compressed_len` of the announced length.
    #[error("more than {0} bytes of frames")]
    TooMuchFraming(usize),
    /// The stream ended inside a message.
    #[error("the stream ended inside a message")]
    Truncated,
    /// Bytes after the end of a request, or in a request that must be empty.
    #[error("bytes after the end of the request")]
    TrailingBytes,
    /// Bytes after an error chunk, which must be the last one.
    #[error("bytes after an error chunk")]
    AfterError,
    /// The context bytes name no fork of this chain.
    #[error("unknown fork digest {0}")]
    UnknownDigest(ForkDigest),
}

impl DecodeError {
    /// Who is to blame. All but a truncation is wrong by any reading; a truncation may just be a reset, which some
    /// muxers show as the end of the stream.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Truncated => Fault::Peer(Severity::Low),
            _ => Fault::Peer(Severity::High),
        }
    }
}
