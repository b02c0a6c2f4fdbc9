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

/// Checks a container of `cl_types`, also from a shared buffer.
pub fn check<T: Field + PartialEq>(case: &Case) -> Result<(), Failure> {
    let value = check_foreign::<T>(case)?;
    match T::from_ssz(&case.ssz) {
        Ok(shared) if shared == value => {}
        _ => return Err(Failure::Shared),
    }
    let json = serde_json::to_vec(&Json(value)).map_err(|_| Failure::Json)?;
    match serde_json::from_slice::<Json<T>>(&json) {
        Ok(Json(again)) if again.as_ssz_bytes() == case.ssz => Ok(()),
        _ => Err(Failure::Json),
    }
}

/// Checks any container.
pub fn check_foreign<T: Encode + Decode + TreeHash>(case: &Case) -> Result<T, Failure> {
    let value = T::from_ssz_bytes(&case.ssz).map_err(Failure::Decode)?;
    if value.as_ssz_bytes() != case.ssz {
        return Err(Failure::Encode);
    }
    if value.ssz_bytes_len() != case.ssz.len() {
        let said = value.ssz_bytes_len();
        return Err(Failure::Size { said });
    }
    let root = value.tree_hash_root();
    if root != case.root {
        return Err(Failure::Root(root));
    }
    strict::<T>(&case.ssz)?;
    Ok(value)
}

/// How many proper prefixes are tried of a value of variable length.
const PREFIXES: usize = 50;

/// Proper prefixes and extensions by a byte fail, or are another value in its only form.
fn strict<T: Encode + Decode>(ssz: &[u8]) -> Result<(), Failure> {
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
    for tail in [0, 1, 0x80, 0xff] {
        if !canonical(&[ssz, &[tail]].concat()) {
            return Err(Failure::Lenient(ssz.len()));
        }
    }
    Ok(())
}
