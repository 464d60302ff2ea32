//! `overheard run`: single sources, haste, and a run that hears nothing.

use std::fs;

use serde_json::Value;

use crate::cli::{fine, market, overheard, refused, words};
use crate::site::Site;

const FEED: &str = "<rss version='2.0'><channel><title>A</title><item><guid>1</guid>\
    <title>One</title><description>Our cloud bill doubled.</description></item></channel></rss>";

fn source(id: &str, url: &str) -> String {
    format!("[[source]]\nid = \"{id}\"\nkind = \"feed\"\nurl = \"{url}\"\nvoice = \"blog\"\n")
}

#[test]
fn a_run_in_which_every_source_fails_still_gives_a_digest_that_says_so() {
    let folder = market(
        "[[source]]\nid = \"a\"\nkind = \"feed\"\nurl = \"http://nowhere.invalid/feed\"\nvoice = \"press\"\n\
         [[source]]\nid = \"b\"\nkind = \"feed\"\nurl = \"http://127.0.0.1:1/feed\"\nvoice = \"blog\"\n\
         [[topic]]\nname = \"Cost\"\ndescription = \"What things cost.\"\n\
         [[reader]]\nid = \"ada\"\nname = \"Ada\"\n",
    );
    let ran = overheard(&["run"], folder.path(), "");
    let (said, failed) = (words(&ran.stdout), refused(&ran, 1));
    assert!(
        failed.contains("nothing could be read") && failed.contains("of 2 sources none"),
        "{failed}"
    );
    // Where nobody watches a bar, a log still shows what is going on.
    assert!(failed.contains("listening: 2 sources"), "{failed}");
    assert!(said.contains("0 read, 0 unchanged, 2 failed"), "{said}");
    assert!(said.contains("nowhere.invalid") && said.contains("127.0.0.1"), "{said}");
    let text = fine(&overheard(&["digest", "--reader", "ada"], folder.path(), ""));
    assert!(text.contains("could read none of our 2 sources"), "{text}");
    assert!(
        text.contains("0 of 2 sources could be read") && text.contains("Not heard: a, b."),
        "{text}"
    );
    // What to do about it is the operator's, and said once is enough.
    assert!(!text.contains("overheard ") && !text.contains("127.0.0.1"), "{text}");
    assert_eq!(text.matches("Nothing solid to report").count(), 1, "{text}");
    // The morning's digest is claimed; the next run has nothing to ask yet, and that is no failure.
    let again = fine(&overheard(&["run"], folder.path(), ""));
    assert!(again.contains("2 not due") && again.contains("as it was made before"), "{again}");
    let unknown = overheard(&["digest", "--reader", "bob"], folder.path(), "");
    assert!(refused(&unknown, 2).contains("there are: ada"));
}

#[test]
fn a_run_in_which_one_source_can_be_read_has_not_failed() {
    let site = Site::open();
    site.put("/feed", "text/xml", FEED);
    let folder = market(
        &(source("good", &site.url("/feed")) + &source("bad", "http://nowhere.invalid/feed")),
    );
    fs::write(folder.path().join("overheard.toml"), "[fetch]\nallowed_hosts = [\"127.0.0.1\"]\n")
        .unwrap();
    let said = fine(&overheard(&["run"], folder.path(), ""));
    assert!(said.contains("1 read, 0 unchanged, 1 failed"), "{said}");
    // Of a run in which just the bad one is due, the timer's alarm need not ring either.
    let said = fine(&overheard(&["run", "--source", "bad", "--now"], folder.path(), ""));
    assert!(said.contains("0 read, 0 unchanged, 1 failed"), "{said}");
}

#[test]
fn a_named_source_is_visited_when_due_and_sooner_only_after_a_failure_of_its_own() {
    let site = Site::open();
    site.put("/feed", "text/xml", FEED);
    let elsewhere = Site::open();
    elsewhere.say("/busy", "429 Too Many Requests\r\nRetry-After: 7200", "");
    site.say("/down", "500 Oops", "");
    // Another name of this machine is another host, and what one asks for does not hold for the other.
    let busy = elsewhere.url("/busy").replace("127.0.0.1", "localhost");
    let folder = market(
        &(source("feed", &site.url("/feed"))
            + &source("busy", &busy)
            + &source("down", &site.url("/down"))),
    );
    // The operator has not allowed the host yet: a mistake of ours, and nobody is asked.
    let run = |arguments: &[&str]| {
        let all: Vec<&str> = ["run"].iter().chain(arguments).copied().collect();
        overheard(&all, folder.path(), "")
    };
    let forbidden = run(&["--source", "feed"]);
    assert!(words(&forbidden.stdout).contains("1 failed"), "{}", words(&forbidden.stdout));
    assert!(!folder.path().join("var/digests").exists(), "single sources make no digest");
    fs::write(
        folder.path().join("overheard.toml"),
        "[fetch]\nallowed_hosts = [\"127.0.0.1\", \"localhost\"]\nfeed_gap_ms = 0\n",
    )
    .unwrap();
    let said = fine(&run(&["--source", "feed"]));
    assert!(said.contains("1 not due") && said.contains("feed: not visited before"), "{said}");
    assert!(said.contains("with --now it is tried sooner") && site.asked().is_empty(), "{said}");
    let said = fine(&run(&["--source", "feed", "--now"]));
    assert!(said.contains("1 read") && site.asked() == ["/feed"], "{said}");

    // Read a moment ago, refused for two hours, asked a moment ago: nothing of it is ours to cut short.
    run(&["--source", "down", "--source", "busy"]);
    let before = (site.asked(), elsewhere.asked());
    assert_eq!((before.0.len(), before.1.len()), (2, 1));
    let named = ["--source", "feed", "--source", "busy", "--source", "down", "--now", "--json"];
    let report: Value = serde_json::from_str(&fine(&run(&named))).unwrap();
    assert_eq!(report["not_due"], 3, "{report}");
    assert_eq!((site.asked(), elsewhere.asked()), before);
    let why = |id: &str| {
        let all = report["waiting"].as_array().unwrap();
        let of = all.iter().find(|waiting| waiting["source"] == id).unwrap();
        of["why"].as_str().unwrap().to_owned()
    };
    assert!(why("feed").contains("it was read"), "{report}");
    assert!(why("busy").contains("asked to be left alone"), "{report}");
    assert!(why("down").contains("asked a moment ago"), "{report}");
}

#[test]
fn a_named_source_there_is_none_of_is_a_mistake_with_a_hint() {
    let folder = market(&source("daily-rack", "https://dailyrack.example/feed"));
    let said = refused(&overheard(&["run", "--source", "dailyrack"], folder.path(), ""), 2);
    assert!(said.contains("no source dailyrack; did you mean daily-rack?"), "{said}");
    let said = refused(&overheard(&["run", "--now"], folder.path(), ""), 2);
    assert!(said.contains("--source"), "{said}");
}
