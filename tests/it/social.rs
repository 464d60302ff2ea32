//! Mastodon and Hacker News: what is read of their answers, and what is asked for.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::path::PathBuf;

use overheard::adapters::{self, Adapter, Page, Response, Step, Unreadable};
use overheard::post::{Relation, Said};
use proptest::prelude::*;
use serde_json::Value;
use url::Url;

const MILL: &str = "server = 'https://mill.example'\ntag = 'finops'";
const WORDS: &str = "query = 'acme'";

fn open(kind: &str, settings: &str) -> Result<Box<dyn Adapter>, adapters::BadSetting> {
    (adapters::kind(kind).unwrap().open)(settings.parse().unwrap())
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/social");
    std::fs::read(folder.join(name)).unwrap()
}

fn read_with(adapter: &dyn Adapter, body: &[u8], link: Option<&str>) -> Result<Page, Unreadable> {
    let url = adapter.start().url;
    adapter.read(&Response {
        step: Step::Listing,
        url: &url,
        content_type: Some("application/json; charset=utf-8"),
        link,
        content_language: None,
        body,
    })
}

fn read(kind: &str, settings: &str, name: &str) -> Page {
    read_with(open(kind, settings).unwrap().as_ref(), &fixture(name), None).unwrap()
}

fn keys(page: &Page) -> Vec<&str> {
    page.posts.iter().map(|said| said.key.as_str()).collect()
}

fn places(page: &Page) -> Vec<&str> {
    page.skipped.iter().map(|skipped| skipped.place.as_str()).collect()
}

fn handle(said: &Said) -> Option<&str> {
    said.author.as_ref()?.handle.as_deref()
}

#[test]
fn a_status_keeps_words_author_times_tags_and_pictures() {
    let page = read("mastodon", MILL, "mastodon_timeline_of_every_sort.json");
    let said = &page.posts[0];
    assert_eq!(said.key, "https://harbour.example/users/ada/statuses/9001");
    assert_eq!(said.native_id.as_deref(), Some("201"));
    assert_eq!(said.url.as_deref(), Some("https://harbour.example/@ada/9001"));
    assert_eq!(
        said.text,
        "Our #finops week:\nbills down & spirits up :party:\n\nNotes: https://notes.example/a"
    );
    let author = said.author.as_ref().unwrap();
    assert_eq!(author.name.as_deref(), Some("Ada Quill :verified:"));
    assert_eq!(author.handle.as_deref(), Some("ada@harbour.example"));
    assert_eq!(said.published, Some("2026-03-02T08:15:30.25Z".parse().unwrap()));
    assert_eq!(said.updated, Some("2026-03-02T09:00:00Z".parse().unwrap()));
    assert_eq!(said.tags, ["finops"]);
    assert_eq!(said.language.as_deref(), Some("en"));
    assert_eq!(said.enclosures[0].url, "https://mill.example/m/1.png");
    let html = said.html.as_deref().unwrap();
    assert!(html.contains("alt=\"A chart that falls from &quot;nine&quot; to four\""), "{html}");
    assert!(!html.contains("script"), "{html}");
    assert_eq!(said.relation, Relation::Original);
}

#[test]
fn a_content_warning_is_the_title_and_so_part_of_what_is_judged() {
    let page = read("mastodon", MILL, "mastodon_timeline_of_every_sort.json");
    assert_eq!(page.posts[1].title.as_deref(), Some("Layoffs, & swearing"));
    assert_eq!(page.posts[1].text, "Same here.");
}

#[test]
fn a_local_author_is_named_with_the_server() {
    let page = read("mastodon", MILL, "mastodon_timeline_of_every_sort.json");
    assert_eq!(handle(&page.posts[1]), Some("ben@mill.example"));
    assert_eq!(page.posts[1].author.as_ref().unwrap().name.as_deref(), Some("ben"));
}

#[test]
fn replies_boosts_and_quotes_point_to_what_they_are_about() {
    let page = read("mastodon", MILL, "mastodon_timeline_of_every_sort.json");
    let cleo = "https://harbour.example/@cleo/77".to_owned();
    assert_eq!(page.posts[1].relation, Relation::Reply("201".to_owned()));
    assert_eq!(page.posts[2].relation, Relation::Boost(cleo.clone()));
    assert_eq!(page.posts[3].relation, Relation::Quote(cleo));
    assert_eq!(page.posts[4].relation, Relation::Quote("150".to_owned()));
}

