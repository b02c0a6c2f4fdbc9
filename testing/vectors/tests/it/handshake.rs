//! What peers say of themselves and ask for has no vectors. Another implementation has: `make_handshake.mjs`.

use bytes::Bytes;
use cl_types::DecodeShared;
use cl_types::containers::{
    BlobsByRangeRequest, BlocksByRangeRequest, ColumnsByRangeRequest, LightClientUpdatesByRangeRequest, MetaDataV1,
    MetaDataV2, MetaDataV3, StatusV1, StatusV2,
};
use cl_types::decode::Field;
use cl_types::json::Json;
use cl_vectors::case::{harmless, strict};
use serde_json::Value;

/// The same bytes, the same root, the same JSON, and that it is read back.
fn same<T: Field + PartialEq>(ssz: &[u8], root: &str, json: &str) {
    let ssz = Bytes::copy_from_slice(ssz);
    let value = T::from_ssz(&ssz).unwrap();
    assert_eq!(value.as_ssz_bytes(), ssz);
    assert_eq!(hex::encode(value.tree_hash_root()), root);
    assert_eq!(serde_json::from_str::<Json<T>>(json).unwrap().0, value);
    assert_eq!(serde_json::to_value(Json(value)).unwrap(), serde_json::from_str::<Value>(json).unwrap());
    assert_eq!((harmless::<T>(&ssz), strict::<T>(&ssz)), (Ok(()), Ok(())));
}

#[test]
fn what_peers_say_of_themselves_is_that_of_another_client() {
    let lines = include_str!("../../subset/handshake.txt").lines();
    for line in lines.clone() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        let [name, ssz, root, json] = words[..] else { panic!("not four words: {line}") };
        let same = match name {
            "StatusV1" => same::<StatusV1>,
            "StatusV2" => same::<StatusV2>,
            "MetaDataV1" => same::<MetaDataV1>,
            "MetaDataV2" => same::<MetaDataV2>,
            "MetaDataV3" => same::<MetaDataV3>,
            "BlocksByRangeRequest" => same::<BlocksByRangeRequest>,
            "BlobsByRangeRequest" => same::<BlobsByRangeRequest>,
            "ColumnsByRangeRequest" => same::<ColumnsByRangeRequest>,
            "LightClientUpdatesByRangeRequest" => same::<LightClientUpdatesByRangeRequest>,
            _ => panic!("{name} is not known here"),
        };
        same(&hex::decode(ssz).unwrap(), root, json);
    }
    assert_eq!(lines.count(), 9);
}
