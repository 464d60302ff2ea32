//! `overheard erase`, `export` for people, and a damaged month, as an operator meets them.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use jiff::SignedDuration;
use overheard::post::{Author, Post, Said};
use overheard::search::Words;
use overheard::search::meaning::Meaning;
use overheard::store::{SledStore, Store as _};
use serde_json::Value;

use crate::cli::{fine, market, overheard, refused, words};
use crate::store::sample::{judged, rules, time};

const SOURCES: &str = "[[source]]\nid = \"forum\"\nkind = \"feed\"\nurl = \"https://forum.example/feed\"\n\
    voice = \"social\"\n[[topic]]\nname = \"Fees\"\ndescription = \"What is charged.\"\n";

fn said(key: &str, when: &str, handle: &str, text: &str) -> Post {
    let published = time(when);
    let said = Said {
        key: key.to_owned(),
        url: Some(format!("https://forum.example/{key}")),
        text: text.to_owned(),
        author: Some(Author { name: None, handle: Some(handle.to_owned()), url: None }),
        published: Some(published),
        ..Said::default()
    };
    Post::new(&"forum".parse().unwrap(), said, published + SignedDuration::from_mins(1))
}

/// A store with two posts by eve and two by bob, one of each a month, all judged.
fn filled(folder: &Path) -> Vec<Post> {
    let posts = vec![
        said(
            "1",
            "2026-03-02T08:00:00Z",
            "eve@example.social",
            "=HYPERLINK(\"https://x.example\")",
        ),
        said(
            "2",
            "2026-04-02T08:00:00Z",
            "eve@example.social",
            "Marmalade costs more, \"twice\" as much.",
        ),
        said("3", "2026-03-03T08:00:00Z", "bob", "Two lines\nof mine, and é."),
        said("4", "2026-04-03T08:00:00Z", "bob", "Cheaper than ever."),
    ];
    let store = SledStore::open(&folder.join("var/store")).unwrap();
    store.keep(&posts).unwrap();
    let by = rules("model", "rules");
    for (post, topic) in posts.iter().zip(["fees", "fees", "fees", "growth"]) {
        store.judge(&[judged(post.id, &by, topic)]).unwrap();
    }
    store.close().unwrap();
    posts
}

#[test]
fn erasing_shows_what_goes_asks_and_leaves_a_receipt() {
    let folder = market(SOURCES);
    let at = folder.path();
    let posts = filled(at);
    let shown =
        fine(&overheard(&["erase", "--author", "@EVE@example.social", "--dry-run"], at, ""));
    assert!(shown.contains("2 posts by eve@example.social in 2 months"), "{shown}");
    assert!(shown.contains("Marmalade costs more") && shown.contains("Nothing was erased."));

    let asked = overheard(&["erase", "--author", "eve@example.social"], at, "n\n");
    let question = words(&asked.stderr);
    assert!(question.contains("This cannot be undone. Erase? [y/N]"), "{question}");
    assert!(fine(&overheard(&["status"], at, "")).contains("4 posts"));
    refused(&overheard(&["erase", "--author", "eve@example.social"], at, ""), 2);

    let there = at.join("backup").display().to_string();
    fine(&overheard(&["backup", &there], at, ""));
    let done = fine(&overheard(&["erase", "--author", "eve@example.social", "--yes"], at, ""));
    assert!(
        done.contains("2 posts, 2 verdicts") && done.contains("2 months written anew"),
        "{done}"
    );
    assert!(done.contains(&format!("overheard backup {there}")), "{done}");
    assert!(!done.contains("eve"), "nobody is named: {done}");
    let lock = fs::read_to_string(at.join("var/store/lock")).unwrap();
    assert!(lock.contains("overheard erase") && !lock.contains("eve"), "{lock}");
    let receipt = fs::read_dir(at.join("var/receipts")).unwrap().next().unwrap().unwrap();
    let receipt: Value = serde_json::from_slice(&fs::read(receipt.path()).unwrap()).unwrap();
    assert_eq!(receipt["own"].as_array().unwrap().len(), 2);
    assert_eq!(receipt["backups"][0]["keeps_out"], true);

    let status = fine(&overheard(&["status"], at, ""));
    assert!(status.contains("2 posts") && status.contains("1 erasing; 0 posts"), "{status}");
    assert!(status.contains("holds what was erased still"), "{status}");
    let restored = overheard(&["restore", &there, "--data", "new"], at, "");
    assert!(fine(&restored).contains("2 posts left out: erased since"));
    fine(&overheard(&["backup", &there], at, ""));
    assert!(!fine(&overheard(&["status"], at, "")).contains("holds what was erased still"));
    assert!(fine(&overheard(&["verify"], at, "")).contains("2 posts and 2 verdicts are whole"));

    let json =
        fine(&overheard(&["erase", "--post", &posts[2].id.to_string(), "--yes", "--json"], at, ""));
    let receipt: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(receipt["own"][0], posts[2].id.to_string());
    assert_eq!(receipt["asked"], "one post");
}

