//! `overheard sources`: a list that stays the marketer's to edit.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{fine, market, overheard, refused, words};
use crate::site::Site;

const MINE: &str = "# The press.\n\n# Dailies.\n\n# The best of them.\n[[source]]\nid = \"rack\" # mine\n\
    kind = \"feed\"\nurl = \"https://rack.example/feed\"\nvoice = \"press\"\ntags = [\"cloud\", \"cost\"]\n\n\
    [[source]]\nid   = 'tag'\nkind = \"mastodon\"\nserver = \"https://example.social\"\ntag = \"databases\"\n\n\
    [[reader]]\nid = \"ada\"\nname = \"Ada\"\n";

const FEED: &str = "<rss version='2.0'><channel><title>The Rack's Own Blog</title>\
    <item><guid>1</guid><title>First</title><description>Our cloud bill doubled.</description></item>\
    <item><guid>2</guid><title>Second</title><description>And again.</description></item></channel></rss>";

fn sources(folder: &Path, arguments: &[&str]) -> std::process::Output {
    sources_answering(folder, arguments, "")
}

fn sources_answering(folder: &Path, arguments: &[&str], stdin: &str) -> std::process::Output {
    let all: Vec<&str> = ["sources"].iter().chain(arguments).copied().collect();
    overheard(&all, folder, stdin)
}

fn mine(folder: &Path) -> String {
    fs::read_to_string(folder.join("sources/mine.toml")).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A folder whose settings let the site of a test be read.
fn folder_beside(toml: &str) -> tempfile::TempDir {
    let folder = market(toml);
    let settings = "[fetch]\nallowed_hosts = [\"127.0.0.1\"]\nfeed_gap_ms = 0\npage_gap_ms = 0\n";
    fs::write(folder.path().join("overheard.toml"), settings).unwrap();
    folder
}

#[test]
fn pausing_resuming_and_removing_change_one_entry_and_can_be_taken_back() {
    let folder = market(MINE);
    let folder = folder.path();
    // What is no TOML lies beside it, and holds no entry.
    fs::write(folder.join("sources/accounts.csv"), "name\nAcme\n").unwrap();
    let holidays = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261225\r\n\
                    END:VEVENT\r\nEND:VCALENDAR\r\n";
    fs::write(folder.join("sources/holidays.ics"), holidays).unwrap();
    let said = fine(&sources(folder, &["pause", "rack"]));
    assert!(said.contains("sources/mine.toml") && said.contains("undo"), "{said}");
    assert_eq!(mine(folder), MINE.replace("\"cost\"]\n", "\"cost\"]\npaused = true\n"));
    assert!(fine(&sources(folder, &["pause", "rack"])).contains("paused already"));
    let listed = json(&fine(&sources(folder, &["list", "--json", "--tag", "Cloud"])));
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!((&listed[0]["id"], &listed[0]["paused"]), (&"rack".into(), &true.into()));
    fine(&sources(folder, &["resume", "rack"]));
    assert_eq!(mine(folder), MINE);

    fine(&sources(folder, &["remove", "rack"]));
    assert!(mine(folder).starts_with("# The press.\n\n# Dailies.\n\n[[source]]\nid   = 'tag'"));
    let undone = fine(&sources(folder, &["undo"]));
    assert!(undone.contains("undone in") && undone.contains("removed rack"), "{undone}");
    assert!(undone.contains("again makes it again"), "{undone}");
    assert_eq!(mine(folder), MINE);
    let made = fine(&sources(folder, &["undo"]));
    assert!(made.contains("made again in") && made.contains("takes it back"), "{made}");
    assert!(!mine(folder).contains("rack"));
    // What the marketer wrote since stays.
    fs::write(folder.join("sources/mine.toml"), mine(folder) + "\n# Mine.\n").unwrap();
    fine(&sources(folder, &["undo"]));
    assert_eq!(mine(folder), MINE.to_owned() + "\n# Mine.\n");
    // Where they wrote just there, it is theirs.
    fine(&sources(folder, &["pause", "rack"]));
    let theirs = mine(folder).replace("paused = true", "paused = true # until May");
    fs::write(folder.join("sources/mine.toml"), &theirs).unwrap();
    let said = refused(&sources(folder, &["undo"]), 1);
    for part in ["just there (rack)", ".last-change.json", "id = \"rack\" # mine"] {
        assert!(said.contains(part), "{part:?} is missing in:\n{said}");
    }
    assert_eq!(mine(folder), theirs);
    let said = refused(&sources(folder, &["pause", "tga"]), 2);
    assert!(said.contains("no source tga; did you mean tag?"), "{said}");
}

#[test]
fn a_file_that_somebody_deleted_is_not_made_again_by_an_undo_and_no_folder_is_no_riddle() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let said = refused(&sources(folder, &["list"]), 2);
    assert!(said.contains("make a folder `sources`, or name yours in overheard.toml"), "{said}");
    let said = refused(&sources(folder, &["undo"]), 1);
    assert!(said.contains("there is no change of ours to undo"), "{said}");
    let list = "url\nhttps://a.example/feed\n";
    fine(&sources_answering(folder, &["import", "-", "--yes", "--file", "a.toml"], list));
    let undone = fine(&sources(folder, &["undo"]));
    assert!(undone.contains("a.toml, which is gone with it"), "{undone}");
    let made = fine(&sources(folder, &["undo"]));
    assert!(made.contains("a.toml, which is written anew"), "{made}");
    fs::remove_file(folder.join("sources/a.toml")).unwrap();
    let said = refused(&sources(folder, &["undo"]), 1);
    assert!(said.contains("a.toml is gone since it was changed"), "{said}");
    assert!(!folder.join("sources/a.toml").exists());
}

