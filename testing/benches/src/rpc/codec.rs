//! The codec alone.

use std::hint::black_box;
use std::io::{Read, Write};
use std::sync::Arc;

use cl_rpc::codec::{Compressor, Encoder, ResponseDecoder};
use cl_types::{ForkEntry, ForkSchedule, Protocol};

use super::Sample;
use crate::{clock, line};

/// Bytes of result, context and length prefix of a chunk of up to 2 MiB.
const HEAD: usize = 8;
/// What the handler reads at a time.
const READ: usize = 64 * 1024;
/// What either direction may cost, of snappy's own.
const GOAL: f64 = 1.3;

pub(super) fn run(schedule: &Arc<ForkSchedule>, era: ForkEntry, samples: &[Sample]) {
    println!("| what | ours, ns | other, ns | ratio | goal | met |\n| --- | --- | --- | --- | --- | --- |");
    for Sample { name, ssz } in samples {
        let ours = Encoder::chunk(Some(era.digest), ssz.clone()).to_vec();
        let frames = ours.get(HEAD..).unwrap_or_default();
        let name = format!("{name}, {} bytes, {} on the wire", ssz.len(), ours.len());
        let mut part = (Compressor::new(), Vec::new());
        let mut wire = Vec::new();
        // Both writers keep their buffers. Ours makes a frame at a time, as the handler wants it.
        let encode = std::cell::RefCell::new((&mut part, &mut wire));
        let [encoded, theirs] = clock::compare([
            &|| {
                let (compressor, part) = &mut *encode.borrow_mut().0;
                let mut encoder = Encoder::chunk(Some(era.digest), black_box(ssz).clone());
                part.clear();
                while encoder.next_part(compressor, part) {
                    black_box(&mut *part).clear();
                }
            },
            &|| {
                let wire = &mut encode.borrow_mut().1;
                wire.clear();
                let mut writer = snap::write::FrameEncoder::new(&mut **wire);
                let written = writer.write_all(black_box(ssz)).and_then(|()| writer.flush());
                drop(black_box(written));
            },
        ]);
        line(&format!("{name}: encode / snap::write::FrameEncoder"), encoded, theirs, Some(GOAL));
        let [decoded, theirs] = clock::compare([
            &|| {
                let mut decoder = ResponseDecoder::new(Protocol::BlocksByRangeV2, Arc::clone(schedule));
                for mut input in black_box(&ours).chunks(READ) {
                    drop(black_box(decoder.feed(&mut input)));
                }
            },
            &|| {
                let mut out = Vec::new();
                drop(black_box(snap::read::FrameDecoder::new(black_box(frames)).read_to_end(&mut out)));
                black_box(out);
            },
        ]);
        line(&format!("{name}: decode / snap::read::FrameDecoder"), decoded, theirs, Some(GOAL));
    }
    println!();
}
