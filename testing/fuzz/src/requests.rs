//! What peers ask for.

use bytes::Bytes;
use cl_types::containers::{
    BlobsByRangeRequest, BlobsByRootRequest, BlocksByHeadRequest, BlocksByRangeRequest, BlocksByRootRequest,
    ColumnsByRangeRequest, ColumnsByRootRequest, EnvelopesByRangeRequest, EnvelopesByRootRequest,
    InclusionListsByIndicesRequest, LightClientUpdatesByRangeRequest,
};
use cl_vectors::case::harmless;

use crate::targets::parse;

macro_rules! all {
    ($check:ident($ssz:expr)) => {
        [
            $check::<BlobsByRangeRequest>($ssz),
            $check::<BlobsByRootRequest>($ssz),
            $check::<BlocksByHeadRequest>($ssz),
            $check::<BlocksByRangeRequest>($ssz),
            $check::<BlocksByRootRequest>($ssz),
            $check::<ColumnsByRangeRequest>($ssz),
            $check::<ColumnsByRootRequest>($ssz),
            $check::<EnvelopesByRangeRequest>($ssz),
            $check::<EnvelopesByRootRequest>($ssz),
            $check::<InclusionListsByIndicesRequest>($ssz),
            $check::<LightClientUpdatesByRangeRequest>($ssz),
        ]
    };
}

/// Every request, whatever the header says.
pub(crate) fn requests(input: &[u8]) -> bool {
    let Some(input) = parse(input) else { return true };
    let ssz = Bytes::copy_from_slice(input.ssz);
    all!(harmless(&ssz)).iter().all(Result::is_ok)
}

/// Bytes that some request can be.
pub(crate) fn some() -> Vec<Vec<u8>> {
    // A column of the slots 1 to 3, and of two blocks.
    let range = [&[1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0][..], &[7; 8]].concat();
    let identifier = [&[9; 32][..], &[36, 0, 0, 0], &[7; 8]].concat();
    let roots = [&[8, 0, 0, 0, 52, 0, 0, 0][..], &identifier, &identifier].concat();
    [16, 24, 32, 40, 42, 64, 80].map(|len| vec![1; len]).into_iter().chain([range, roots]).collect()
}

#[cfg(test)]
mod tests {
    use ssz::Decode;

    use super::*;

    fn decodes<T: Decode>(ssz: &[u8]) -> bool {
        T::from_ssz_bytes(ssz).is_ok()
    }

    #[test]
    fn every_request_has_a_seed() {
        let mut found = [false; 11];
        for seed in some() {
            for (found, decodes) in found.iter_mut().zip(all!(decodes(&seed))) {
                *found |= decodes;
            }
        }
        assert_eq!(found, [true; 11]);
    }
}
