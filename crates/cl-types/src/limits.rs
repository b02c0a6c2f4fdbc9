//! Size bounds of the wire formats, in bytes (`phase0/p2p-interface.md`).

/// `MAX_PAYLOAD_SIZE`: the most an uncompressed SSZ object may take.
pub const MAX_PAYLOAD_SIZE: usize = 10 * 1024 * 1024;

/// `max_compressed_len`: the most that `n` bytes may take after snappy.
#[must_use]
pub const fn max_compressed_len(n: usize) -> usize {
    n.saturating_add(n / 6).saturating_add(32)
}

/// `max_message_size`: the most a gossip RPC frame may take, control messages included.
#[must_use]
pub const fn max_message_size() -> usize {
    let with_overhead = max_compressed_len(MAX_PAYLOAD_SIZE) + 1024;
    if with_overhead > 1024 * 1024 {
        with_overhead
    } else {
        1024 * 1024
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_s_numbers() {
        assert_eq!(max_compressed_len(MAX_PAYLOAD_SIZE), 12_233_418);
        assert_eq!(max_message_size(), 12_234_442);
    }
}
