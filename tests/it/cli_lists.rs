//! Lists that go out and come in again edited, and addresses that a person tries first.

use std::fs;
use std::path::Path;

use crate::cli::{fine, market, overheard, refused, words};
use crate::site::Site;

const MINE: &str = "# Dailies.\n\n# The best of them.\n[[source]]\nid = \"rack\" # mine\nkind = \"feed\"\n\
    url = \"https://rack.example/feed\"\nvoice = \"press\"\ntags = [\"cloud\"] # for now\nlanguage = \"en\"\n\n\
    [[source]]\nid = \"map\"\nkind = \"sitemap\"\nurl = \"https://map.example/sitemap.xml\"\nvoice = \"vendor\"\n\
    include = [\"/blog/*\"]\npaused = true\n";

const FEED: &str = "<rss version='2.0'><channel><title>The Rack</title>\
    <item><guid>1</guid><title>First of all</title><description>Our cloud bill doubled.</description></item>\
    </channel></rss>";

fn sources(folder: &Path, arguments: &[&str]) -> std::process::Output {
    listed(folder, arguments, "")
}

fn listed(folder: &Path, arguments: &[&str], stdin: &str) -> std::process::Output {
    let all: Vec<&str> = ["sources"].iter().chain(arguments).copied().collect();
    overheard(&all, folder, stdin)
}

fn mine(folder: &Path) -> String {
    fs::read_to_string(folder.join("sources/mine.toml")).unwrap()
}

/// A folder whose settings let the site of a test be read.
fn folder_beside(toml: &str) -> tempfile::TempDir {
    let folder = market(toml);
    let settings = "[fetch]\nallowed_hosts = [\"127.0.0.1\"]\nfeed_gap_ms = 0\npage_gap_ms = 0\n";
    fs::write(folder.path().join("overheard.toml"), settings).unwrap();
    folder
}

#[track_caller]
fn says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is missing in:\n{said}");
    }
}

#[test]
fn what_a_table_says_otherwise_is_named_and_written_with_update() {
    let folder = market(MINE);
    let folder = folder.path();
    let table = fine(&sources(folder, &["export"]));
    let unchanged = fine(&listed(folder, &["import", "-"], &table));
    assert!(unchanged.contains("2 there already") && !unchanged.contains("differ"), "{unchanged}");

    let edited = table
        .replace(",cloud,en,", ",cost; cloud,,")
        .replace(",true,https://map", ",,https://map")
        .replace("/blog/*", "/news/*");
    let said = fine(&listed(folder, &["import", "-"], &edited));
    says(
        &said,
        &[
            "rack: the list has other tags, language",
            "map: the list has other paused, include",
            "2 sources differ from the list and stay as they are; --update",
        ],
    );
    assert_eq!(mine(folder), MINE);

    let with = format!("{edited}new,feed,blog,,,,,,https://new.example/,\r\n");
    let said =
        fine(&listed(folder, &["import", "-", "--update", "--yes", "--file", "mine.toml"], &with));
    says(&said, &["1 new source written to", "2 entries changed", "undo"]);
    let expected = MINE
        .replace("tags = [\"cloud\"]", "tags = [\"cost\", \"cloud\"]")
        .replace("language = \"en\"\n", "")
        .replace("/blog/*", "/news/*")
        .replace("paused = true\n", "");
    assert!(mine(folder).starts_with(&expected), "{}", mine(folder));
    assert!(mine(folder).contains("id = \"new\""));
    let undone = fine(&sources(folder, &["undo"]));
    assert!(undone.contains("added 1 source and changed 2 entries"), "{undone}");
    assert_eq!(mine(folder), MINE);
}

#[test]
fn what_is_no_list_is_an_error_in_words() {
    let folder = market("");
    for (list, words) in [
        (" \n\n", "standard input is empty"),
        (MINE, "put it into the folder of sources as it is"),
        ("Dear all,\nhere is nothing.\n", "nothing in it could be taken in"),
        ("id,kind\na,feed\n", "nothing in it could be taken in"),
    ] {
        let said = refused(&listed(folder.path(), &["import", "-", "--yes"], list), 1);
        assert!(said.contains(words), "{list}: {said}");
    }
    let said = refused(&sources(folder.path(), &["export", "x.json"]), 2);
    says(&said, &[".opml or .csv", "--format"]);
    assert!(!folder.path().join("x.json").exists());
}

#[test]
fn http_or_https_and_a_slash_at_the_end_make_no_second_source() {
    let folder = market("");
    let folder = folder.path();
    let list = "url,id\nhttps://a.example/feed,one\nhttps://A.example/feed/,two\nhttp://a.example/feed,\n\
        https://b.example/,one\nhttps://c.example/,Überall\n";
    let said = fine(&listed(folder, &["import", "-", "--yes"], list));
    says(
        &said,
        &[
            "3 new sources, 0 there already, 2 merged with another of the same address",
            "id one is taken; it is called b-example",
            "\"Überall\" cannot be a source's id",
            "it is called c-example",
        ],
    );
    let again = refused(&sources(folder, &["add", "http://a.example/feed/"]), 2);
    assert!(again.contains("there already, as one"), "{again}");
    let twice = "[[source]]\nid = \"x\"\nkind = \"feed\"\nurl = \"http://a.example/feed/\"\nvoice = \"blog\"\n";
    fs::write(folder.join("sources/mine.toml"), twice).unwrap();
    let checked = fine(&overheard(&["check"], folder, ""));
    assert!(
        checked.contains("one and x are one address") || checked.contains("x and one"),
        "{checked}"
    );
}

