//! `overheard check`: every mistake in one go, in words, and none that is not one.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::cli::{fine, market, overheard, refused};

#[test]
fn all_that_is_wrong_with_a_source_is_named_in_one_go() {
    let folder = market(
        "[[source]]\nid = \"a\"\nkind = \"page\"\nurl = \"blog.example\"\nvoise = \"press\"\nitem = \"div[\"\n\
         date_format = \"%H\"\nevery = \"often\"\ntags = \"one\"\npaused = \"no\"\n\
         [[source]]\nid = \"B!\"\nkind = \"fed\"\nvoice = \"pres\"\n\
         [[source]]\nid = \"c\"\nkind = \"mastodon\"\nserver = \"example\"\ntga = \"x\"\n",
    );
    let said = refused(&overheard(&["check"], folder.path(), ""), 2);
    for expected in [
        "mine.toml:4: a: url: \"blog.example\" is no address",
        "mine.toml:5: a: no key `voise`; did you mean `voice`?",
        "mine.toml:6: a: item: ",
        "mine.toml:7: a: date_format: ",
        "mine.toml:8: a: every: ",
        "mine.toml:9: a: tags: is a list; write tags = [\"one\"]",
        "mine.toml:10: a: paused: \"no\" is neither true nor false",
        "mine.toml:12: \"B!\" cannot be a source's id",
        "mine.toml:13: B!: kind: no kind \"fed\"; there are feed, page, mastodon, hacker_news, sitemap; did you mean `feed`?",
        "mine.toml:14: B!: voice: there is no \"pres\"; did you mean `press`?",
        "mine.toml:18: c: server: ",
        "mine.toml:19: c: no key `tga`; did you mean `tag`?",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in:\n{said}");
    }
    // What follows only from another mistake is not one of its own.
    assert_eq!(said.lines().count(), 13, "{said}");
    assert!(said.ends_with("12 things to mend, then run again\n"), "{said}");
}

#[test]
fn what_follows_from_another_mistake_is_not_reported() {
    let reader = "[[reader]]\nid = \"ada\"\nname = \"Ada\"\ntopics = [\"Cost\", \"Cots\"]\n";
    let folder = market(&format!("[[topic]]\nname = \"Cost\"\nexample = [\"x\"]\n{reader}"));
    let said = refused(&overheard(&["check"], folder.path(), ""), 2);
    assert!(!said.contains("no topic \"Cost\""), "{said}");
    for expected in [
        "mine.toml:1: topic “Cost”: no description",
        "mine.toml:3: topic “Cost”: no key `example`; did you mean `examples`?",
        "mine.toml:7: reader ada: no topic \"Cots\" is defined in this folder; did you mean `Cost`?",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in:\n{said}");
    }
    // A topic whose name cannot be read may be the one that is meant.
    for broken in
        ["[[topic]]\nnmae = \"Cost\"\ndescription = \"x\"\n", "[[topics]]\nname = \"Cost\"\n"]
    {
        let folder = market(&format!("{broken}{reader}"));
        let said = refused(&overheard(&["check"], folder.path(), ""), 2);
        assert!(said.contains("did you mean") && !said.contains("is defined"), "{said}");
        assert_eq!(said.lines().count(), 2, "{said}");
    }
}

#[test]
fn messages_about_files_are_in_words_and_not_in_those_of_a_parser() {
    let folder = market(
        "[[source]]\nid = 3\nkind = true\nvoice = []\n\
         [[topic]]\nname = 1\nkind = \"sign\"\noffer = [{ title = 2 }]\n\
         [[account]]\nname = []\n[[reader]]\nid = {}\n[[owner]]\nx = 1\n[source2]\na = 1\n",
    );
    fs::write(folder.path().join("sources/second.toml"), "source = 3\ntopic = \"x\"\n").unwrap();
    let mut said = refused(&overheard(&["check"], folder.path(), ""), 2);
    fs::write(
        folder.path().join("overheard.toml"),
        "dta = \"x\"\n[fetch]\nredirect_limit = -1\nfeed_gap_ms = \"slow\"\nbody_limit = 1\nuser_agent = \"x\"\n\
         [classify]\nbackend = \"heavy\"\n",
    )
    .unwrap();
    let settings = refused(&overheard(&["check"], folder.path(), ""), 2);
    for expected in [
        "overheard.toml:1: no setting `dta`; did you mean `data`?",
        "overheard.toml:3: redirect_limit: -1 cannot be used here; the default is 5",
        "overheard.toml:4: feed_gap_ms: ",
        "overheard.toml:5: no setting `body_limit`; did you mean `body_limit_bytes`?",
        "overheard.toml:6: user_agent: must ",
        "overheard.toml:8: backend: \"heavy\" cannot be used here; \
         it is one of `any`, `rust-bert`, `light`; the default is \"any\"",
    ] {
        assert!(settings.contains(expected), "{expected:?} is missing in:\n{settings}");
    }
    said += &settings;
    for raw in
        ["missing field", "unknown field", "expected", "invalid type", "variant", "i64", "struct"]
    {
        assert!(!said.contains(raw), "{raw:?} is in:\n{said}");
    }
}

