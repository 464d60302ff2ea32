//! The binary, as its users call it: exit codes, messages, and the public JSON.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::crawl::server::{Server, answer, ok};

pub(crate) fn overheard(arguments: &[&str], folder: &Path, stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_overheard"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

pub(crate) fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
pub(crate) fn fine(output: &Output) -> String {
    assert!(output.status.success(), "{}\n{}", words(&output.stdout), words(&output.stderr));
    words(&output.stdout)
}

#[track_caller]
pub(crate) fn refused(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", words(&output.stderr));
    words(&output.stderr)
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A folder with one file of sources.
pub(crate) fn market(toml: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sources")).unwrap();
    fs::write(folder.path().join("sources/mine.toml"), toml).unwrap();
    folder
}

#[track_caller]
fn check_refuses(toml: &str, expected: &[&str]) {
    let folder = market(toml);
    let said = refused(&overheard(&["check"], folder.path(), ""), 2);
    for part in expected {
        assert!(said.contains(part), "{part:?} is missing in:\n{said}");
    }
}

#[test]
fn what_is_shipped_is_in_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let report: Value =
        serde_json::from_str(&fine(&overheard(&["check", "--json"], root, ""))).unwrap();
    assert!(report["sources"].as_u64() >= Some(60), "{report}");
    let rules = report["topics"].as_u64().unwrap() + report["signals"].as_u64().unwrap();
    assert!(rules >= 25, "{report}");
    let demo = fine(&overheard(&["check", "--sources", "sources/demo"], root, ""));
    assert!(demo.contains("2 readers"), "{demo}");
}

#[test]
fn the_example_settings_are_the_defaults() {
    let example: toml::Table = include_str!("../../overheard.example.toml").parse().unwrap();
    let defaults = toml::Table::try_from(overheard::config::Config::default()).unwrap();
    assert_eq!(example, defaults);
}

#[test]
fn every_problem_is_named_with_its_file_and_line() {
    check_refuses(
        "[[source]]\nid = \"a\"\nkind = \"feed\"\nurl = \"https://a.example/feed\"\n",
        &["mine.toml:1", "no voice", "press"],
    );
    check_refuses(
        "[[source]]\nid = \"a\"\nkind = \"feed\"\nurl = \"https://a.example/\"\nvoice = \"press\"\ncolour = \"red\"\n",
        &["mine.toml:6", "colour"],
    );
    check_refuses(
        "[[source]]\nid = \"a\"\nkind = \"fax\"\nvoice = \"press\"\n",
        &["mine.toml:3", "fax", "feed, page"],
    );
    check_refuses(
        "[[source]]\nid = \"a\"\nkind = \"feed\"\nurl = \"https://a.example/\"\nvoice = \"pres\"\n",
        &["mine.toml:5: a: voice", "pres"],
    );
    check_refuses("[[source]]\nid = \"a\"\n", &["mine.toml:1: a", "kind"]);
    check_refuses("[[sauce]]\nid = 1\n", &["mine.toml:1", "sauce"]);
    check_refuses(
        "[[signal]]\nname = \"Outage\"\n",
        &["mine.toml:1", "a [[topic]] with kind = \"signal\""],
    );
    check_refuses("[[source]\n", &["mine.toml:1"]);
    check_refuses(
        "[[topic]]\nname = \"Cost\"\ndescription = \" \"\n",
        &["mine.toml:3", "description: is empty"],
    );
    check_refuses(
        "[[reader]]\nid = \"ada\"\nname = \"Ada\"\ntopics = [\"Cost\"]\n",
        &["no topic \"Cost\""],
    );
    check_refuses(
        "[[reader]]\nid = \"ada\"\nname = \"Ada\"\ntime_zone = \"Mars\"\n",
        &["mine.toml:4", "Mars"],
    );
    check_refuses("[[account]]\nname = \"Acme\"\nalias = []\n", &["mine.toml:3", "alias"]);
}

#[test]
fn a_duplicate_source_names_both_places() {
    let source = "[[source]]\nid = \"a\"\nkind = \"feed\"\nurl = \"https://a.example/\"\nvoice = \"press\"\n";
    check_refuses(
        &format!("{source}\n{source}"),
        &["mine.toml:8", "mine.toml:2", "a second source"],
    );
}

#[test]
fn a_bad_selector_is_named_with_its_key() {
    check_refuses(
        "[[source]]\nid = \"a\"\nkind = \"page\"\nurl = \"https://a.example/\"\nvoice = \"blog\"\nitem = \"div[\"\n",
        &["mine.toml:6", "item", "div["],
    );
}

#[test]
fn an_unknown_setting_or_a_missing_folder_is_a_configuration_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(refused(&overheard(&["check"], folder.path(), ""), 2).contains("sources"));
    fs::write(folder.path().join("overheard.toml"), "sauces = \"x\"\n").unwrap();
    assert!(refused(&overheard(&["check"], folder.path(), ""), 2).contains("overheard.toml:1"));
    assert!(refused(&overheard(&["frobnicate"], folder.path(), ""), 2).contains("frobnicate"));
}