#[test]
fn of_commands_that_change_one_file_at_once_each_is_carried_out() {
    let entry = |n| {
        format!(
            "[[source]]\nid = \"s{n}\"\nkind = \"feed\"\nurl = \"https://{n}.example/\"\nvoice = \"blog\"\n\n"
        )
    };
    let folder = market(&(0..4).map(entry).collect::<String>());
    let folder = folder.path();
    std::thread::scope(|scope| {
        for n in 0..4 {
            scope.spawn(move || fine(&sources(folder, &["pause", &format!("s{n}")])));
        }
    });
    assert_eq!(mine(folder).matches("paused = true").count(), 4, "{}", mine(folder));
}

#[test]
fn a_look_at_a_blog_goes_on_to_its_feed_and_a_look_at_a_sitemap_or_timeline_knows_it() {
    let site = Site::open();
    site.put("/feed.xml", "text/xml", FEED);
    site.put(
        "/",
        "text/html",
        "<html><head><title>B</title><link rel='alternate' type='application/rss+xml' href='/feed.xml'></head><body>Hi</body></html>",
    );
    let dated = |n| format!("<url><loc>/blog/post-{n}</loc><lastmod>2026-11-1{n}</lastmod></url>");
    let map = format!("<urlset>{}</urlset>", [1, 2, 3].map(dated).concat());
    site.put("/sitemap.xml", "text/xml", &map);
    let status = "[{\"id\":\"1\",\"uri\":\"https://x.example/1\",\"url\":\"https://x.example/1\",\"visibility\":\"public\",\
        \"created_at\":\"2026-11-20T07:00:00Z\",\"content\":\"<p>Hello there</p>\",\"account\":{\"acct\":\"ada\",\"username\":\"ada\"}}]";
    site.put("/api/v1/timelines/tag/databases?limit=40", "application/json", status);
    site.put("/tags/databases", "text/html", "<html><body>Scripts only.</body></html>");
    let folder = folder_beside("");
    let look = |path: &str| {
        let looked = overheard(&["inspect", &site.url(path)], folder.path(), "");
        (fine(&looked), words(&looked.stderr))
    };
    let (read, note) = look("/");
    says(&read, &["The Rack", "First of all", "1 post"]);
    says(&note, &["a page that links to this feed", "/feed.xml"]);
    let (read, note) = look("/sitemap.xml");
    says(&read, &["/blog/post-3"]);
    assert!(note.contains("read as kind sitemap"), "{note}");
    let (read, note) = look("/tags/databases");
    says(&read, &["Hello there"]);
    assert!(note.contains("read as kind mastodon"), "{note}");
}

#[test]
fn an_address_that_leads_to_a_source_that_is_there_is_not_added() {
    let site = Site::open();
    site.put("/feed.xml", "text/xml", FEED);
    site.say("/old", "301 Moved\r\nLocation: /feed.xml", "");
    let folder = folder_beside(&format!(
        "[[source]]\nid = \"rack\"\nkind = \"feed\"\nurl = \"{}\"\nvoice = \"press\"\n",
        site.url("/feed.xml")
    ));
    let said = refused(&sources(folder.path(), &["add", &site.url("/old"), "--yes"]), 2);
    assert!(said.contains("there already, as rack"), "{said}");
}

#[test]
fn what_cannot_be_added_is_told_as_of_an_address_that_is_no_source_yet() {
    let site = Site::open();
    site.say("/gone", "410 Gone", "");
    site.say("/ill", "500 Oh No", "");
    let folder = folder_beside("");
    for path in ["/gone", "/ill", "/none"] {
        let said = refused(&sources(folder.path(), &["add", &site.url(path), "--yes"]), 1);
        says(&said, &["look whether the address is right; nothing was added"]);
        for wrong in ["try again", "retired", "any more", "new address"] {
            assert!(!said.contains(wrong), "{said}");
        }
    }
}

#[test]
fn a_preview_says_how_many_more_there_are_and_what_was_skipped_and_a_test_counts_what_is_listed() {
    let site = Site::open();
    let article = |n| {
        format!(
            "<article><h2><a href='/blog/post-number-{n}'>A post with number {n} in it</a></h2>\
            <time datetime='2026-11-1{n}'>then</time><p>Some words about what it says.</p></article>"
        )
    };
    let list = [1, 2, 3, 4, 5, 6].map(article).concat();
    site.put(
        "/blog",
        "text/html",
        &format!("<html><head><title>A Blog</title></head><body><main>{list}</main></body></html>"),
    );
    for n in 1..=6 {
        let text = "What we learnt about it was more than we had thought. ".repeat(9);
        site.put(
            &format!("/blog/post-number-{n}"),
            "text/html",
            &format!("<html><head><title>{n}</title><link rel='canonical' href='/elsewhere/{n}'></head>\
                <body><article><h1>A post with number {n} in it</h1><p>{text}</p></article></body></html>"),
        );
    }
    let folder = folder_beside("");
    let folder = folder.path();
    let said = fine(&sources(folder, &["add", &site.url("/blog"), "--yes", "--id", "blog"]));
    says(&said, &["6 articles listed", "and 1 more", "--suggest` proposes selectors"]);
    let said = fine(&sources(folder, &["test", "blog"]));
    assert!(said.contains("blog: 1 post, of 6 that are listed"), "{said}");
}

#[test]
fn a_setting_outside_its_section_is_told_which_one() {
    let folder = market("");
    fs::write(folder.path().join("overheard.toml"), "allowed_hosts = [\"127.0.0.1\"]\n").unwrap();
    let said = refused(&overheard(&["check"], folder.path(), ""), 2);
    assert!(said.contains("no setting `allowed_hosts`; write it under [fetch]"), "{said}");
}