#[test]
fn several_are_paused_at_once_and_come_back_at_once() {
    let folder = market(MINE);
    let folder = folder.path();
    fs::write(
        folder.join("sources/other.toml"),
        "[[source]]\nid = \"x\"\nkind = \"feed\"\nurl = \"https://x.example/\"\nvoice = \"blog\"\n",
    )
    .unwrap();
    let said = fine(&sources(folder, &["pause", "rack", "x"]));
    assert_eq!(said.matches("undo").count(), 1, "{said}");
    let paused = || {
        let listed = json(&fine(&sources(folder, &["list", "--json"])));
        listed.as_array().unwrap().iter().filter(|row| row["paused"] == true).count()
    };
    assert_eq!(paused(), 2);
    let undone = fine(&sources(folder, &["undo"]));
    assert!(undone.contains("mine.toml and ") && undone.contains("paused rack, x"), "{undone}");
    assert_eq!((paused(), mine(folder).as_str()), (0, MINE));
    assert!(fine(&sources(folder, &["resume", "x"])).contains("x is not paused"));
}

#[test]
fn a_list_goes_out_as_csv_and_opml_and_comes_in_again() {
    let folder = market(&MINE.replace("\"cloud\"", "\"=1+1\""));
    let folder = folder.path();
    fine(&sources(folder, &["export", "all.csv"]));
    let csv = fs::read_to_string(folder.join("all.csv")).unwrap();
    assert!(
        csv.contains("'=1+1") && !csv.contains(",=") && csv.contains("example.social"),
        "{csv}"
    );
    let opml = sources(folder, &["export", "feeds.opml"]);
    assert!(words(&opml.stderr).contains("1 source of another kind left out"));

    let other = market("");
    for list in ["all.csv", "feeds.opml"] {
        fs::copy(folder.join(list), other.path().join(list)).unwrap();
    }
    let other = other.path();
    let came = json(&fine(&sources(other, &["import", "all.csv", "--yes", "--json"])));
    assert_eq!(came["added"], serde_json::json!(["rack", "tag"]), "{came}");
    let rows = |folder| json(&fine(&sources(folder, &["list", "--json"])));
    assert_eq!(rows(other), rows(folder));
    let again = json(&fine(&sources(other, &["import", "feeds.opml", "--yes", "--json"])));
    assert_eq!(
        (&again["added"], &again["there"]),
        (&serde_json::json!([]), &serde_json::json!(["rack"]))
    );
    assert_eq!(again["written_to"], Value::Null);
    fine(&sources(other, &["undo"]));
    assert!(!other.join("sources/all.toml").exists());
}

