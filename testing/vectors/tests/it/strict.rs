//! Containers of fixed size: nothing shorter and nothing longer is one.

use bytes::Bytes;
use cl_types::{ForkName, PresetId};
use cl_vectors::table::{self, Entry};

/// Containers of fixed size are those of mainnet on Gnosis, see the last test.
const PRESETS: [PresetId; 2] = [PresetId::Mainnet, PresetId::Minimal];

/// All containers of fixed size, each with its length.
fn fixed() -> impl Iterator<Item = (String, Entry, usize)> {
    let forks = PRESETS.into_iter().flat_map(|preset| ForkName::ALL.map(|fork| (preset, fork)));
    forks.flat_map(|(preset, fork)| {
        table::names(fork).iter().filter_map(move |name| {
            let entry = table::entry_of(preset, fork, name).unwrap();
            Some((format!("{preset} {fork} {name}"), entry, entry.fixed_len?))
        })
    })
}

/// Bytes that look random, the same each time.
fn noise(len: usize, seed: usize) -> Vec<u8> {
    let mut state = u64::try_from(seed).unwrap().wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..len).map(|_| next()).collect()
}

#[test]
fn every_prefix_and_every_longer_form_is_refused() {
    let mut types = 0;
    for (place, entry, len) in fixed() {
        // Zeros are a value of each: no flag is set, no bit is stray.
        (entry.strict)(&vec![0; len]).unwrap_or_else(|failure| panic!("{place}: {failure}"));
        (entry.harmless)(&vec![0; len].into()).unwrap_or_else(|failure| panic!("{place}: {failure}"));
        types += 1;
    }
    assert!(types > 400, "only {types} containers of fixed size");
}

#[test]
fn noise_of_the_right_length_is_refused_or_the_only_form_of_a_value() {
    for (place, entry, len) in fixed().filter(|(_, _, len)| *len < 2000) {
        for seed in 0..4 {
            let ssz = Bytes::from(noise(len, seed));
            (entry.strict)(&ssz).unwrap_or_else(|failure| panic!("{place}: {failure}"));
            (entry.harmless)(&ssz).unwrap_or_else(|failure| panic!("{place}: {failure} {}", hex::encode(&ssz)));
        }
    }
}

#[test]
fn the_presets_have_their_own_lengths() {
    let len = |preset, fork, name| table::entry_of(preset, fork, name).unwrap().fixed_len;
    for (preset, expected) in PRESETS.into_iter().zip([24_624, 1584]) {
        assert_eq!(len(preset, ForkName::Altair, "SyncCommittee"), Some(expected));
        assert_eq!(len(preset, ForkName::Altair, "Checkpoint"), Some(40));
        assert_eq!(len(preset, ForkName::Altair, "Attestation"), None);
    }
    for fork in ForkName::ALL {
        for name in table::names(fork) {
            assert_eq!(len(PresetId::Gnosis, fork, name), len(PresetId::Mainnet, fork, name), "{name} of {fork}");
        }
    }
}