#[test]
fn a_boost_carries_the_words_of_their_author_under_its_own_key() {
    let page = read("mastodon", MILL, "mastodon_timeline_of_every_sort.json");
    let said = &page.posts[2];
    assert_eq!(said.key, "https://mill.example/users/ben/statuses/203/activity");
    assert_eq!(said.text, "Migrated the last queue tonight.");
    assert_eq!(handle(said), Some("cleo@harbour.example"));
    assert_eq!(said.url.as_deref(), Some("https://harbour.example/@cleo/77"));
    assert_eq!(said.published, Some("2026-02-28T20:00:00Z".parse().unwrap()));
}

#[test]
fn without_words_the_description_of_a_picture_is_the_text() {
    let page = read("mastodon", MILL, "mastodon_timeline_of_every_sort.json");
    assert_eq!(page.posts[4].text, "A rack of servers is carried out");
}

#[test]
fn what_shows_nothing_is_in_no_word_of_a_post() {
    let page = read("mastodon", MILL, "mastodon_controls_in_words_of_pictures.json");
    let said = &page.posts[0];
    assert_eq!(said.text, "A rack of servers is carried out.");
    assert_eq!(
        (said.tags.as_slice(), said.language.as_deref()),
        (&["water".to_owned()][..], Some("en"))
    );
    let page = read("hacker_news", WORDS, "hacker_news_controls_in_an_authors_name.json");
    assert_eq!(handle(&page.posts[0]), Some("hn:ada"));
    assert_eq!(page.posts[0].tags, ["story"]);
    assert_eq!(places(&page), ["9102"]);
}

#[test]
fn what_was_not_said_to_everybody_is_left_out_with_a_reason() {
    let page = read("mastodon", MILL, "mastodon_what_is_withheld.json");
    assert_eq!(keys(&page), ["3", "8"]);
    assert_eq!(places(&page), ["1", "2", "4", "6", "7", "status 7"]);
    let whys: Vec<&str> = page.skipped.iter().map(|skipped| skipped.why.as_str()).collect();
    assert_eq!(
        whys,
        [
            "it is not public",
            "it is not public",
            "it is not public",
            "nothing is said in it",
            "it has no author",
            "it has no id",
        ]
    );
}

#[test]
fn who_is_left_out_of_search_engines_is_read_and_marked() {
    let page = read("mastodon", MILL, "mastodon_what_is_withheld.json");
    let marks: Vec<bool> = page.posts.iter().map(|said| said.noindex).collect();
    assert_eq!(marks, [true, false]);
}

#[test]
fn a_field_of_the_wrong_type_costs_itself_and_not_the_status() {
    let page = read("mastodon", MILL, "mastodon_fields_of_the_wrong_type.json");
    assert_eq!(keys(&page), ["31"]);
    let said = &page.posts[0];
    assert_eq!(said.text, "Still readable");
    assert_eq!((&said.url, &said.published, &said.language), (&None, &None, &None));
    assert_eq!(handle(said), Some("dot@mill.example"));
    assert_eq!(places(&page), ["status 2", "status 3", "status 4"]);
}

#[test]
fn statuses_are_found_in_every_answer_that_carries_some() {
    let read = |name| read("mastodon", MILL, name);
    assert_eq!(keys(&read("mastodon_grouped_notifications.json")), ["https://mill.example/s/301"]);
    let notified = read("mastodon_notifications_with_and_without_status.json");
    assert_eq!(keys(&notified), ["302"]);
    assert!(notified.skipped.is_empty(), "{:?}", notified.skipped);
    assert_eq!(keys(&read("mastodon_context_of_a_status.json")), ["401", "403"]);
}