#[test]
fn domains_of_one_owner_are_one_owner_and_a_domain_belongs_to_one() {
    let source = |id: &str, url: &str, owner: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\nkind = \"feed\"\nurl = \"{url}\"\nvoice = \"vendor\"\n{owner}"
        )
    };
    let acme =
        "[[owner]]\nname = \"Acme\"\ndomains = [\"acme.example\", \"www.acme-labs.example\"]\n";
    let sources = source("a", "https://blog.acme.example/feed", "")
        + &source("b", "https://status.acme-labs.example/feed", "")
        + &source("c", "https://acme.hosted.example/feed", "owner = \"acme.example\"\n")
        + &source("d", "https://elsewhere.example/feed", "owner = \"ACME\"\n");
    let folder = market(&sources);
    let owners = |folder: &tempfile::TempDir| {
        let report = fine(&overheard(&["check", "--json"], folder.path(), ""));
        serde_json::from_str::<serde_json::Value>(&report).unwrap()["owners"].clone()
    };
    assert_eq!(owners(&folder), 3);
    // Any file may group the sources of any other.
    fs::write(folder.path().join("sources/a-group.toml"), acme).unwrap();
    assert_eq!(owners(&folder), 1);
    fs::write(
        folder.path().join("sources/b-group.toml"),
        "[[owner]]\nname = \"Other\"\ndomains = [\"blog.acme.example\"]\n[[owner]]\nnmae = \"x\"\ndomains = [\"a b\"]\n",
    )
    .unwrap();
    let said = refused(&overheard(&["check"], folder.path(), ""), 2);
    for expected in [
        "b-group.toml:2: acme.example is a domain of “Acme” already",
        "b-group.toml:5: an owner: no key `nmae`; did you mean `name`?",
        "b-group.toml:6: an owner: domains: \"a b\" is no domain",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in:\n{said}");
    }
}

#[test]
fn what_a_sending_would_stumble_over_is_warned_of_and_nothing_else() {
    let reader = |id: &str, email: &str, more: &str| {
        format!(
            "[[reader]]\nid = \"{id}\"\nname = \"{id}\"\ntime_zone = \"Europe/Berlin\"\nemail = \"{email}\"\n{more}"
        )
    };
    let readers = reader("ada", "sales@company.example", "calendar = \"ada.ics\"\n")
        + &reader("ben", " Sales@Company.example", "")
        + &reader("cleo", "cleo@company.example", "");
    let channel =
        |id: &str| format!("[[channel]]\nid = \"{id}\"\nkind = \"slack\"\nurl_file = \"{id}\"\n");
    let folder = market(&(readers + &channel("ours") + &channel("clear")));
    for (id, url) in [("ours", "https://127.0.0.1:9/x"), ("clear", "http://hooks.example/x")] {
        let file = folder.path().join("sources").join(id);
        fs::write(&file, url).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    }
    let settings = folder.path().join("overheard.toml");
    let own = fs::read_to_string(&settings).unwrap_or_default();
    let at = |base: &str| {
        fs::write(&settings, format!("{own}\n[web]\nbase_url = \"{base}\"\n")).unwrap();
        fine(&overheard(&["check"], folder.path(), ""))
    };
    let said = at("http://digests.company.example");
    for expected in [
        "warning: [web] base_url: links that whoever has them may use go over the line in the clear",
        "warning: ada: there is no calendar ",
        "warning: ada and ben have one address, sales@company.example",
        "warning: channel ours: 127.0.0.1 is at 127.0.0.1, this machine itself: name the host in allowed_hosts",
        "warning: channel clear: hooks.example would be spoken to so that everybody on the way can listen",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in:\n{said}");
    }
    assert_eq!(said.matches("warning: ").count(), 5, "{said}");

    fs::write(folder.path().join("sources/ada.ics"), "BEGIN:VCALENDAR\nEND:VCALENDAR\n").unwrap();
    for base in ["https://digests.company.example", "http://127.0.0.1:8089", "http://localhost"] {
        let said = at(base);
        assert_eq!(said.matches("warning: ").count(), 3, "{base}: {said}");
    }
}

#[test]
fn topics_that_nobody_gave_a_word_or_an_example_of_are_hinted_at() {
    let topic = |name: &str, more: &str| {
        format!("[[topic]]\nname = \"{name}\"\ndescription = \"What it is.\"\n{more}")
    };
    let folder = market(
        &(topic("Bare", "")
            + &topic("Said", "examples = [\"It cost more.\"]\n")
            + &topic("Named", "any = [\"fee\"]\n")),
    );
    let said = fine(&overheard(&["check"], folder.path(), ""));
    assert!(
        said.contains("hint: told by a description alone, which misses posts: “Bare”; give"),
        "{said}"
    );
}
