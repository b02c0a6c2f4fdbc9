//! One case, and what must hold for it.

use bytes::Bytes;
use cl_types::decode::Field;
use cl_types::json::Json;
use cl_types::{DecodeShared, ForkName, PresetId, Root};
use ssz::{Decode, DecodeError, Encode};
use tree_hash::TreeHash;

/// A value of a container, as bytes and root.
#[derive(Clone, Debug)]
pub struct Case {
    /// The preset.
    pub preset: PresetId,
    /// The fork.
    pub fork: ForkName,
    /// The container's name in the specification.
    pub type_name: String,
    /// Which of the cases of this container it is.
    pub name: String,
    /// The value's SSZ.
    pub ssz: Bytes,
    /// The value's `hash_tree_root`.
    pub root: Root,
}

/// What does not hold for a case.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No container of this name is known in the fork.
    #[error("unknown type")]
    UnknownType,
    /// The bytes do not decode.
    #[error("does not decode: {0:?}")]
    Decode(DecodeError),
    /// The bytes decode to another value from a shared buffer.
    #[error("from a shared buffer it is another value")]
    Shared,
    /// Encoding gives other bytes.
    #[error("encodes to other bytes")]
    Encode,
    /// The size said is not the size.
    #[error("says that it has {said} bytes")]
    Size {
        /// What `ssz_bytes_len` says.
        said: usize,
    },
    /// The root is another.
    #[error("the root is {0}")]
    Root(Root),
    /// Its JSON is not read back, or as another value.
    #[error("from its JSON it is another value")]
    Json,
    /// Bytes that are not the value's were taken for one, and encode differently.
    #[error("{0} bytes of it, or with one more, decode as well")]
    Lenient(usize),
}

/// How a case of a container is checked.
pub type Check = fn(&Case) -> Result<(), Failure>;
/// How any bytes are checked.
pub type CheckBytes = fn(&Bytes) -> Result<(), Failure>;
/// How a piece of any bytes, or any text, is checked.
pub type CheckSlice = fn(&[u8]) -> Result<(), Failure>;

/// Checks a container of `cl_types`, also from a shared buffer.
pub fn check<T: Field + PartialEq>(case: &Case) -> Result<(), Failure> {
    let value = check_foreign::<T>(case)?;
    match T::from_ssz(&case.ssz) {
        Ok(shared) if shared == value => {}
        _ => return Err(Failure::Shared),
    }
    round_trip(value)
}

/// Checks any container.
pub fn check_foreign<T: Encode + Decode + TreeHash>(case: &Case) -> Result<T, Failure> {
    let value = T::from_ssz_bytes(&case.ssz).map_err(Failure::Decode)?;
    only_form(&value, &case.ssz)?;
    let root = value.tree_hash_root();
    if root != case.root {
        return Err(Failure::Root(root));
    }
    strict::<T>(&case.ssz)?;
    Ok(value)
}

/// What must hold for any bytes: they are refused, or they are the only form of a value, which has a root and a JSON
/// form. From a shared buffer it is the same.
pub fn harmless<T: Field + PartialEq>(ssz: &Bytes) -> Result<(), Failure> {
    let value = match (T::from_ssz_bytes(ssz), T::from_ssz(ssz)) {
        (Ok(copied), Ok(shared)) if copied == shared => shared,
        (Err(_), Err(_)) => return Ok(()),
        _ => return Err(Failure::Shared),
    };
    only_form(&value, ssz)?;
    let _ = value.tree_hash_root();
    round_trip(value)
}

/// The same for a container without a JSON form.
pub fn harmless_foreign<T: Encode + Decode + TreeHash>(ssz: &Bytes) -> Result<(), Failure> {
    let Ok(value) = T::from_ssz_bytes(ssz) else { return Ok(()) };
    let _ = value.tree_hash_root();
    only_form(&value, ssz)
}

/// What must hold for any text: it is refused, or it is JSON of a value that SSZ can hold as well.
pub fn harmless_json<T: Field + PartialEq>(text: &[u8]) -> Result<(), Failure> {
    let Ok(Json(value)) = serde_json::from_slice::<Json<T>>(text) else { return Ok(()) };
    match T::from_ssz_bytes(&value.as_ssz_bytes()) {
        Ok(again) if again == value => round_trip(value),
        _ => Err(Failure::Json),
    }
}

/// The JSON of a value, from its SSZ.
pub fn to_json<T: Field>(ssz: &[u8]) -> Option<Vec<u8>> {
    serde_json::to_vec(&Json(T::from_ssz_bytes(ssz).ok()?)).ok()
}

fn only_form<T: Encode>(value: &T, ssz: &[u8]) -> Result<(), Failure> {
    if value.as_ssz_bytes() != ssz {
        return Err(Failure::Encode);
    }
    match value.ssz_bytes_len() {
        said if said == ssz.len() => Ok(()),
        said => Err(Failure::Size { said }),
    }
}

/// A value is read back from its JSON.
fn round_trip<T: Field + PartialEq>(value: T) -> Result<(), Failure> {
    let value = Json(value);
    let json = serde_json::to_vec(&value).map_err(|_| Failure::Json)?;
    match serde_json::from_slice::<Json<T>>(&json) {
        Ok(again) if again == value => Ok(()),
        _ => Err(Failure::Json),
    }
}

/// How many proper prefixes are tried of a value of variable length.
const PREFIXES: usize = 50;

/// Proper prefixes and extensions by a byte fail, or are another value in its only form.
pub fn strict<T: Encode + Decode>(ssz: &[u8]) -> Result<(), Failure> {
    let fixed = <T as Decode>::is_ssz_fixed_len();
    let canonical = |bytes: &[u8]| match T::from_ssz_bytes(bytes) {
        Err(_) => true,
        Ok(value) => !fixed && value.as_ssz_bytes() == bytes,
    };
    // A decoder of fixed size looks at the length first: all prefixes cost nothing.
    let step = if fixed { 1 } else { ssz.len() / PREFIXES + 1 };
    for len in (0..ssz.len()).step_by(step) {
        if !ssz.get(..len).is_some_and(canonical) {
            return Err(Failure::Lenient(len));
        }
    }
    let tails = if fixed { (0..=255).collect() } else { vec![0, 1, 0x80, 0xff] };
    for tail in tails {
        if !canonical(&[ssz, &[tail]].concat()) {
            return Err(Failure::Lenient(ssz.len()));
        }
    }
    Ok(())
}