#[test]
fn settings_that_cannot_work_are_refused_before_a_run() {
    let folder = market("[[topic]]\nname = \"Cost\"\ndescription = \"Costs.\"\nany = [\"\"]\n");
    let said = refused(&overheard(&["check"], folder.path(), ""), 2);
    assert!(said.contains("mine.toml:2") && said.contains("empty word"), "{said}");
    fs::write(folder.path().join("overheard.toml"), "[fetch]\nuser_agent = \"Mozilla/5.0\"\n")
        .unwrap();
    let said = refused(&overheard(&["check"], folder.path(), ""), 2);
    assert!(said.contains("overheard.toml:2") && said.contains("user_agent"), "{said}");
}

#[test]
fn a_date_that_is_none_or_still_to_come_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    for (asked, expected) in [
        (["digest", "--reader", "ada", "--date", "gestern"].as_slice(), "write it as 2026-11-20"),
        (&["report", "--week", "--date", "2026-02-30"], "write it as 2026-11-20"),
        (&["report", "--month", "--date", "2999-01-01"], "2999-01-01 is still to come: today is "),
    ] {
        let said = refused(&overheard(asked, folder.path(), ""), 2);
        assert!(said.contains(expected), "{asked:?}: {said}");
    }
}

#[test]
fn a_reader_of_our_output_that_went_away_is_no_failure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let piped =
        format!("{} check --json | true; exit ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_overheard"));
    let ran = Command::new("bash").args(["-c", &piped]).current_dir(root).output().unwrap();
    assert!(ran.status.success() && ran.stderr.is_empty(), "{}", words(&ran.stderr));
}

#[test]
fn the_demo_leaves_a_store_that_is_not_its_own_alone() {
    let folder = market("");
    fine(&overheard(&["run"], folder.path(), ""));
    let said = refused(&overheard(&["demo", "--fresh", "--data", "var"], folder.path(), ""), 2);
    assert!(said.contains("not the demo's"), "{said}");
    fine(&overheard(&["verify"], folder.path(), ""));
}

#[test]
fn what_is_exported_can_be_taken_in_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    fine(&overheard(&["demo", "--data", "var"], folder.path(), ""));
    let written = fine(&overheard(&["export", "all.jsonl", "--data", "var"], folder.path(), ""));
    let taken = fine(&overheard(&["import", "all.jsonl", "--data", "new"], folder.path(), ""));
    assert!(
        written.starts_with("218 posts and 218 verdicts written")
            && taken.contains("218 posts are new, 0 changed, 0 there already; 2 digests, 2 new"),
        "{written}{taken}"
    );
    let again = fine(&overheard(&["import", "all.jsonl", "--data", "new"], folder.path(), ""));
    assert!(
        again.contains("0 posts are new, 0 changed, 218 there already; 2 digests, 0 new"),
        "{again}"
    );
    fine(&overheard(&["verify", "--data", "new"], folder.path(), ""));
    let whole = fs::read(folder.path().join("all.jsonl")).unwrap();
    fs::write(folder.path().join("cut.jsonl"), &whole[..whole.len() / 2]).unwrap();
    refused(&overheard(&["import", "cut.jsonl", "--data", "cut"], folder.path(), ""), 1);
}

