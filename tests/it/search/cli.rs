//! `overheard search`, as a seller calls it.

use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use overheard::post::{Author, Post, Said};
use overheard::store::{SledStore, Store as _};
use serde_json::Value;

use super::SOURCES;
use crate::cli::{fine, market, overheard, refused, words};
use crate::store::sample::{judged, rules};

/// Two days before now, whenever that is.
fn recently() -> Timestamp {
    let now = std::process::Command::new("date").args(["-u", "+%s"]).output().unwrap();
    let now: i64 = words(&now.stdout).trim().parse().unwrap();
    Timestamp::from_second(now).unwrap() - SignedDuration::from_hours(48)
}

fn keep(folder: &Path, posts: &[(&str, &str, &str)]) {
    let store = SledStore::open(&folder.join("var/store")).unwrap();
    let posts: Vec<Post> = posts
        .iter()
        .map(|(source, title, text)| {
            let said = Said {
                key: format!("{source} {title}"),
                url: Some(format!("https://{source}.example/{}", title.len())),
                title: Some((*title).to_owned()),
                text: (*text).to_owned(),
                author: Some(Author { name: Some("Ada Byron".into()), ..Author::default() }),
                ..Said::default()
            };
            Post::new(&source.parse().unwrap(), said, recently())
        })
        .collect();
    store.keep(&posts).unwrap();
    let by = rules("model", "rules");
    let verdicts: Vec<_> = posts.iter().map(|post| judged(post.id, &by, "Cloud cost")).collect();
    store.judge(&verdicts).unwrap();
    store.close().unwrap();
}

#[test]
fn a_seller_finds_what_was_said_and_why_it_is_shown() {
    let folder = market(SOURCES);
    let at = folder.path();
    keep(
        at,
        &[
            (
                "press",
                "Egress prices rise",
                "The vendors’ new pricing \u{1b}[31mhurts\u{202e}, buyers say.",
            ),
            ("forum", "Re: egress", "Nothing new here."),
        ],
    );
    let said = fine(&overheard(&["search", "price* topic:cloud-cost since:14d"], at, ""));
    assert!(said.starts_with("1 post\n"), "{said}");
    for shown in [
        " 1. Egress prices rise\n",
        "    press, press · ",
        " · Ada Byron · ",
        "The vendors’ new pricing [31mhurts, buyers say.",
        "    https://press.example/18\n",
        "    topic Cloud cost 0.88: says \"Cloud cost\"",
    ] {
        assert!(said.contains(shown), "{shown:?} is missing in\n{said}");
    }
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said}");

    let counted = fine(&overheard(&["search", "egress", "--facets", "--limit", "0"], at, ""));
    assert!(counted.contains("Voices     press 1 · social 1\n"), "{counted}");
    assert!(
        counted.contains("Topics     Cloud cost 2\n") && counted.contains("Weeks "),
        "{counted}"
    );

    // What a shell made of topic:"Cloud cost".
    let said = fine(&overheard(&["search", "topic:Cloud cost", "--", "-nothing"], at, ""));
    assert!(said.starts_with("1 post\n"), "{said}");

    let nothing = fine(&overheard(&["search", "pricing sentiment:positive voice:press"], at, ""));
    assert!(nothing.contains("without sentiment:positive"), "{nothing}");
    let nothing = fine(&overheard(&["search", "zeppelin"], at, ""));
    assert!(nothing.contains("No post fits that"), "{nothing}");
}

#[test]
fn a_mistake_in_a_query_is_pointed_at() {
    let folder = market(SOURCES);
    let at = folder.path();
    let told = refused(&overheard(&["search", "pricing acount:acme"], at, ""), 2);
    assert!(told.contains("did you mean `account:`?"), "{told}");
    assert!(told.contains("\n  pricing acount:acme\n          ^^^^^^^"), "{told}");
    let told = refused(&overheard(&["search", &"a ".repeat(50 << 10)], at, ""), 2);
    assert!(told.contains("102400 bytes is too long"), "{told}");
    let told = refused(&overheard(&["search", " - "], at, ""), 2);
    assert!(told.contains("there is no word"), "{told}");
    let told = refused(&overheard(&["search", "pricing", "--since", "14d"], at, ""), 2);
    assert!(told.contains("overheard search 'pricing since:14d'"), "{told}");
    let told = refused(&overheard(&["search", "-egress"], at, ""), 2);
    assert!(told.contains("overheard search -- '-egress'"), "{told}");
    let told = refused(&overheard(&["search", "pricing"], at, ""), 1);
    assert!(told.contains("there is no store") && told.contains("overheard run"), "{told}");
}

#[test]
fn the_answer_for_a_machine_is_kept() {
    let folder = market(SOURCES);
    let at = folder.path();
    keep(at, &[("press", "Egress prices rise", "É: the new pricing.")]);
    let json = |arguments: &[&str]| -> Value {
        serde_json::from_str(&fine(&overheard(arguments, at, ""))).unwrap()
    };
    let answer = json(&["search", "pricing", "--json", "--facets"]);
    assert_eq!(
        (&answer["total"], &answer["behind"], &answer["sort"]),
        (&1.into(), &0.into(), &"best".into())
    );
    let hit = &answer["hits"][0];
    assert_eq!(hit["title"], "Egress prices rise");
    assert_eq!(hit["snippet"]["text"], "É: the new pricing.");
    assert_eq!(hit["snippet"]["marks"], serde_json::json!([[11, 18]]), "in characters");
    assert_eq!((&hit["voice"], &hit["source"]), (&"press".into(), &"press".into()));
    assert_eq!((&hit["topics"][0], &hit["language"]), (&"Cloud cost".into(), &"en".into()));
    assert!(hit["score"].as_f64().unwrap() > 0.0);
    assert_eq!(answer["facets"]["topics"]["named"][0]["posts"], 1);
    assert_eq!(json(&["search", "voice:press", "--json"])["hits"][0]["score"], Value::Null);
    let nothing = json(&["search", "pricing voice:social", "--json"]);
    assert_eq!(nothing["without"][0]["part"], "voice:social");
}

#[test]
fn a_damaged_index_is_told_by_verify_and_mended_by_whoever_comes_next() {
    let folder = market(SOURCES);
    let at = folder.path();
    keep(at, &[("press", "Egress prices rise", "The new pricing.")]);
    fine(&overheard(&["search", "pricing"], at, ""));
    let index = at.join("var/index/words/1");
    let mut files = fs::read_dir(&index).unwrap().map(|entry| entry.unwrap().path());
    let segment = files.find(|path| path.extension().is_some_and(|e| e == "idx")).unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    bytes[0] ^= 0xff;
    fs::write(&segment, &bytes).unwrap();
    let told = overheard(&["verify"], at, "");
    assert!(words(&told.stdout).contains("`overheard reindex` builds it anew"), "{told:?}");
    refused(&told, 1);
    fs::remove_file(&segment).unwrap();
    let mended = overheard(&["search", "pricing"], at, "");
    assert!(fine(&mended).starts_with("1 post"), "{mended:?}");
    assert!(words(&mended.stderr).contains("begun anew: it was damaged"), "{mended:?}");
    assert!(fine(&overheard(&["verify"], at, "")).contains("whole"));
    assert!(fine(&overheard(&["reindex"], at, "")).contains("1 post can be found"));
    assert!(fine(&overheard(&["search", "pricing"], at, "")).starts_with("1 post"));
}