#[test]
fn a_broken_opml_gives_what_is_whole_with_a_sentence_and_each_address_once() {
    let folder = market(MINE);
    let folder = folder.path();
    let opml = "<opml version=\"1.0\"><body><outline text=\"R & D\">\
        <outline text=\"One\" xmlUrl=\"https://one.example/feed?utm_source=x\"/>\
        <outline text=\"Uno\" xmlUrl=\"https://ONE.example/feed\" category=\"more\"/>\
        <outline text=\"Rack\" xmlUrl=\"https://rack.example/feed\"/>\
        <outline text=\"Zwei & Drei\" xmlUrl=\"https://two.example/?a=1&b=2\"/>\
        <outline text=\"Gone\" xmlUrl=\"feed:nowhere\"/></outline>\
        <outline text=\"Cut\" xmlUrl=\"https://thr";
    fs::write(folder.join("My Feeds.opml"), opml).unwrap();
    // Nobody answers: nothing is written.
    let unanswered = sources(folder, &["import", "My Feeds.opml"]);
    assert!(refused(&unanswered, 2).contains("--yes"));
    let refused_by_hand = sources_answering(folder, &["import", "My Feeds.opml"], "n\n");
    assert!(words(&refused_by_hand.stderr).contains("Nothing was written"));
    assert!(!folder.join("sources/my-feeds.toml").exists());
    let said =
        fine(&sources_answering(folder, &["import", "My Feeds.opml", "--voice", "press"], "y\n"));
    for expected in [
        "2 new sources, 1 there already, 1 merged",
        "overlooked: ",
        "bare &",
        "left out: Gone: \"feed:nowhere\" is no http or https address",
        "nothing was fetched",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in:\n{said}");
    }
    let written = fs::read_to_string(folder.join("sources/my-feeds.toml")).unwrap();
    assert!(written.contains("# Zwei & Drei\n[[source]]\nid = \"zwei-drei\""), "{written}");
    assert!(written.contains("tags = [\"R & D\", \"more\"]"), "{written}");
    let listed = json(&fine(&sources(folder, &["list", "--json"])));
    let one = listed.as_array().unwrap().iter().find(|row| row["id"] == "one").unwrap();
    assert_eq!((&one["voice"], &one["owner"]), (&"press".into(), &"one.example".into()));
    assert_eq!(mine(folder), MINE);
}

#[test]
fn a_folder_that_could_not_be_read_afterwards_is_not_written() {
    let folder = market(
        "source = [{ id = \"a\", kind = \"feed\", url = \"https://a.example/\", voice = \"blog\" }]\n",
    );
    let before = mine(folder.path());
    let said = refused(&sources(folder.path(), &["pause", "a"]), 1);
    assert!(said.contains("edit it by hand"), "{said}");
    let into = ["import", "-", "--yes", "--file", "mine.toml"];
    let said = sources_answering(folder.path(), &into, "url\nhttps://b.example/feed\n");
    let said = refused(&said, 2);
    assert!(said.contains("mine.toml:") && said.contains("nothing was written"), "{said}");
    assert_eq!(mine(folder.path()), before);
    for name in ["../x.toml", "x", ".x.toml"] {
        refused(&sources(folder.path(), &["import", "-", "--file", name]), 2);
    }
}

#[test]
fn an_address_is_looked_at_and_shown_before_it_is_added() {
    let site = Site::open();
    site.put("/feed.xml", "text/xml", FEED);
    site.put(
        "/",
        "text/html",
        "<html><head><link rel='alternate' type='application/rss+xml' href='/feed.xml'></head><body>Hi</body></html>",
    );
    let folder = folder_beside("# Mine.\n");
    let folder = folder.path();
    let unanswered = sources(folder, &["add", &site.url("/")]);
    let shown = words(&unanswered.stdout);
    assert!(refused(&unanswered, 2).contains("nothing was written"));
    for expected in [
        "a page that links to this feed",
        "The Rack's Own Blog: 2 posts",
        "First",
        "127.0.0.1 (vendor)",
    ] {
        assert!(
            shown.contains(expected) || expected.contains("vendor"),
            "{expected:?} is missing in:\n{shown}"
        );
    }
    assert!(!folder.join("sources/added.toml").exists());

    let arguments =
        ["add", &site.url("/"), "--voice", "vendor", "--tag", "cloud", "--file", "mine.toml"];
    let said = fine(&sources_answering(folder, &arguments, "y\n"));
    assert!(said.contains("127.0.0.1 (vendor)"), "{said}");
    let url = site.url("/feed.xml");
    assert_eq!(
        mine(folder),
        format!(
            "# Mine.\n\n# The Rack's Own Blog\n[[source]]\nid = \"the-racks-own-blog\"\nkind = \"feed\"\n\
             url = \"{url}\"\nvoice = \"vendor\"\ntags = [\"cloud\"]\n"
        )
    );
    let again = refused(&sources(folder, &["add", &url]), 2);
    assert!(again.contains("there already, as the-racks-own-blog"), "{again}");
    let nothing = refused(&sources(folder, &["add", &site.url("/none")]), 1);
    assert!(nothing.contains("404"), "{nothing}");
}