#[test]
fn a_digest_that_was_claimed_but_not_written_comes_late_and_not_never() {
    let folder = tempfile::tempdir().unwrap();
    fine(&overheard(&["demo", "--data", "var"], folder.path(), ""));
    let morning = folder.path().join("var/digests/2026-11-20");
    let before = fs::read_to_string(morning.join("maren.html")).unwrap();
    fs::remove_dir_all(&morning).unwrap();
    fine(&overheard(&["demo", "--later", "26h", "--data", "var"], folder.path(), ""));
    assert_eq!(fs::read_to_string(morning.join("maren.html")).unwrap(), before);
}

#[test]
fn whoever_only_looks_makes_no_store() {
    let folder = market("");
    for command in ["status", "verify"] {
        let said = refused(&overheard(&[command, "--data", "typo"], folder.path(), ""), 1);
        assert!(said.contains("no store in typo"), "{said}");
    }
    assert!(!folder.path().join("typo").exists());
}

#[test]
fn a_folder_that_is_no_store_is_left_alone() {
    let folder = market("");
    fs::create_dir_all(folder.path().join("var/store")).unwrap();
    fs::write(folder.path().join("var/store/thesis.txt"), "mine").unwrap();
    let said = refused(&overheard(&["status"], folder.path(), ""), 1);
    assert!(said.contains("is not a store"), "{said}");
    assert_eq!(fs::read_to_string(folder.path().join("var/store/thesis.txt")).unwrap(), "mine");
}

#[test]
fn inspect_answers_every_line_of_a_batch() {
    let folder = tempfile::tempdir().unwrap();
    let feed = "<rss version='2.0'><channel><title>A &amp; B</title><link>https://a.example/</link>\
        <item><guid>1</guid><title>Fish & chips</title><link>/1</link><description>&lt;b&gt;Hot&lt;/b&gt;</description>\
        <pubDate>Fri, 20 Nov 2026 07:00:00 GMT</pubDate><category>food</category>\
        <enclosure url='https://a.example/1.mp3' type='audio/mpeg' length='5'/></item></channel></rss>";
    fs::write(folder.path().join("feed.xml"), feed).unwrap();
    let input = [
        json!({"id": 1, "file": "feed.xml", "kind": "feed", "base_url": "https://a.example/feed", "content_type": "text/xml"}),
        json!({"id": "two", "file": "missing.xml"}),
        json!({"id": 3, "file": "feed.xml", "kind": "fax"}),
    ];
    let input = input.map(|line| line.to_string()).join("\n") + "\nnot json\n";
    let output = overheard(&["inspect", "--batch"], folder.path(), &input);
    let answers = json_lines(&words(&output.stdout));
    assert_eq!(answers.len(), 4);
    let post = json!({
        "id": "1", "url": "https://a.example/1", "title": "Fish & chips", "text": "Hot", "html": "<b>Hot</b>",
        "summary": "Hot", "author": null, "published": "2026-11-20T07:00:00Z", "updated": null,
        "tags": ["food"], "enclosures": [{"url": "https://a.example/1.mp3", "type": "audio/mpeg", "length": 5}],
        "language": null,
    });
    assert_eq!(answers[0]["id"], 1);
    assert_eq!(answers[0]["posts"], json!([post]));
    assert_eq!(answers[0]["feed"]["title"], "A & B");
    assert_eq!(answers[0]["repaired"], json!(["bare &"]));
    assert_eq!(answers[1]["id"], "two");
    assert!(answers[1]["error"].as_str().unwrap().contains("missing.xml"));
    assert!(answers[2]["error"].as_str().unwrap().contains("no kind"));
    assert_eq!(answers[3]["id"], Value::Null);
    assert!(answers[3]["error"].as_str().unwrap().contains("as JSON"));
}

