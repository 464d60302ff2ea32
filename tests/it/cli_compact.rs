//! `overheard compact`, as an operator calls it.

use std::fs;

use overheard::store::{SledStore, Store as _};
use serde_json::Value;

use crate::cli::{fine, market, overheard, refused};
use crate::store::sample::{judged, noise, post, rules};

const SOURCES: &str = "[[source]]\nid = \"press\"\nkind = \"feed\"\nurl = \"https://press.example/feed\"\n\
    voice = \"press\"\n[[source]]\nid = \"forum\"\nkind = \"feed\"\nurl = \"https://forum.example/feed\"\n\
    voice = \"social\"\n";

#[test]
fn months_are_dropped_or_written_anew_as_the_settings_say() {
    let folder = market(SOURCES);
    let at = folder.path();
    let store = SledStore::open(&at.join("var/store")).unwrap();
    for round in 0..4 {
        for month in ["2020-05", "2020-06"] {
            let said = |n: u64, source: &str| {
                let mut post = post(
                    &format!("{month}-{n}"),
                    &format!("{month}-20T08:00:00Z"),
                    &noise(n + 100 * round, 2_000),
                );
                post.source = source.parse().unwrap();
                post.id = overheard::post::PostId::of(&post.source, &post.said.key);
                post
            };
            let posts: Vec<_> =
                (0..40).map(|n| said(n, ["press", "forum", "gone"][n as usize % 3])).collect();
            store.keep(&posts).unwrap();
            let by = rules("model", "rules");
            let verdicts: Vec<_> = posts.iter().map(|post| judged(post.id, &by, "a")).collect();
            store.judge(&verdicts).unwrap();
        }
    }
    store.close().unwrap();
    let json = |arguments: &[&str]| -> Vec<Value> {
        let all = [&["compact", "--json", "--clock-is-right"], arguments].concat();
        serde_json::from_str(&fine(&overheard(&all, at, ""))).unwrap()
    };

    let due = fine(&overheard(&["compact", "--dry-run"], at, ""));
    assert!(due.contains("2020-05") && due.contains("much of it was replaced"), "{due}");
    let done = fine(&overheard(&["compact"], at, ""));
    assert!(done.contains("40 posts kept, 0 dropped") && done.contains("given back"), "{done}");
    let nothing = overheard(&["compact"], at, "");
    assert!(fine(&nothing).contains("Nothing is due"));
    let warned = String::from_utf8_lossy(&nothing.stderr);
    assert!(!warned.contains("clock"), "time goes on between two looks at it: {warned}");
    assert_eq!(json(&["--every"]).len(), 2);

    fs::write(at.join("overheard.toml"), "[retention]\nsocial = \"180d\"\n").unwrap();
    let done = json(&[]);
    assert_eq!(done.len(), 2);
    for month in done {
        // Of the source that is gone nobody knows whose voice it was.
        assert_eq!((&month["reason"], &month["kept"]), (&"some_over".into(), &27.into()));
    }
    assert_eq!(json(&[]), Vec::<Value>::new(), "not every night again");

    let every =
        ["customer", "analyst", "expert", "blog", "social", "press", "vendor", "field", "survey"];
    let terms = every.map(|voice| format!("{voice} = \"3y\"\n")).concat();
    fs::write(at.join("overheard.toml"), format!("[retention]\n{terms}")).unwrap();
    let done = json(&[]);
    assert_eq!((done.len(), &done[0]["reason"]), (2, &"all_over".into()));
    assert_eq!((&done[0]["after_bytes"], &done[0]["kept"]), (&0.into(), &0.into()));
    assert!(fine(&overheard(&["verify"], at, "")).contains("0 posts"));

    for (terms, said) in [
        ("social = \"a while\"", "is no time to keep posts"),
        ("social = \"7d\"", "is too short"),
        ("socials = \"180d\"", "did you mean"),
    ] {
        fs::write(at.join("overheard.toml"), format!("[retention]\n{terms}\n")).unwrap();
        let told = refused(&overheard(&["compact"], at, ""), 2);
        assert!(told.contains("overheard.toml:2"), "{told}");
        assert!(told.contains(said), "{told}");
    }
}