#[test]
fn what_was_erased_is_in_no_index() {
    let folder = market(SOURCES);
    let at = folder.path();
    filled(at);
    let indexes = at.join("var/index");
    let held = || {
        let words = Words::open(&indexes.join("words")).unwrap().posts();
        (words, Meaning::open(&indexes.join("meaning")).unwrap().len())
    };
    let found = fine(&overheard(&["reindex"], at, ""));
    assert!(found.contains("4 posts can be found"), "{found}");
    assert!(fine(&overheard(&["search", "marmalade"], at, "")).contains("Marmalade costs"));
    assert_eq!(held(), (4, 4));
    fine(&overheard(&["erase", "--author", "eve@example.social", "--yes"], at, ""));
    assert_eq!(held(), (2, 2), "without anybody having searched since");
    let found = overheard(&["search", "marmalade"], at, "");
    assert!(!words(&found.stdout).contains("Marmalade costs"), "{found:?}");
}

#[test]
fn erasing_says_what_it_cannot_do() {
    let folder = market(SOURCES);
    let at = folder.path();
    filled(at);
    for (arguments, said) in [
        (&["erase"][..], "--author"),
        (&["erase", "--author", "a", "--mail", "b@c.example"], "cannot be used with"),
        (&["erase", "--mail", "eve"], "no mail address"),
        (&["erase", "--post", "https://forum.example/"], "no post's address"),
        (&["erase", "--author", " @ "], "name somebody"),
        (&["erase", "--source", "forum"], "--author"),
    ] {
        let told = refused(&overheard(arguments, at, ""), 2);
        assert!(told.contains(said), "{arguments:?}: {told}");
    }
    // Who is called so is known by more.
    for arguments in
        [&["erase", "--author", "Eve", "--yes"][..], &["erase", "--author", "eve", "--dry-run"]]
    {
        let told = refused(&overheard(arguments, at, ""), 2);
        assert!(told.contains("\n  overheard erase --author eve@example.social"), "{told}");
    }
    let told = overheard(&["erase", "--author", "Mallory", "--yes"], at, "");
    assert!(words(&told.stderr).contains("add --source ID"), "{}", words(&told.stderr));
    let mistyped = &["erase", "--author", "bob", "--source", "formu", "--yes"];
    let told = refused(&overheard(mistyped, at, ""), 2);
    assert!(told.contains("no source formu") && told.contains("did you mean forum?"), "{told}");
    let told = refused(&overheard(&["erase", "--post", "3f2", "--yes"], at, ""), 2);
    assert!(told.contains("digits of its id"), "{told}");
    assert!(fine(&overheard(&["status"], at, "")).contains("4 posts"));
    let help = fine(&overheard(&["erase", "--help"], at, ""));
    assert!(help.contains("It cannot be undone"), "{help}");
}