#[test]
fn a_mastodon_address_and_a_page_without_a_feed_are_found_as_what_they_are() {
    let site = Site::open();
    let status = "[{\"id\":\"1\",\"uri\":\"https://x.example/1\",\"url\":\"https://x.example/1\",\"visibility\":\"public\",\
        \"created_at\":\"2026-11-20T07:00:00Z\",\"content\":\"<p>Hello there</p>\",\"account\":{\"acct\":\"ada\",\"username\":\"ada\"}}]";
    site.put("/api/v1/timelines/tag/databases?limit=40", "application/json", status);
    let article = |n| {
        format!(
            "<article><h2><a href='/blog/post-number-{n}'>A post with number {n} in it</a></h2>\
            <time datetime='2026-11-1{n}'>then</time><p>Some words about what it says.</p></article>"
        )
    };
    let list = [1, 2, 3, 4].map(article).concat();
    site.put(
        "/blog",
        "text/html",
        &format!("<html><head><title>A Blog</title></head><body><main>{list}</main></body></html>"),
    );
    let folder = folder_beside("");
    let found = |path: &str| {
        json(&fine(&sources(folder.path(), &["add", &site.url(path), "--yes", "--json"])))
    };
    let tag = found("/tags/databases");
    assert_eq!((&tag["kind"], &tag["voice"]), (&"mastodon".into(), &"social".into()), "{tag}");
    assert!(tag["entry"].as_str().unwrap().contains("tag = \"databases\""), "{tag}");
    let blog = found("/blog");
    assert_eq!(blog["kind"], "page", "{blog}");
    // Going on from a page by ourselves is asked of robots.txt first.
    assert!(site.asked().contains(&"/robots.txt".to_owned()), "{:?}", site.asked());
    site.put("/robots.txt", "text/plain", "User-agent: *\nDisallow: /news\n");
    site.put("/news", "text/html", &format!("<html><body><main>{list}</main></body></html>"));
    let forbidden = sources(folder.path(), &["add", &site.url("/news"), "--yes"]);
    assert!(refused(&forbidden, 1).contains("robots.txt"), "{}", words(&forbidden.stderr));
}

#[test]
fn a_test_keeps_nothing_and_leaves_what_was_just_read_alone() {
    let site = Site::open();
    site.put("/feed.xml", "text/xml", FEED);
    let entry = |id: &str, path: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\nkind = \"feed\"\nurl = \"{}\"\nvoice = \"blog\"\n",
            site.url(path)
        )
    };
    let folder = folder_beside(&(entry("good", "/feed.xml") + &entry("bad", "/none")));
    let folder = folder.path();
    let said = fine(&sources(folder, &["test", "good"]));
    assert!(said.contains("good: 2 posts") && said.contains("First"), "{said}");
    let all = sources(folder, &["test", "--all", "--json"]);
    let report = json(&words(&all.stdout));
    assert!(refused(&all, 1).contains("1 of 2 sources could not be read"));
    assert_eq!((&report[0]["outcome"], &report[1]["outcome"]), (&"failed".into(), &"read".into()));
    assert!(!folder.join("var").exists(), "a test keeps nothing");

    fine(&overheard(&["run", "--source", "good"], folder, ""));
    let asked = site.asked();
    let said = fine(&sources(folder, &["test", "good"]));
    assert!(said.contains("not asked: a run read it at"), "{said}");
    assert_eq!(site.asked(), asked);
}

#[test]
fn a_host_that_asked_a_test_to_stay_away_is_not_asked_by_the_next_nor_by_add_nor_by_a_run() {
    let site = Site::open();
    site.say("/feed.xml", "429 Slow Down\r\nRetry-After: 3600", "");
    let folder = folder_beside(&format!(
        "[[source]]\nid = \"mine\"\nkind = \"feed\"\nurl = \"{}\"\nvoice = \"blog\"\n",
        site.url("/feed.xml")
    ));
    let folder = folder.path();
    for _ in 0..3 {
        let said = sources(folder, &["test", "mine"]);
        assert_eq!(said.status.code(), Some(1));
        assert_eq!(site.asked(), ["/feed.xml"], "{}", words(&said.stdout));
    }
    refused(&sources(folder, &["add", &site.url("/other.xml"), "--yes"]), 1);
    overheard(&["run", "--source", "mine"], folder, "");
    assert_eq!(site.asked(), ["/feed.xml"]);
}

