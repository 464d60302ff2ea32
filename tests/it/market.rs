//! The sample market, asked over real sockets, and its content, read by parsers that are not ours.

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use overheard::account::Account;
use overheard::source::{SourceId, Voice};
use overheard::topic::{Topic, TopicKind};
use overheard::web::market::sample::{ACCOUNTS, FILES, MORNING, READERS, SOURCES, TOPICS};
use overheard::web::market::{Market, Served};
use serde::Deserialize;
use serde_json::Value;

/// Long enough for a busy machine; a server on loopback that takes longer is broken.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer, as it came over the wire.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

fn send(market: SocketAddr, method: &str, host: &str, path: &str, more: &str) -> TcpStream {
    let mut stream = TcpStream::connect(market).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn ask(market: &Market, host: &str, path: &str, more: &str) -> Answer {
    read(send(market.address(), "GET", host, path, more))
}

fn read(mut stream: TcpStream) -> Answer {
    let mut text = Vec::new();
    stream.read_to_end(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

#[test]
fn a_feed_comes_with_its_type_its_validators_and_its_freshness() {
    let market = Market::start().unwrap();
    let answer = ask(&market, "dailyrack.example", "/feed.rss", "");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/rss+xml; charset=utf-8"));
    assert_eq!(answer.header("last-modified"), Some("Fri, 20 Nov 2026 06:55:00 GMT"));
    assert_eq!(answer.header("cache-control"), Some("max-age=900"));
    assert!(answer.header("etag").unwrap().starts_with('"'));
    assert!(answer.body.starts_with("<?xml") && answer.body.ends_with("</rss>\n"));
}

#[test]
fn either_validator_earns_a_304_without_a_body_and_with_the_same_validators() {
    let market = Market::start().unwrap();
    let full = ask(&market, "querytax.example", "/feed.json", "");
    let etag = full.header("etag").unwrap();
    for condition in [
        format!("If-None-Match: {etag}\r\n"),
        format!("If-None-Match: \"other\", W/{etag}\r\n"),
        "If-Modified-Since: Fri, 20 Nov 2026 06:55:00 GMT\r\n".to_owned(),
    ] {
        let again = ask(&market, "querytax.example", "/feed.json", &condition);
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{condition}");
        assert_eq!(again.header("etag"), Some(etag), "{condition}");
    }
}

#[test]
fn a_stale_validator_earns_the_whole_feed_and_the_tag_counts_before_the_date() {
    let market = Market::start().unwrap();
    for condition in [
        "If-None-Match: \"stale\"\r\n",
        "If-None-Match: \"stale\"\r\nIf-Modified-Since: Fri, 20 Nov 2026 06:55:00 GMT\r\n",
        "If-Modified-Since: Thu, 19 Nov 2026 06:55:00 GMT\r\n",
        "If-Modified-Since: yesterday\r\n",
    ] {
        let answer = ask(&market, "querytax.example", "/feed.json", condition);
        assert_eq!(answer.status, 200, "{condition}");
        assert!(!answer.body.is_empty(), "{condition}");
    }
}

#[test]
fn one_site_fails_one_is_busy_and_says_for_how_long() {
    let market = Market::start().unwrap();
    assert_eq!(ask(&market, "edgegazette.example", "/feed.rss", "").status, 500);
    let busy = ask(&market, "busybeat.example", "/feed.rss", "");
    assert_eq!((busy.status, busy.header("retry-after")), (429, Some("7200")));
}

#[test]
fn a_site_that_never_answers_stops_no_other_and_does_not_keep_the_market_open() {
    let market = Market::start().unwrap();
    let mut hanging = send(market.address(), "GET", "slowtrain.example", "/feed.rss", "");
    let idle = TcpStream::connect(market.address()).unwrap();
    assert_eq!(ask(&market, "wirepoint.example", "/business.rss", "").status, 200);

    hanging.set_nonblocking(true).unwrap();
    let silence = hanging.read(&mut [0; 1]).unwrap_err();
    assert_eq!(silence.kind(), ErrorKind::WouldBlock);

    let address = market.address();
    market.close().unwrap();
    assert!(TcpStream::connect(address).is_err());
    // The client is told, or the connection ends: it does not wait for ever.
    hanging.set_nonblocking(false).unwrap();
    let mut rest = Vec::new();
    let ended = hanging.read_to_end(&mut rest);
    assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 503"));
    drop(idle);
}

#[test]
fn the_timeline_has_two_pages_tied_by_the_link_header() {
    let market = Market::start().unwrap();
    let path = "/api/v1/timelines/tag/sysadmin?limit=40";
    let first = ask(&market, "tootline.example", path, "");
    let link = first.header("link").unwrap();
    let next = link.strip_prefix("<http://tootline.example").unwrap();
    let next = next.strip_suffix(">; rel=\"next\"").unwrap();
    assert!(next.starts_with("/api/v1/timelines/tag/sysadmin?limit=40&max_id="), "{next}");

    let second = ask(&market, "tootline.example", next, "");
    assert_eq!(second.header("link"), None);
    let ids = |answer: &Answer| -> Vec<String> {
        let statuses: Vec<Value> = serde_json::from_str(&answer.body).unwrap();
        statuses.iter().map(|status| status["id"].as_str().unwrap().to_owned()).collect()
    };
    let (first, second) = (ids(&first), ids(&second));
    assert_eq!(first.last(), second.first(), "one status stands on both pages");
    assert!(next.ends_with(first.last().unwrap()));
}

#[test]
fn a_port_a_capital_and_an_absolute_address_name_the_same_site() {
    let market = Market::start().unwrap();
    let port = market.address().port();
    let with_port = format!("ColdBoot.example:{port}");
    assert_eq!(ask(&market, &with_port, "/robots.txt", "").status, 200);
    let absolute = "http://coldboot.example/2026/11/send-less";
    assert_eq!(ask(&market, "other.example", absolute, "").status, 200);
}

#[test]
fn what_is_not_there_is_a_404_and_what_is_not_a_reading_is_a_405() {
    let market = Market::start().unwrap();
    assert_eq!(ask(&market, "dailyrack.example", "/nothing", "").status, 404);
    assert_eq!(ask(&market, "nowhere.example", "/", "").status, 404);
    assert_eq!(ask(&market, "dailyrack.example", "/../../Cargo.toml", "").status, 404);
    let beyond = "/api/v1/search_by_date?query=cloud&page=1";
    assert_eq!(ask(&market, "hn.example", beyond, "").status, 404);
    let posted = read(send(market.address(), "POST", "dailyrack.example", "/feed.rss", ""));
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET, HEAD")));
}

#[test]
fn a_market_of_recorded_files_serves_just_these() {
    let recorded = Served {
        host: "Recorded.example".into(),
        path: "/feed".into(),
        content_type: "text/html".into(),
        body: "<rss/>".into(),
    };
    let market = Market::of(vec![recorded]).unwrap();
    assert_eq!(market.hosts(), &BTreeSet::from(["recorded.example".to_owned()]));
    let answer = ask(&market, "recorded.example", "/feed", "");
    assert_eq!((answer.status, answer.body.as_str()), (200, "<rss/>"));
    assert_eq!(answer.header("content-type"), Some("text/html"));
    assert_eq!(ask(&market, "dailyrack.example", "/feed.rss", "").status, 404);
}

#[test]
fn the_table_of_files_and_the_folder_are_the_same() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sources/demo/site");
    let mut waiting = vec![root.clone()];
    let mut found = BTreeSet::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.insert(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let listed: BTreeSet<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(listed, found);
}

#[test]
fn every_source_is_listed_once_and_its_site_answers() {
    let market = Market::start().unwrap();
    let sources = tables(SOURCES, "source");
    let (mut ids, mut voices) = (BTreeSet::new(), BTreeSet::new());
    for source in &sources {
        let id = text(source, "id");
        id.parse::<SourceId>().unwrap();
        assert!(ids.insert(id.clone()), "{id} stands twice");
        let voice: Voice = serde_json::from_value(text(source, "voice").into()).unwrap();
        voices.insert(voice);
        assert!(source["owner"].as_str().unwrap().ends_with(".example"), "{id}");
        let url = match text(source, "kind").as_str() {
            "mastodon" => {
                format!("{}/api/v1/timelines/tag/{}", text(source, "server"), text(source, "tag"))
            }
            "hacker_news" => format!("{}/api/v1/search_by_date", text(source, "server")),
            _ => text(source, "url"),
        };
        let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        assert!(market.hosts().contains(host), "{id}: {host}");
        if host == "slowtrain.example" {
            continue;
        }
        let expected = match host {
            "edgegazette.example" => 500,
            "busybeat.example" => 429,
            _ => 200,
        };
        assert_eq!(ask(&market, host, &format!("/{path}"), "").status, expected, "{id}");
    }
    assert!(sources.len() >= 30, "{} sources", sources.len());
    assert_eq!(voices.len(), Voice::ALL.len(), "every voice is heard: {voices:?}");
}

#[test]
fn the_market_speaks_for_exactly_five_weeks() {
    let morning: Timestamp = MORNING.parse().unwrap();
    let from = morning - Duration::from_hours(5 * 7 * 24);
    let dates = dates();
    assert!(dates.len() >= 170, "{} posts", dates.len());
    for (path, date) in &dates {
        assert!(from <= *date && *date < morning, "{path}: {date}");
    }
    let first = dates.iter().map(|(_, date)| *date).min().unwrap();
    let first_day = Duration::from_hours(24);
    assert!(first < from + first_day, "the first post is of {first}");
}

#[test]
fn the_wire_story_was_reprinted_nine_times() {
    let reprints: Vec<&str> = FILES
        .iter()
        .filter(|(_, body)| {
            let body = String::from_utf8_lossy(body);
            body.contains("will raise the price of log and metric ingest by 38 per")
        })
        .map(|(path, _)| *path)
        .collect();
    assert_eq!(reprints.len(), 10, "the wire and nine others: {reprints:?}");
}

#[test]
fn the_topics_are_well_formed_and_no_example_is_a_post() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        topic: Vec<Topic>,
    }
    let topics = toml::from_str::<File>(TOPICS).unwrap().topic;
    let signals = topics.iter().filter(|topic| topic.kind == TopicKind::Signal).count();
    assert!(topics.len() >= 10 && signals >= 5);
    let names: BTreeSet<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
    assert_eq!(names.len(), topics.len());
    for topic in &topics {
        assert!(topic.examples.len() >= 2 && topic.ask.is_some(), "{}", topic.name);
        for example in &topic.examples {
            let copied =
                FILES.iter().any(|(_, body)| String::from_utf8_lossy(body).contains(example));
            assert!(!copied, "{example:?} is copied from a post");
        }
    }
}

#[test]
fn the_readers_follow_topics_and_accounts_that_exist() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        account: Vec<Account>,
    }
    let accounts = toml::from_str::<File>(ACCOUNTS).unwrap().account;
    let accounts: Vec<String> = accounts.into_iter().map(|account| account.name).collect();
    let topics: Vec<String> =
        tables(TOPICS, "topic").iter().map(|topic| text(topic, "name")).collect();
    let readers = tables(READERS, "reader");
    assert_eq!(readers.len(), 2);
    for reader in &readers {
        for (key, known) in [("topics", &topics), ("accounts", &accounts)] {
            for name in reader[key].as_array().unwrap() {
                assert!(known.iter().any(|known| Some(known.as_str()) == name.as_str()), "{name}");
            }
        }
        jiff::tz::TimeZone::get(&text(reader, "time_zone")).unwrap();
        text(reader, "at").parse::<jiff::civil::Time>().unwrap();
    }
}