#[test]
fn exports_for_people_hold_what_was_chosen_and_no_formula() {
    let folder = market(SOURCES);
    let at = folder.path();
    let posts = filled(at);
    let read = |name: &str| fs::read_to_string(at.join(name)).unwrap();
    let written = fine(&overheard(&["export", "all.csv"], at, ""));
    assert!(written.contains("4 posts written to all.csv"), "{written}");
    let csv = read("all.csv");
    assert!(csv.starts_with("id,source,said,heard,url,author,handle,"), "{csv}");
    assert_eq!(csv.matches("\r\n").count(), 5);
    assert!(csv.contains(",\"'=HYPERLINK(\"\"https://x.example\"\")\","), "{csv}");
    assert!(csv.contains(",\"Marmalade costs more, \"\"twice\"\" as much.\","), "{csv}");
    assert!(csv.contains(",\"Two lines\nof mine, and é.\","), "{csv}");
    assert!(csv.contains(",2026-03-02T08:00:00Z,2026-03-02T08:01:00Z,"), "{csv}");

    let posts_in = |arguments: &[&str]| -> u64 {
        let all = [&["export", "some.csv", "--json"], arguments].concat();
        let told: Value = serde_json::from_str(&fine(&overheard(&all, at, ""))).unwrap();
        assert_eq!(read("some.csv").matches(",forum,").count() as u64, told["posts"]);
        told["posts"].as_u64().unwrap()
    };
    assert_eq!(posts_in(&["--month", "2026-03"]), 2);
    assert_eq!(posts_in(&["--topic", "FEES", "--month", "2026-04"]), 1);
    assert_eq!(posts_in(&["--since", "2026-03-03", "--until", "2026-04-03"]), 2);

    let told = fine(&overheard(&["export", "all.parquet"], at, ""));
    assert!(told.contains("4 posts written"), "{told}");
    let parquet = fs::read(at.join("all.parquet")).unwrap();
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));

    // What is ours comes in again: all of it, or what was chosen.
    fine(&overheard(&["export", "fees.jsonl", "--topic", "fees"], at, ""));
    let taken = fine(&overheard(&["import", "fees.jsonl", "--data", "fees"], at, ""));
    assert!(taken.contains("3 posts and 3 verdicts read: 3 posts are new"), "{taken}");
    fine(&overheard(&["export", "all.jsonl", "--format", "jsonl"], at, ""));

    // Erased people are in none of them, nor do they come back by one.
    fine(&overheard(&["erase", "--author", "eve@example.social", "--yes"], at, ""));
    for name in ["after.csv", "after.jsonl", "after.parquet"] {
        assert!(fine(&overheard(&["export", name], at, "")).contains("2 posts"));
    }
    assert!(!read("after.csv").contains("eve@") && !read("after.jsonl").contains("eve@"));
    let taken = fine(&overheard(&["import", "all.jsonl"], at, ""));
    assert!(taken.contains("2 posts left out: erased"), "{taken}");
    fine(&overheard(&["import", "after.jsonl", "--data", "new"], at, ""));
    let taken = fine(&overheard(&["import", "all.jsonl", "--data", "new"], at, ""));
    assert!(taken.contains("2 posts left out: erased"), "{taken}");
    assert_eq!(posts.len(), 4);
    for (arguments, said) in [
        (&["export", "some.csv", "--source", "formu"][..], "did you mean forum?"),
        (&["export", "some.csv", "--topic", "Fes"], "there is no topic or signal “Fes”"),
    ] {
        let told = refused(&overheard(arguments, at, ""), 2);
        assert!(told.contains(said), "{told}");
    }
    let told = refused(&overheard(&["export", "all.xlsx"], at, ""), 2);
    assert!(told.contains(".csv"), "{told}");
}

#[test]
fn a_damaged_month_is_named_by_status_and_verify_and_nothing_else_fails() {
    let folder = market(SOURCES);
    let at = folder.path();
    filled(at);
    fs::remove_dir_all(at.join("var/store/months/2026-03")).unwrap();
    let status = fine(&overheard(&["status"], at, ""));
    assert!(status.contains("2 posts, 2 verdicts"), "{status}");
    assert!(status.contains("Damaged: month 2026-03: its folder is gone"), "{status}");
    let restore = "overheard restore BACKUP --month 2026-03";
    assert!(status.contains(restore), "{status}");
    let verify = overheard(&["verify"], at, "");
    assert_eq!(verify.status.code(), Some(1));
    assert!(words(&verify.stdout).contains(restore), "{}", words(&verify.stdout));
    let export = overheard(&["export", "rest.csv"], at, "");
    assert!(fine(&export).contains("2 posts written"));
    assert!(words(&export.stderr).contains("left out: month 2026-03"));
    // No answer passes for a whole one.
    let search = overheard(&["search", "cheaper"], at, "");
    assert!(fine(&search).contains("Cheaper than ever"));
    let told = words(&search.stderr);
    assert!(told.contains("without what is damaged: month 2026-03"), "{told}");
    // Whoever is erased meanwhile: the receipt says what could not be looked through.
    let erased = overheard(&["erase", "--author", "eve@example.social", "--yes"], at, "");
    let told = refused(&erased, 1);
    assert!(told.contains("1 month is damaged") && told.contains(restore), "{told}");
    let receipt = words(&erased.stdout);
    assert!(receipt.contains("2026-03 is damaged and was not looked through"), "{receipt}");
    assert!(receipt.contains("Erased: 1 post"), "{receipt}");
}