#[test]
fn inspect_shows_a_file_as_a_table_and_says_what_is_wrong_with_another() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), r#"{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[{"id":"1","content_text":"Hello"}]}"#).unwrap();
    let shown = fine(&overheard(&["inspect", "a.json"], folder.path(), ""));
    assert!(shown.contains("1 post, 0 skipped") && shown.contains("Hello"), "{shown}");
    fs::write(folder.path().join("b"), "plain words").unwrap();
    assert!(refused(&overheard(&["inspect", "b"], folder.path(), ""), 1).contains("not a feed"));
    let unwritten = overheard(&["inspect", "blog.example/feed"], folder.path(), "");
    let said = refused(&unwritten, 2);
    assert!(said.contains("overheard inspect https://blog.example/feed"), "{said}");
    let missing = refused(&overheard(&["inspect", "no-such-file"], folder.path(), ""), 2);
    assert!(missing.contains("no file no-such-file") && !missing.contains("https"), "{missing}");
    let local = overheard(&["inspect", "http://127.0.0.1:9/feed"], folder.path(), "");
    assert!(refused(&local, 1).contains("127.0.0.1"), "{}", words(&local.stderr));
}

#[test]
fn links_of_a_file_that_came_from_nowhere_stay_as_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let feed = "<rss version='2.0'><channel><title>A</title><link>/</link>\
        <item><guid>1</guid><link>/1.html</link><description>&lt;a href='2.html'&gt;two&lt;/a&gt;</description></item>\
        <item><guid>2</guid><link>2.html</link></item><item><guid>3</guid><link>https://a.example/3</link></item>\
        </channel></rss>";
    fs::write(folder.path().join("a.xml"), feed).unwrap();
    let shown = fine(&overheard(&["inspect", "a.xml", "--json"], folder.path(), ""));
    let report: Value = serde_json::from_str(&shown).unwrap();
    let urls: Vec<_> =
        report["posts"].as_array().unwrap().iter().map(|post| &post["url"]).collect();
    assert_eq!(urls, ["/1.html", "2.html", "https://a.example/3"]);
    assert!(!shown.contains("base.invalid"), "{shown}");
    let table = fine(&overheard(&["inspect", "a.xml"], folder.path(), ""));
    assert!(table.contains("--base-url") && !table.contains("base.invalid"), "{table}");
    let placed = ["inspect", "a.xml", "--base-url", "https://a.example/feed"];
    let placed = fine(&overheard(&placed, folder.path(), ""));
    assert!(
        placed.contains("https://a.example/2.html") && !placed.contains("--base-url"),
        "{placed}"
    );
}

#[test]
fn the_demo_says_how_to_look_at_what_it_left() {
    let folder = tempfile::tempdir().unwrap();
    let said = fine(&overheard(&["demo", "--data", "my demo"], folder.path(), ""));
    let us = env!("CARGO_BIN_EXE_overheard");
    let commands: Vec<&str> =
        said.lines().filter_map(|line| line.find(us).map(|at| &line[at..])).collect();
    let expected = ["218 posts", "Read the egress line first", "OVERHEARD"];
    assert_eq!(commands.len(), expected.len(), "{said}");
    for (command, expected) in commands.iter().zip(expected) {
        let ran = Command::new("bash").args(["-c", command]).current_dir(folder.path()).output();
        assert!(fine(&ran.unwrap()).contains(expected), "{command}");
    }
}

