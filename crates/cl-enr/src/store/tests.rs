use cl_types::containers::{Attnets, MetaDataV3, Syncnets};
use tempfile::tempdir;

use super::*;
use crate::Record;

fn saved(seq: u64) -> Saved {
    let key = Key::from_bytes([7; 32]).unwrap();
    let mut attnets = Attnets::new();
    attnets.set(9, true).unwrap();
    let record = Record::builder().seq(seq).build(&key.to_combined()).unwrap();
    let metadata = MetaDataV3 { seq_number: 3, attnets, syncnets: Syncnets::new(), custody_group_count: 4 };
    Saved { record_seq: seq, metadata, record }
}

#[test]
fn a_new_directory_gets_a_key_that_stays() {
    let parent = tempdir().unwrap();
    let dir = parent.path().join("deep/data");
    let key = Store::open(&dir).unwrap().key().unwrap();
    let again = Store::open(&dir).unwrap().key().unwrap();
    assert_eq!(key.peer_id(), again.peer_id());
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_key() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempdir().unwrap();
    Store::open(dir.path()).unwrap().key().unwrap();
    let mode = fs::metadata(dir.path().join(KEY_FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_key_that_others_could_read_is_closed_to_them() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempdir().unwrap();
    let path = dir.path().join(KEY_FILE);
    fs::write(&path, "11".repeat(32)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    Store::open(dir.path()).unwrap().key().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_file_that_is_no_key_is_named_and_left_alone() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    for content in [&b""[..], b"hello", &[0xff, 0xfe], "00".repeat(32).as_bytes()] {
        fs::write(dir.path().join(KEY_FILE), content).unwrap();
        let error = store.key().unwrap_err();
        assert!(matches!(error, StoreError::Key { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains("key holds no key: ") && text.contains("move the file away"), "{text}");
        assert_eq!(fs::read(dir.path().join(KEY_FILE)).unwrap(), content);
    }
}

#[test]
fn state_survives_and_is_replaced_as_a_whole() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.load().unwrap(), None);
    // A signature differs each time it is made.
    let (first, second) = (saved(1), saved(2));
    store.save(&first).unwrap();
    // What a killed process left behind is in nobody's way.
    fs::write(dir.path().join("state.new"), "half a st").unwrap();
    assert_eq!(store.load().unwrap().as_ref(), Some(&first));
    store.save(&second).unwrap();
    assert_eq!(store.load().unwrap().as_ref(), Some(&second));
    assert!(!dir.path().join("state.new").exists());
}

#[test]
fn damaged_state_is_named_with_its_line() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let whole = saved(1).to_text();
    for (text, cause) in [
        (String::new(), StateError::Missing("record_seq")),
        (whole.replace("metadata_seq 3", "metadata_seq x"), StateError::Malformed("metadata_seq")),
        (whole.replace("enr:", "enr:A"), StateError::Record(crate::ParseError::Malformed)),
    ] {
        fs::write(dir.path().join(STATE_FILE), text).unwrap();
        let error = store.load().unwrap_err();
        assert!(matches!(&error, StoreError::State { source, .. } if *source == cause), "{error}");
        assert_eq!(error.to_string().lines().count(), 1);
    }
}

#[test]
fn a_file_in_place_of_the_directory_is_named() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Store::open(&file).unwrap_err();
    assert!(matches!(&error, StoreError::Directory { path, .. } if *path == file));
    assert!(error.to_string().starts_with(&format!("cannot use {} as data directory: ", file.display())));
}

#[test]
fn a_directory_is_used_by_one_node_at_a_time() {
    let dir = tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let key = store.key().unwrap();
    let clone = store.clone();
    drop(store);
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(&error, StoreError::InUse { path } if path == dir.path()), "{error}");
    assert!(
        error.to_string().ends_with("is in use by another node; stop it, or name another data directory"),
        "{error}"
    );
    drop(clone);
    assert_eq!(Store::open(dir.path()).unwrap().key().unwrap().peer_id(), key.peer_id());
}

#[test]
fn half_a_key_of_a_killed_process_is_in_nobodys_way() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("key.new"), "00ff").unwrap();
    let key = Store::open(dir.path()).unwrap().key().unwrap();
    assert!(!dir.path().join("key.new").exists());
    assert_eq!(Store::open(dir.path()).unwrap().key().unwrap().peer_id(), key.peer_id());
}