#[test]
fn a_host_that_asked_add_to_stay_away_is_not_asked_again() {
    let site = Site::open();
    site.say("/feed.xml", "429 Slow Down\r\nRetry-After: 3600", "");
    let folder = folder_beside("");
    for _ in 0..3 {
        refused(&sources(folder.path(), &["add", &site.url("/feed.xml"), "--yes"]), 1);
    }
    assert_eq!(site.asked(), ["/feed.xml"]);
}

#[test]
fn a_test_of_a_feed_of_teasers_counts_them_and_fetches_one_article() {
    let site = Site::open();
    let item = |path: &str| {
        let url = site.url(path);
        format!(
            "<item><guid>{url}</guid><link>{url}</link><title>About {path}</title><description>A teaser.</description></item>"
        )
    };
    let feed = format!(
        "<rss version='2.0'><channel><title>Teasers</title>{}{}{}</channel></rss>",
        item("/one"),
        item("/two"),
        item("/three")
    );
    site.put("/feed.xml", "text/xml", &feed);
    let folder = folder_beside(&format!(
        "[[source]]\nid = \"full\"\nkind = \"feed\"\nurl = \"{}\"\nvoice = \"blog\"\nfull_text = true\n",
        site.url("/feed.xml")
    ));
    let said = fine(&sources(folder.path(), &["test", "full"]));
    // The article is missing, which its teaser outlives.
    assert!(said.contains("full: 1 post, of 3 that are listed"), "{said}");
    assert!(said.contains("1 skipped (") && said.contains("About /one"), "{said}");
}

#[test]
fn a_source_that_comes_back_in_a_list_keeps_its_past_and_is_not_read_before_its_time() {
    let site = Site::open();
    site.put("/feed.xml", "text/xml", FEED);
    let url = site.url("/feed.xml");
    let folder = folder_beside(&format!(
        "[[source]]\nid = \"mine\"\nkind = \"feed\"\nurl = \"{url}\"\nvoice = \"blog\"\n"
    ));
    let folder = folder.path();
    fine(&overheard(&["run", "--source", "mine"], folder, ""));
    fine(&sources(folder, &["remove", "mine"]));
    let list = format!("title,url\nAnother name,{url}\n");
    let came = sources_answering(folder, &["import", "-", "--yes", "--json"], &list);
    assert_eq!(json(&fine(&came))["added"], serde_json::json!(["mine"]));
    let asked = site.asked();
    let said = fine(&overheard(&["run"], folder, ""));
    assert!(said.contains("1 not due"), "{said}");
    assert_eq!(site.asked(), asked);
}

#[test]
fn c2_no_new_source_takes_an_id_whose_memory_is_of_another_address() {
    let site = Site::open();
    for path in ["/one.xml", "/two.xml"] {
        site.put(path, "text/xml", FEED);
    }
    let folder = folder_beside("");
    let folder = folder.path();
    let add = |path: &str, more: &[&str]| {
        let url = site.url(path);
        let added = sources(folder, &[&["add", &url, "--yes", "--json"], more].concat());
        (added.status.code(), words(&added.stdout), words(&added.stderr))
    };
    let id_of = |answer: &str| json(answer)["id"].as_str().unwrap().to_owned();
    let (_, first, _) = add("/one.xml", &[]);
    let id = id_of(&first);
    fine(&overheard(&["run", "--source", &id], folder, ""));
    fine(&sources(folder, &["remove", &id]));

    // The same title at another address is another source; the same address is the same one.
    let (code, _, why) = add("/two.xml", &["--id", &id]);
    assert_eq!(code, Some(2));
    assert!(why.contains("whose posts are kept under it: choose another id"), "{why}");
    let (_, second, _) = add("/two.xml", &[]);
    assert_eq!(id_of(&second), format!("{id}-2"));
    let (_, again, _) = add("/one.xml", &[]);
    assert_eq!(id_of(&again), id);
}