#[test]
fn what_inspect_suggests_is_a_source_that_check_accepts_and_select_tries_it() {
    let page = include_str!("../fixtures/pages/blog_wordpress.html");
    let folder = market("");
    fs::write(folder.path().join("blog.html"), page).unwrap();
    let place = ["blog.html", "--base-url", "https://tidewater.example/"];
    let inspect =
        |more: &[&str]| overheard(&[&["inspect"], &place[..], more].concat(), folder.path(), "");
    let shown = fine(&inspect(&["--suggest"]));
    assert!(shown.contains("#   2026-10-02  Cold tiers are not as cold as they say"), "{shown}");
    assert!(shown.contains("links to no feed") && shown.contains("/feed/"), "{shown}");
    fs::write(folder.path().join("sources/mine.toml"), &shown).unwrap();
    fine(&overheard(&["check"], folder.path(), ""));

    let answer: Value = serde_json::from_str(&fine(&inspect(&["--suggest", "--json"]))).unwrap();
    assert_eq!(answer["source"]["kind"], "page");
    assert_eq!(answer["posts"].as_array().unwrap().len(), 3);
    assert!(answer["toml"].as_str().unwrap().contains("[[source]]"));

    let boxes = include_str!("../fixtures/pages/article_with_boxes_in_its_element.html");
    fs::write(folder.path().join("article.html"), boxes).unwrap();
    let shown = fine(&inspect(&["--suggest", "--article", "article.html"]));
    assert!(shown.contains("# article_text = \"div[class*=PostBody_body__]\""), "{shown}");
    assert!(shown.contains("Streaming joins"), "{shown}");

    let tried = fine(&inspect(&["--select", "item=.hentry", "--select", "title=h2 a"]));
    assert!(tried.contains("3 posts, 0 skipped") && tried.contains("Fewer pages"), "{tried}");
    let article = fine(&inspect(&["--select", "article_title=h2"]));
    assert!(article.contains("1 post,"), "{article}");
    assert!(refused(&inspect(&["--select", "item"]), 2).contains("key=value"));
    assert!(refused(&inspect(&["--select", "itme=li"]), 2).contains("itme"));

    fs::write(folder.path().join("blog.html"), page.replace("</title>", "</title><link rel=alternate type=application/rss+xml href=/comments/feed><link rel=alternate type=application/rss+xml href=/feed title=Tidewater>")).unwrap();
    let shown = fine(&inspect(&["--suggest"]));
    assert!(shown.contains("url = \"https://tidewater.example/feed\""), "{shown}");
    assert!(shown.contains("# item = "), "{shown}");
    fs::write(folder.path().join("sources/mine.toml"), &shown).unwrap();
    fine(&overheard(&["check"], folder.path(), ""));
}

#[test]
fn settings_of_sitemaps_and_of_whole_articles_are_checked() {
    let sitemap = "[[source]]\nid = \"a\"\nkind = \"sitemap\"\nvoice = \"blog\"\n";
    check_refuses(sitemap, &["a: url", "is missing"]);
    let sitemap = format!("{sitemap}url = \"https://a.example/sitemap.xml\"\n");
    check_refuses(
        &format!("{sitemap}include = \"blog\"\n"),
        &["mine.toml:6", "\"blog\" is no pattern", "/blog/*"],
    );
    check_refuses(&format!("{sitemap}days = 0\n"), &["mine.toml:6", "days"]);
    check_refuses(
        &format!("{sitemap}article_text = \"[[\"\n"),
        &["mine.toml:6", "no CSS selector"],
    );
    check_refuses(
        &format!("{sitemap}item = \"li\"\n"),
        &["mine.toml:6", "item", "include, exclude"],
    );

    let feed = "[[source]]\nid = \"a\"\nkind = \"feed\"\nvoice = \"blog\"\nurl = \"https://a.example/feed\"\n";
    check_refuses(&format!("{feed}full_text = \"yes\"\n"), &["mine.toml:6", "full_text"]);
    check_refuses(
        &format!("{feed}article_text = \"main\"\n"),
        &["mine.toml:6", "full_text = true"],
    );
    let folder = market(&format!("{feed}full_text = true\narticle_text = \"main\"\n"));
    fine(&overheard(&["check"], folder.path(), ""));
}