#[test]
fn the_next_page_is_asked_for_unless_the_oldest_status_is_known() {
    let adapter = open("mastodon", MILL).unwrap();
    let link = "<https://mill.example/api/v1/timelines/tag/finops?limit=40&max_id=205>; rel=\"next\", <https://mill.example/api/v1/timelines/tag/finops?min_id=201>; rel=\"prev\"";
    let body = fixture("mastodon_timeline_of_every_sort.json");
    let page = read_with(adapter.as_ref(), &body, Some(link)).unwrap();
    let follow = &page.follow[0];
    assert_eq!(follow.request.url.query(), Some("limit=40&max_id=205"));
    assert_eq!(follow.unless_known.as_deref(), Some("https://mill.example/users/ben/statuses/205"));
    let empty = read_with(adapter.as_ref(), b"[]", Some(link)).unwrap();
    assert!(empty.follow.is_empty(), "an empty page is the last");
}

#[test]
fn a_tag_and_an_account_are_asked_for_at_their_places() {
    let start = |settings: &str| {
        let settings = format!("server = 'https://mill.example'\n{settings}");
        open("mastodon", &settings).unwrap().start().url.to_string()
    };
    let api = "https://mill.example/api/v1/";
    assert_eq!(start("tag = '#Überblick'"), format!("{api}timelines/tag/%C3%9Cberblick?limit=40"));
    assert_eq!(start("account = '10955'"), format!("{api}accounts/10955/statuses?limit=40"));
    assert_eq!(start("account = '@ada'"), format!("{api}accounts/lookup?acct=ada"));
    assert_eq!(start("account = '@ada@mill.example'"), format!("{api}accounts/lookup?acct=ada"));
    assert_eq!(
        start("account = 'ada@harbour.example'"),
        format!("{api}accounts/lookup?acct=ada%40harbour.example")
    );
}

#[test]
fn a_named_account_is_looked_up_and_then_listed() {
    let adapter = open("mastodon", "server = 'https://mill.example'\naccount = '@ada'").unwrap();
    let account = br#"{"id": "7", "username": "ada", "acct": "ada", "statuses_count": 3}"#;
    let page = read_with(adapter.as_ref(), account, None).unwrap();
    assert!(page.posts.is_empty());
    assert_eq!(
        page.follow[0].request.url.as_str(),
        "https://mill.example/api/v1/accounts/7/statuses?limit=40"
    );
    let body = fixture("mastodon_timeline_of_every_sort.json");
    assert_eq!(read_with(adapter.as_ref(), &body, None).unwrap().posts.len(), 5);
}