#[test]
fn a_site_without_feed_or_list_is_read_by_the_sitemap_its_robots_txt_names() {
    let site = Site::open();
    site.put("/", "text/html", "<html><body><p>Built by scripts.</p></body></html>");
    let url = site.url("/map-of-all.xml");
    // Somebody else's is none of this site's, and one of images lists no posts.
    let robots = format!(
        "User-agent: *\nDisallow: /private\nSitemap: http://169.254.169.254/latest\n\
         Sitemap: /images.xml\nSitemap: {url}\n"
    );
    site.put("/robots.txt", "text/plain", &robots);
    let dated = |n| format!("<url><loc>/blog/post-{n}</loc><lastmod>2026-11-1{n}</lastmod></url>");
    let map = format!("<urlset>{}</urlset>", [1, 2, 3].map(dated).concat());
    for path in ["/map-of-all.xml", "/news-sitemap.xml"] {
        site.put(path, "text/xml", &map);
    }
    let folder = folder_beside("");
    let add = |path: &str| {
        json(&fine(&sources(folder.path(), &["add", &site.url(path), "--yes", "--json"])))
    };
    let found = add("/");
    assert_eq!((&found["kind"], &found["voice"]), (&"sitemap".into(), &"blog".into()), "{found}");
    assert!(found["entry"].as_str().unwrap().contains(&url), "{found}");
    assert!(found["how"].as_str().unwrap().contains("its robots.txt names this sitemap"));
    assert_eq!(site.asked(), ["/", "/robots.txt", "/", "/map-of-all.xml"]);
    // An address that looks like one is read as one.
    assert_eq!(add("/news-sitemap.xml")["kind"], "sitemap");

    let suggested = overheard(&["inspect", &site.url("/"), "--suggest"], folder.path(), "");
    let suggested = fine(&suggested);
    for expected in ["kind = \"sitemap\"".to_owned(), format!("url = \"{url}\"")] {
        assert!(suggested.contains(&expected), "{suggested}");
    }
}

#[test]
fn a_page_that_is_read_by_its_list_says_that_there_is_a_sitemap_too() {
    let site = Site::open();
    let entry = |n| {
        format!(
            "<article><h2><a href='/blog/post-number-{n}'>A post with number {n} in it</a></h2>\
            <time datetime='2026-11-1{n}'>then</time><p>Some words about what it says.</p></article>"
        )
    };
    let list = [1, 2, 3, 4].map(entry).concat();
    site.put("/blog", "text/html", &format!("<html><body><main>{list}</main></body></html>"));
    site.put("/robots.txt", "text/plain", "Sitemap: /map.xml\n");
    let folder = folder_beside("");
    let added = sources(folder.path(), &["add", &site.url("/blog"), "--yes", "--json"]);
    let added = json(&fine(&added));
    assert_eq!(added["kind"], "page", "{added}");
    assert_eq!(added["others"], serde_json::json!([site.url("/map.xml")]));
    let suggested = overheard(&["inspect", &site.url("/blog"), "--suggest"], folder.path(), "");
    assert!(fine(&suggested).contains(&format!("#   {}", site.url("/map.xml"))));
}

#[test]
fn health_says_how_a_source_fares_and_what_would_bring_it_back() {
    let site = Site::open();
    site.put("/feed.xml", "text/xml", FEED);
    let entry = |id: &str, url: &str| {
        format!("[[source]]\nid = \"{id}\"\nkind = \"feed\"\nurl = \"{url}\"\nvoice = \"blog\"\n")
    };
    let folder = folder_beside(
        &(entry("good", &site.url("/feed.xml"))
            + &entry("gone", &site.url("/none"))
            + &entry("private", "http://10.0.0.1/feed")
            + &entry("off", "https://off.example/feed")
            + "paused = true\n"),
    );
    let folder = folder.path();
    let before = fine(&sources(folder, &["health"]));
    assert!(before.contains("4 sources: 3 new, 1 paused"), "{before}");
    fine(&overheard(&["run"], folder, ""));
    let asked = site.asked();
    let said = fine(&sources(folder, &["health"]));
    assert!(said.contains("4 sources: 1 healthy, 1 failing, 1 blocked, 1 paused"), "{said}");
    assert!(!said.contains("good ") && said.contains("allowed_hosts"), "{said}");
    assert!(fine(&sources(folder, &["health", "--all"])).contains("good "));
    let of_health = json(&fine(&sources(folder, &["health", "--json"])));
    let status = json(&fine(&overheard(&["status", "--json"], folder, "")));
    // What readers' answers earned a source is told where its health is asked for.
    let mut without = of_health.clone();
    for one in without.as_array_mut().unwrap() {
        assert_eq!(one.as_object_mut().unwrap().remove("earned"), Some(1.0.into()));
    }
    assert_eq!(status["sources"], without);
    let fares: Vec<_> =
        of_health.as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(fares, ["healthy", "failing", "blocked", "paused"]);
    for one in of_health.as_array().unwrap().iter().skip(1) {
        assert!(one["reason"].is_string() && one["remedy"].is_string(), "{one}");
    }
    assert_eq!(site.asked(), asked);
}