#[test]
fn classify_answers_every_line_and_says_which_could_not_be_judged() {
    let folder = market(
        "[[topic]]\nname = \"Cloud cost\"\ndescription = \"What companies pay for cloud services.\"\n\
         examples = [\"Our cloud bill doubled.\"]\nany = [\"cloud bill\"]\n",
    );
    let input = "{\"id\":7,\"text\":\"I hate it: our cloud bill doubled again and nobody can say why.\"}\n\
        nonsense\n{\"id\":8,\"text\":\"\"}\n\
        {\"id\":9,\"text\":\"Die Rechnung für unsere Wolke hat sich verdoppelt, und niemand weiß warum.\"}\n";
    let output = overheard(&["classify", "--all"], folder.path(), input);
    assert!(refused(&output, 1).contains("1 of 4 lines"));
    let answers = json_lines(&words(&output.stdout));
    assert_eq!(answers.len(), 4);
    let first = &answers[0];
    assert_eq!(first["id"], 7);
    assert_eq!(first["sentiment"]["label"], "negative", "{first}");
    assert_eq!(first["topics"][0]["name"], "Cloud cost");
    assert!(first["topics"][0]["why"].as_str().unwrap().contains("cloud bill"), "{first}");
    assert_eq!(first["language"]["code"], "en");
    let sum: f64 = ["positive", "neutral", "negative"]
        .iter()
        .map(|l| first["sentiment"]["probs"][*l].as_f64().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-3);
    for key in ["signals", "accounts", "model", "ruleset"] {
        assert!(!first[key].is_null(), "{key}");
    }
    assert!(answers[1]["error"].as_str().is_some());
    for unjudged in &answers[2..] {
        assert_eq!(unjudged["sentiment"]["label"], "unknown", "{unjudged}");
        assert_eq!(unjudged["sentiment"]["probs"], Value::Null);
    }
    assert_eq!(answers[3]["language"]["code"], "de");
}

#[test]
fn classify_answers_for_the_target_of_a_line_or_says_what_is_wrong_with_it() {
    let folder = market("");
    let text = "Acme's outage cost us a day, so we moved to Globex 🔥 and love it.";
    let line = |rest: &str| format!("{{\"id\":1,\"text\":\"{text}\",{rest}}}\n");
    let input = [
        line("\"target\":\"Acme\",\"start\":0,\"end\":4"),
        line("\"target\":\"Globex\",\"start\":44,\"end\":50"),
        line("\"target\":\"globex\""),
        line("\"target\":\"Initech\""),
        line("\"start\":60,\"end\":700"),
        line("\"start\":5"),
        line("\"target\":\"Initech\",\"start\":0,\"end\":4"),
        line("\"start\":-1,\"end\":4"),
    ]
    .concat();
    let output = overheard(&["classify"], folder.path(), &input);
    assert!(refused(&output, 1).contains("4 of 8 lines"));
    let answers = json_lines(&words(&output.stdout));
    let label = |place: usize| answers[place]["sentiment"]["label"].as_str().unwrap();
    assert_eq!([label(0), label(1), label(2)], ["negative", "positive", "positive"]);
    assert_ne!(label(3), "unknown", "who is not named is judged by the text as a whole");
    let error = |place: usize| answers[place]["error"].as_str().unwrap();
    assert!(error(4).contains("of 65 characters"), "{}", error(4));
    assert!(error(5).contains("go together"), "{}", error(5));
    assert!(error(6).contains("but the text says “Acme”"), "{}", error(6));
    assert!(error(7).contains("not {\"id\", \"text\"}"), "{}", error(7));
}