#[test]
fn what_bears_an_erased_name_is_not_restored_with_a_damaged_month() {
    let folder = market(SOURCES);
    let at = folder.path();
    filled(at);
    fine(&overheard(&["backup", "copy"], at, ""));
    fs::remove_dir_all(at.join("var/store/months/2026-03")).unwrap();
    refused(&overheard(&["erase", "--author", "eve@example.social", "--yes"], at, ""), 1);
    let restored = fine(&overheard(&["restore", "copy", "--month", "2026-03"], at, ""));
    assert!(restored.contains("1 post restored"), "{restored}");
    assert!(restored.contains("1 post left out: erased since"), "{restored}");
    fine(&overheard(&["erase", "--author", "eve@example.social", "--yes"], at, ""));
}

#[test]
fn a_wrong_line_in_the_sources_takes_nothing_away_from_who_only_reads() {
    let folder = market(SOURCES);
    let at = folder.path();
    let posts = filled(at);
    fine(&overheard(&["reindex"], at, ""));
    fs::write(at.join("sources/typo.toml"), "[[source]]\nid = \"b\"\nkind = \"feeed\"\n").unwrap();
    for (arguments, said) in [
        (&["status"][..], "4 posts"),
        (&["search", "cheaper"], "Cheaper than ever"),
        (&["export", "all.csv", "--source", "forum"], "4 posts written"),
        (&["backup", "copy"], "4 posts"),
        (&["verify"], "are whole"),
        (&["sources", "health"], "1 source"),
        (&["erase", "--post", &posts[3].id.to_string()[..8], "--dry-run"], "1 post by bob"),
    ] {
        let done = overheard(arguments, at, "");
        let told = fine(&done);
        assert!(told.contains(said), "{arguments:?}: {told}");
        let warned = words(&done.stderr);
        if !matches!(arguments[0], "backup" | "verify" | "erase") {
            assert!(warned.contains("typo.toml:3") && warned.contains("check"), "{warned}");
        }
    }
    // Who listens does not guess.
    assert!(refused(&overheard(&["run"], at, ""), 2).contains("typo.toml:3"));
}

#[test]
fn another_user_reads_whose_the_store_is_and_what_to_do() {
    let us = fs::metadata("/proc/self").unwrap().uid();
    assert_eq!(us, 0, "only root can be another user: run the tests as root");
    let folder = market(SOURCES);
    let at = folder.path();
    filled(at);
    // Where the binary lies they may not go, or what it links to.
    let binary = at.join("overheard");
    if fs::hard_link(env!("CARGO_BIN_EXE_overheard"), &binary).is_err() {
        fs::copy(env!("CARGO_BIN_EXE_overheard"), &binary).unwrap();
    }
    let open = |path: &Path, mode: u32| {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    open(at, 0o755);
    let linked = Command::new("ldd").arg(&binary).output().unwrap();
    for library in words(&linked.stdout).lines().filter_map(|line| line.split_once("=> ")) {
        let library = Path::new(library.1.split(" (").next().unwrap());
        if library.is_absolute() && !library.starts_with("/lib") && !library.starts_with("/usr") {
            let library = fs::canonicalize(library).unwrap_or_else(|_| library.to_owned());
            let beside = at.join(library.file_name().unwrap());
            if fs::hard_link(&library, &beside).is_err() {
                fs::copy(&library, &beside).unwrap();
            }
        }
    }
    let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "./overheard"];
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        command
            .args(nobody)
            .args(arguments)
            .env("LD_LIBRARY_PATH", at)
            .current_dir(at)
            .output()
            .unwrap()
    };
    fine(&as_nobody(&["--version"]));
    for (mode, arguments) in [
        (0o700, &["status"][..]),
        (0o755, &["status"]),
        (0o755, &["verify"]),
        (0o755, &["export", "all.csv"]),
    ] {
        open(&at.join("var"), mode);
        open(&at.join("var/store"), mode);
        let told = refused(&as_nobody(arguments), 1);
        assert!(told.contains("belongs to root") && told.contains("sudo -u root"), "{told}");
        assert!(told.contains("var") && !told.contains("makes one"), "{told}");
    }
}