fn tables(file: &str, name: &str) -> Vec<toml::Table> {
    let mut table: toml::Table = toml::from_str(file).unwrap();
    table.remove(name).unwrap().try_into().unwrap()
}

fn text(table: &toml::Table, key: &str) -> String {
    table[key].as_str().unwrap().to_owned()
}

/// The file and date of every post in the market.
fn dates() -> Vec<(&'static str, Timestamp)> {
    let mut dates = Vec::new();
    for (path, body) in FILES {
        let found: Vec<Timestamp> = match path.rsplit('.').next().unwrap() {
            "html" => page_date(body).into_iter().collect(),
            "txt" => Vec::new(),
            _ if path.contains("/api/") => api_dates(body),
            // Its ampersands and its tail are broken: counted without a parser.
            "xml" if path.starts_with("cloudcourier") => item_dates(body),
            _ => {
                let feed = feed_rs::parser::parse(*body).unwrap();
                assert!(feed.entries.iter().all(|entry| entry.published.is_some()), "{path}");
                let published = feed.entries.iter().filter_map(|entry| entry.published);
                published.map(|date| Timestamp::from_second(date.timestamp()).unwrap()).collect()
            }
        };
        dates.extend(found.into_iter().map(|date| (*path, date)));
    }
    dates
}

/// When an article was written: `18 November 2026` near its heading; none on an index.
fn page_date(body: &[u8]) -> Option<Timestamp> {
    let text = String::from_utf8_lossy(body);
    let article = text.split_once("<article class=\"entry\">").or(text.split_once("\"meta\">"))?.1;
    let words: Vec<&str> = article.split(['<', '>', ' ', ',', '\n']).collect();
    words.windows(3).find_map(|date| {
        let date = jiff::civil::Date::strptime("%d %B %Y", date.join(" ")).ok()?;
        Some(date.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })
}

/// The dates of statuses and hits; a status that stands on two pages counts twice here.
fn api_dates(body: &[u8]) -> Vec<Timestamp> {
    let value: Value = serde_json::from_slice(body).unwrap();
    let items = value.as_array().or(value["hits"].as_array()).unwrap();
    items.iter().map(|item| item["created_at"].as_str().unwrap().parse().unwrap()).collect()
}

fn item_dates(body: &[u8]) -> Vec<Timestamp> {
    let text = String::from_utf8_lossy(body);
    let whole = text.split("</item>").filter_map(|item| item.split_once("<pubDate>"));
    whole
        .map(|(_, rest)| {
            let date = rest.split_once("</pubDate>").unwrap().0;
            jiff::fmt::rfc2822::parse(date).unwrap().timestamp()
        })
        .collect()
}