#[test]
fn the_demo_tells_the_sample_market_and_then_finds_nothing_new() {
    let folder = tempfile::tempdir().unwrap();
    let demo = |arguments: &[&str]| {
        let mut all = vec!["demo", "--data", "var"];
        all.extend(arguments);
        fine(&overheard(&all, folder.path(), ""))
    };
    let first: Value = serde_json::from_str(&demo(&["--json"])).unwrap();
    let outcomes = |run: &Value, kind: &str| {
        let visits = run["visits"].as_array().unwrap();
        visits.iter().filter(|v| v["outcome"] == kind || !v["outcome"][kind].is_null()).count()
    };
    assert_eq!((outcomes(&first, "read"), outcomes(&first, "failed")), (30, 3), "{first}");
    assert!(first["kept"]["new"].as_u64() >= Some(150));
    assert_eq!(first["kept"]["new"], first["verdicts"]);

    let file = |name: &str| {
        fs::read_to_string(folder.path().join("var/digests/2026-11-20").join(name)).unwrap()
    };
    let before = [file("maren.html"), file("maren.txt"), file("maren.md")];
    for expected in [
        "Observability cost · PATTERN",
        "Not everyone agrees",
        "Outage · PATTERN",
        "Price change · EMERGING",
    ] {
        assert!(before[1].contains(expected), "{expected} is missing in:\n{}", before[1]);
    }

    let second: Value = serde_json::from_str(&demo(&["--json"])).unwrap();
    assert_eq!((&second["kept"]["new"], &second["verdicts"]), (&json!(0), &json!(0)));
    assert_eq!(second["not_due"], 33, "{second}");
    assert!(second["digests"].as_array().unwrap().iter().all(|digest| digest["fresh"] == false));
    assert_eq!(before, [file("maren.html"), file("maren.txt"), file("maren.md")]);
    assert!(demo(&[]).contains("Nothing new."));

    let next: Value = serde_json::from_str(&demo(&["--later", "26h", "--json"])).unwrap();
    assert_eq!((outcomes(&next, "unchanged"), outcomes(&next, "read")), (30, 0), "{next}");
    assert!(next["digests"].as_array().unwrap().iter().all(|digest| digest["fresh"] == true));
    // What we offer ourselves stands between angle brackets, and may come again.
    let told = before[1].lines().filter(|line| line.contains("https://") && !line.contains('<'));
    let told: Vec<&str> = told.collect();
    let next_morning = folder.path().join("var/digests/2026-11-21/maren.txt");
    let next_morning = fs::read_to_string(next_morning).unwrap();
    let repeated: Vec<&&str> = told.iter().filter(|link| next_morning.contains(**link)).collect();
    assert!(repeated.is_empty(), "told twice: {repeated:?}\n{next_morning}");

    let whole = fine(&overheard(&["verify", "--data", "var"], folder.path(), ""));
    assert!(whole.contains("are whole"), "{whole}");
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/sources/demo");
    let status = ["status", "--json", "--data", "var", "--sources", sources];
    let status: Value =
        serde_json::from_str(&fine(&overheard(&status, folder.path(), ""))).unwrap();
    let counted = &status["politeness"];
    assert!(counted["not_modified"].as_u64() >= Some(25), "{counted}");
    assert!(counted["conditional_share"].as_f64() >= Some(0.3), "{counted}");
    assert!(counted["bytes_saved"].as_u64() >= Some(50_000), "{counted}");
    assert_eq!((&counted["too_early"], &counted["retry_after"]), (&json!(0), &json!(2)));
    let kept = [
        "digest",
        "--data",
        "var",
        "--sources",
        sources,
        "--reader",
        "maren",
        "--date",
        "2026-11-20",
        "--format",
        "html",
    ];
    assert_eq!(fine(&overheard(&kept, folder.path(), "")), before[0]);
    // What was told stays told, whoever edits the market.
    fs::create_dir(folder.path().join("edited")).unwrap();
    fs::write(folder.path().join("edited/mine.toml"), "[[reader]]\nid = ").unwrap();
    let edited = kept.map(|word| if word == sources { "edited" } else { word });
    assert_eq!(fine(&overheard(&edited, folder.path(), "")), before[0]);
}

#[test]
fn r4_the_article_behind_a_suggestion_comes_after_the_gap_between_two_pages() {
    let entry = |n| {
        format!(
            "<article><h2><a href='/blog/post-number-{n}'>A post with number {n} in it</a></h2>\
            <time datetime='2026-11-1{n}'>then</time><p>Some words about what it says.</p></article>"
        )
    };
    let list = format!("<html><body><main>{}</main></body></html>", [1, 2, 3].map(entry).concat());
    let server = Server::start(move |asked| match asked.path() {
        "/robots.txt" => answer("404 Not Found", &[], b""),
        _ => ok(&["Content-Type: text/html"], &list),
    });
    let folder = tempfile::tempdir().unwrap();
    let settings = "[fetch]\nallowed_hosts = [\"127.0.0.1\"]\nfeed_gap_ms = 0\npage_gap_ms = 200\n";
    fs::write(folder.path().join("overheard.toml"), settings).unwrap();
    fine(&overheard(&["inspect", &server.url("/blog"), "--suggest"], folder.path(), ""));

    // What the first fetch learnt of the host holds for the second: its robots.txt, and the time.
    assert_eq!(server.paths(), ["/blog", "/robots.txt", "/blog/post-number-1"]);
    let asked = server.asked();
    assert!(asked[2].at - asked[1].at >= std::time::Duration::from_millis(200));
}
