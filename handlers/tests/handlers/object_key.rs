//! Keys never leave their folder.

use ackflow_handlers::object_key::ObjectKey;
use proptest::prelude::*;

#[test]
fn a_key_is_made_of_the_ids() {
    let key = ObjectKey::file("T1", "C2", "1670631527.874149", "F3").unwrap();
    assert_eq!(key.as_str(), "files/T1/C2/1670631527.874149/F3");
    let key = ObjectKey::metadata("T1", "C2", "1670631527.874149", "F3").unwrap();
    assert_eq!(key.as_str(), "metadata/T1/C2/1670631527.874149/F3.json");
}

#[test]
fn what_is_no_id_is_refused_and_named() {
    let long = "F".repeat(200);
    for hostile in
        ["", ".", "..", "../..", "a/b", "a\\b", "a b", "a\0b", "a\nb", "é", "C:", "%2e%2e", "_", &long]
    {
        let refused = [
            ("team id", ObjectKey::file(hostile, "C", "1.2", "F")),
            ("channel id", ObjectKey::file("T", hostile, "1.2", "F")),
            ("message's ts", ObjectKey::file("T", "C", hostile, "F")),
            ("file id", ObjectKey::metadata("T", "C", "1.2", hostile)),
        ];
        for (what, key) in refused {
            let error = key.expect_err(hostile);
            assert_eq!(error.what, what);
            assert!(error.to_string().contains(what), "{error}");
            assert!(hostile.len() < 3 || !error.to_string().contains(hostile), "{error}");
        }
    }
}

/// Ids, and what might be passed off as one.
fn id() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Z0-9]{1,12}", "[./_A-]{1,5}", "\\PC{0,6}", "(?s).{0,3}"]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_key_leaves_its_folder(team in id(), channel in id(), ts in id(), file in id()) {
        let keys = [("files", ObjectKey::file(&team, &channel, &ts, &file)),
            ("metadata", ObjectKey::metadata(&team, &channel, &ts, &file))];
        for (folder, key) in keys {
            let Ok(key) = key else { continue };
            let parts: Vec<&str> = key.as_str().split('/').collect();
            prop_assert_eq!(parts.len(), 5, "{}", key);
            prop_assert_eq!(parts[0], folder);
            prop_assert_eq!(&parts[1..4], [&*team, &*channel, &*ts]);
            prop_assert!(!parts.iter().any(|part| ["", ".", ".."].contains(part)), "{}", key);
            prop_assert!(key.as_str().is_ascii() && key.as_str().len() <= 1024, "{}", key);
        }
    }

    #[test]
    fn different_ids_have_different_keys(one in [id(), id(), id(), id()], other in [id(), id(), id(), id()]) {
        prop_assume!(one != other);
        let key = |ids: &[String; 4]| ObjectKey::file(&ids[0], &ids[1], &ids[2], &ids[3]);
        if let (Ok(one), Ok(other)) = (key(&one), key(&other)) {
            prop_assert_ne!(one, other);
        }
    }
}