#[test]
fn an_answer_without_statuses_says_why() {
    let check = |kind: &str, settings: &str, body: &str, expect: &str| {
        let adapter = open(kind, settings).unwrap();
        let error = read_with(adapter.as_ref(), body.as_bytes(), None).unwrap_err();
        assert!(error.to_string().contains(expect), "{body}: {error}");
    };
    check("mastodon", MILL, r#"{"error": "Record not found"}"#, "\"Record not found\"");
    check("mastodon", MILL, "<!doctype html><title>x", "a web page came instead");
    check("mastodon", MILL, "{}", "holds no statuses");
    check("mastodon", MILL, "", "empty");
    check("mastodon", MILL, "[{\"id\":", "not valid JSON");
    check("mastodon", MILL, &"[".repeat(100_000), "not valid JSON");
    check("hacker_news", WORDS, r#"{"message": "bad filter", "status": 400}"#, "\"bad filter\"");
    check("hacker_news", WORDS, "17", "holds no items");
}

#[test]
fn a_story_is_its_discussion_with_the_link_beside_it() {
    let page = read("hacker_news", WORDS, "hacker_news_search_page.json");
    let said = &page.posts[0];
    assert_eq!((said.key.as_str(), said.native_id.as_deref()), ("9001", Some("9001")));
    assert_eq!(said.url.as_deref(), Some("https://news.ycombinator.com/item?id=9001"));
    assert_eq!(said.title.as_deref(), Some("Acme & Sons doubles its <prices>"));
    assert_eq!(said.text, "Acme & Sons doubles its <prices>");
    assert_eq!(said.enclosures[0].url, "https://news.example/acme");
    assert_eq!(said.enclosures[0].media_type.as_deref(), Some("text/html"));
    assert_eq!(handle(said), Some("hn:quillfeather"));
    assert_eq!(said.published, Some("2026-03-02T08:00:00Z".parse().unwrap()));
    assert_eq!(said.relation, Relation::Boost("https://news.example/acme".to_owned()));
}

#[test]
fn the_words_of_a_question_and_of_a_comment_are_clean_text() {
    let page = read("hacker_news", WORDS, "hacker_news_search_page.json");
    let (question, comment) = (&page.posts[1], &page.posts[2]);
    assert_eq!(question.text, "We did, last year.\n\nIt's fine.");
    assert_eq!(question.tags, ["story", "ask_hn"]);
    assert!(question.enclosures.is_empty());
    assert_eq!(question.relation, Relation::Original);
    assert_eq!(comment.text, "Bills doubled here too.\n\n> quoted\n\nYes.");
    assert_eq!(comment.title, None);
    let parent = "https://news.ycombinator.com/item?id=9001".to_owned();
    assert_eq!(comment.relation, Relation::Reply(parent));
}

#[test]
fn a_search_is_paged_as_far_as_its_limit() {
    let adapter = open("hacker_news", WORDS).unwrap();
    let mut body: Value = serde_json::from_slice(&fixture("hacker_news_search_page.json")).unwrap();
    let mut follow = |page: i64| {
        body["page"] = page.into();
        let read = read_with(adapter.as_ref(), body.to_string().as_bytes(), None).unwrap();
        read.follow.first().map(|follow| follow.request.url.to_string())
    };
    let first = adapter.start().url;
    assert_eq!(follow(0), Some(format!("{first}&page=1")));
    assert_eq!(follow(1), Some(format!("{first}&page=2")));
    assert_eq!(follow(2), None);
    assert_eq!(follow(i64::MAX), None);
    assert_eq!(follow(-5), None);
}

#[test]
fn a_minimum_of_points_is_asked_for_and_checked() {
    let settings = "query = 'acme'\nmin_points = 20";
    let url = open("hacker_news", settings).unwrap().start().url;
    let query: Vec<_> = url.query_pairs().collect();
    assert!(query.contains(&("numericFilters".into(), "points>=20".into())), "{url}");
    assert!(query.contains(&("tags".into(), "story".into())), "{url}");
    let page = read("hacker_news", settings, "hacker_news_search_page.json");
    assert_eq!(keys(&page), ["9001", "9002", "9003"]);
    assert_eq!(places(&page), ["9004", "9005"]);
}

#[test]
fn a_thread_is_read_top_down_around_its_deleted_comments() {
    let settings = "story = 9001\nsite = 'http://127.0.0.1:8000'";
    let page = read("hacker_news", settings, "hacker_news_thread_with_a_deleted_comment.json");
    assert_eq!(keys(&page), ["9001", "9010", "9013", "9011"]);
    assert_eq!(page.skipped[0].place, "9012");
    assert_eq!(page.skipped[0].why, "it is deleted");
    let hole = "http://127.0.0.1:8000/item?id=9012".to_owned();
    assert_eq!(page.posts[2].relation, Relation::Reply(hole));
}

#[test]
fn items_of_the_official_api_are_read_too() {
    let page = read("hacker_news", WORDS, "hacker_news_items_of_the_official_api.json");
    assert_eq!(keys(&page), ["501", "502"]);
    assert_eq!(page.posts[0].tags, ["job"]);
    assert_eq!(page.posts[0].relation, Relation::Original);
    assert_eq!(page.posts[0].published, Some("2026-03-02T08:00:00Z".parse().unwrap()));
    assert_eq!(places(&page), ["503", "504", "505", "item 6"]);
    let adapter = open("hacker_news", WORDS).unwrap();
    assert_eq!(read_with(adapter.as_ref(), b"null", None).unwrap().posts, []);
}

#[test]
fn a_setting_that_cannot_be_used_is_named() {
    let check = |kind: &str, settings: &str, key: &str| match open(kind, settings) {
        Ok(_) => panic!("{kind} takes {settings:?}"),
        Err(error) => assert_eq!(error.key, key, "{settings:?}: {error}"),
    };
    check("mastodon", "tag = 'a'", "server");
    check("mastodon", "server = 'mill.example'\ntag = 'a'", "server");
    check("mastodon", "server = 'ftp://mill.example'\ntag = 'a'", "server");
    check("mastodon", "server = 'https://mill.example/api'\ntag = 'a'", "server");
    check("mastodon", "server = 'https://mill.example'", "tag");
    check("mastodon", "server = 'https://mill.example'\ntag = 'two words'", "tag");
    check("mastodon", "server = 'https://mill.example'\ntag = '#'", "tag");
    check("mastodon", "server = 'https://mill.example'\ntag = 'a'\naccount = '@b'", "tag");
    check("mastodon", "server = 'https://mill.example'\naccount = '@@'", "account");
    check("mastodon", "server = 'https://mill.example'\naccount = 7", "account");
    check("mastodon", "server = 'https://mill.example'\ntag = 'a'\nurl = 'x'", "url");
    check("hacker_news", "", "query");
    check("hacker_news", "query = ' '", "query");
    check("hacker_news", "query = 'a'\nstory = 1", "query");
    check("hacker_news", "story = -1", "story");
    check("hacker_news", "story = 1\nmin_points = 3", "min_points");
    check("hacker_news", "query = 'a'\nposts = 'polls'", "posts");
    check("hacker_news", "query = 'a'\nposts = 'all'\nmin_points = 3", "min_points");
    check("hacker_news", "query = 'a'\nsite = 'nowhere'", "site");
}

/// A value no server should send, but some do.
fn odd_value() -> impl Strategy<Value = Value> {
    let deep = (1..100_usize).prop_map(|depth| {
        (0..depth).fold(Value::Null, |inner, level| {
            if level % 2 == 0 {
                Value::Array(vec![inner])
            } else {
                serde_json::json!({"id": 1, "children": [inner]})
            }
        })
    });
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        "(<[a-z/]{0,9}>|&[a-z#0-9]{0,9};|https?://|[\\u{0}\\u{202e}é🦣]){0,12}"
            .prop_map(Value::from),
        deep,
    ]
}

/// Puts `odd` in place of the value at the `place`-th position of a walk over `value`.
fn damage(value: &mut Value, place: &mut usize, odd: &Value) {
    if *place == 0 {
        *value = odd.clone();
    }
    *place = place.wrapping_sub(1);
    match value {
        Value::Array(members) => members.iter_mut().for_each(|inner| damage(inner, place, odd)),
        Value::Object(fields) => fields.values_mut().for_each(|inner| damage(inner, place, odd)),
        _ => {}
    }
}

fn every_fixture() -> Vec<Vec<u8>> {
    [
        "mastodon_timeline_of_every_sort.json",
        "mastodon_what_is_withheld.json",
        "mastodon_grouped_notifications.json",
        "mastodon_context_of_a_status.json",
        "hacker_news_search_page.json",
        "hacker_news_thread_with_a_deleted_comment.json",
        "hacker_news_items_of_the_official_api.json",
    ]
    .map(fixture)
    .to_vec()
}

fn assert_sound(body: &[u8], link: &str) {
    let adapters = [
        open("mastodon", MILL).unwrap(),
        open("mastodon", "server = 'https://mill.example'\naccount = '@ada'").unwrap(),
        open("hacker_news", WORDS).unwrap(),
        open("hacker_news", "story = 9001").unwrap(),
    ];
    for adapter in adapters {
        let Ok(page) = read_with(adapter.as_ref(), body, Some(link)) else { continue };
        for said in &page.posts {
            assert!(!said.key.is_empty());
            let web = |url: &str| Url::parse(url).is_ok_and(|url| url.scheme().starts_with("http"));
            assert!(said.url.as_deref().is_none_or(web), "{:?}", said.url);
            assert!(said.enclosures.iter().all(|enclosure| web(&enclosure.url)));
        }
        let home = adapter.start().url.origin();
        assert!(page.follow.iter().all(|follow| follow.request.url.origin() == home));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn odd_values_anywhere_never_panic(which in 0..7_usize, place in 0..200_usize, odd in odd_value(), link in "\\PC{0,60}") {
        let mut value: Value = serde_json::from_slice(&every_fixture()[which]).unwrap();
        damage(&mut value, &mut place.clone(), &odd);
        assert_sound(value.to_string().as_bytes(), &link);
    }

    #[test]
    fn damaged_bytes_never_panic(which in 0..7_usize, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut body = every_fixture().swap_remove(which);
        let at = at.index(body.len());
        body[at] = byte;
        body.truncate(cut.index(body.len()) + 1);
        assert_sound(&body, "<>;rel=next");
    }
}
