//! What is remembered of hosts: gaps learnt, quiet asked for, robots.txt, and what was counted.

use std::time::Duration;

use jiff::SignedDuration;
use overheard::clock::{Clock as _, FixedClock};
use overheard::crawl::http::{Ask, Cost, Fetched, Http, Manner};
use overheard::host::{HostMemory, RobotsSaid, Tally};
use overheard::visit::{Failure, FailureKind, Memory};

use super::server::{Server, answer, ok};
use super::world::{World, conditional};
use super::{body, clock, http, request};

async fn get(
    http: &Http,
    url: &str,
    manner: Manner,
    clock: &FixedClock,
) -> Result<Fetched, Failure> {
    let request = request(url);
    let ask = Ask { request: &request, vouched: None, manner };
    http.fetch(&ask, clock, &mut Cost::default()).await
}

/// What a client would have stored, as another one takes it up.
fn stored(http: &Http) -> Vec<(String, HostMemory)> {
    let changed = http.changed_hosts().into_iter();
    changed.map(|(host, memory)| (host, memory.unwrap())).collect()
}

/// The gaps between the requests a server has seen.
fn gaps(server: &Server) -> Vec<Duration> {
    let asked = server.asked();
    asked.windows(2).map(|pair| pair[1].at - pair[0].at).collect()
}

#[tokio::test]
async fn r4_a_longer_gap_is_learnt_from_a_429_and_outlives_a_restart() {
    let server = Server::start(|asked| match asked.path() {
        "/busy" => answer("429 Slow Down", &["Retry-After: 0"], b""),
        _ => ok(&[], "x"),
    });
    let clock = clock();
    let first = http(|settings| settings.feed_gap_ms = 40);
    for path in ["/a", "/busy", "/b"] {
        let _ = get(&first, &server.url(path), Manner::Feed, &clock).await;
    }
    let second = http(|settings| settings.feed_gap_ms = 40);
    second.recall(stored(&first), clock.now());
    for path in ["/c", "/d"] {
        get(&second, &server.url(path), Manner::Feed, &clock).await.unwrap();
    }
    let gaps = gaps(&server);
    assert!(gaps[0] >= Duration::from_millis(40), "{gaps:?}");
    // Doubled by the refusal, for the new process as well, which also waits before its first.
    for gap in &gaps[1..] {
        assert!(*gap >= Duration::from_millis(80), "{gaps:?}");
    }
    // A month of good manners later the lesson is forgotten.
    clock.advance(SignedDuration::from_hours(24 * 31));
    let third = http(|settings| settings.feed_gap_ms = 40);
    third.recall(stored(&second), clock.now());
    get(&third, &server.url("/e"), Manner::Feed, &clock).await.unwrap();
}

#[tokio::test]
async fn r4_a_crawl_delay_is_the_gap_between_two_pages() {
    let server = Server::start(|asked| match asked.path() {
        "/robots.txt" => ok(&[], "User-agent: *\nCrawl-delay: 0.08"),
        _ => ok(&[], "x"),
    });
    let (http, clock) = (http(|_| {}), clock());
    for path in ["/a", "/b"] {
        get(&http, &server.url(path), Manner::Page, &clock).await.unwrap();
    }
    assert!(gaps(&server)[1] >= Duration::from_millis(80), "{:?}", gaps(&server));
}

#[tokio::test]
async fn r4_ipv6_is_spoken_as_well() {
    let server = Server::start_v6(|_| ok(&[], "six"));
    let http = http(|settings| settings.allowed_hosts = vec!["[::1]".into()]);
    assert_eq!(body(&http, &server.url("/")).await.bytes, b"six");
}

#[tokio::test]
async fn t4_the_quiet_of_any_host_outlives_the_process_though_no_source_begins_there() {
    let server = Server::start(|_| answer("503 Busy", &[], b""));
    let clock = clock();
    let mut http_of_the_day = http(|_| {});
    // Asked for no time, the quiet is an hour, then two, then four: the count outlives restarts, too.
    for hours in [1, 2, 4] {
        let refused = get(&http_of_the_day, &server.url("/article"), Manner::Feed, &clock).await;
        assert_eq!(refused.unwrap_err().kind, FailureKind::Busy);
        let remembered = stored(&http_of_the_day);
        http_of_the_day = http(|_| {});
        http_of_the_day.recall(remembered, clock.now());
        clock.advance(SignedDuration::from_secs(hours * 3600 - 1));
        let asked_so_far = server.paths().len();
        let left_alone = get(&http_of_the_day, &server.url("/other"), Manner::Feed, &clock).await;
        assert_eq!(left_alone.unwrap_err().retry_after, Some(Duration::from_secs(1)));
        assert_eq!(server.paths().len(), asked_so_far);
        clock.advance(SignedDuration::from_secs(1));
    }
}

#[tokio::test]
async fn p1_a_robots_txt_is_asked_once_a_day_though_the_process_ends() {
    let server = Server::start(|asked| match asked.path() {
        "/robots.txt" => ok(
            &[],
            "User-agent: *\nDisallow: /\n\nUser-agent: overheard\nDisallow: /*.pdf$\nAllow: /a",
        ),
        _ => ok(&[], "x"),
    });
    let (first, clock) = (http(|_| {}), clock());
    get(&first, &server.url("/a"), Manner::Page, &clock).await.unwrap();
    let remembered = stored(&first);
    let RobotsSaid::Rules(rules) = &remembered[0].1.robots[0].said else { unreachable!() };
    assert_eq!(rules, "User-agent: *\nDisallow: /*.pdf$\nAllow: /a\n");

    let second = http(|_| {});
    second.recall(remembered.clone(), clock.now());
    get(&second, &server.url("/b"), Manner::Page, &clock).await.unwrap();
    let refused = get(&second, &server.url("/c.pdf"), Manner::Page, &clock).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Robots);
    assert_eq!(server.paths(), ["/robots.txt", "/a", "/b"]);

    // What another name was told is no answer to ours.
    let renamed = http(|settings| settings.user_agent = "Other/1 (+https://a.example)".into());
    renamed.recall(remembered, clock.now());
    let refused = get(&renamed, &server.url("/b"), Manner::Page, &clock).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Robots);
    clock.advance(SignedDuration::from_hours(24));
    get(&second, &server.url("/d"), Manner::Page, &clock).await.unwrap();
    assert_eq!(server.paths()[3..], ["/robots.txt", "/robots.txt", "/d"]);
}

#[tokio::test]
async fn p1_an_article_behind_a_robots_txt_that_could_not_be_read_is_owed() {
    let is_up = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let up = std::sync::Arc::clone(&is_up);
    let server = Server::start(move |asked| match asked.path() {
        "/" => ok(&["ETag: \"1\""], "article /x x"),
        "/robots.txt" if up.load(std::sync::atomic::Ordering::SeqCst) => ok(&[], ""),
        "/robots.txt" => answer("500 Oops", &[], b""),
        _ => ok(&[], "post x"),
    });
    let (world, url) = (World::new(), server.url("/"));
    let first = world.visit(&url, Memory::default()).await;
    assert_eq!((first.posts.len(), &first.memory.validators.etag), (0, &None));
    is_up.store(true, std::sync::atomic::Ordering::SeqCst);
    let second = world.visit(&url, first.memory).await;
    assert_eq!(second.posts.len(), 1);
    assert!(second.memory.validators.etag.is_some());
}

#[tokio::test]
async fn p3_every_request_is_counted_with_what_it_saved_the_server() {
    let server = Server::start(|asked| match asked.path() {
        "/busy" => answer("429 Slow Down", &["Retry-After: 60"], b""),
        _ if conditional(asked) => answer("304 Not Modified", &[], b""),
        _ => ok(&["ETag: \"1\""], "post a"),
    });
    let (world, url) = (World::new(), server.url("/"));
    let mut memory = Memory::default();
    for _ in 0..4 {
        memory = world.visit(&url, memory).await.memory;
    }
    let http = &world.visitor.http;
    for path in ["/busy", "/a", "/b"] {
        let _ = get(http, &server.url(path), Manner::Feed, &world.clock).await;
    }
    let hosts = stored(http);
    assert_eq!(hosts.len(), 1);
    let hour = world.clock.now().as_second() / 3600;
    let expected = Tally {
        since: Some(super::morning()),
        requests: 5,
        conditional: 3,
        not_modified: 3,
        bytes: 6,
        bytes_saved: 18,
        refused: 1,
        retry_after: 1,
        kept_away: 2,
        too_early: 0,
        most_in_an_hour: 1,
        hour,
        in_hour: 1,
    };
    assert_eq!(hosts[0].1.tally, expected);
    // Nothing is told twice.
    assert_eq!(http.changed_hosts(), []);
}

#[tokio::test]
async fn p3_the_most_requests_of_an_hour_are_known() {
    let server = Server::start(|_| ok(&[], "x"));
    let (http, clock) = (http(|_| {}), clock());
    for requests in [2, 3, 1] {
        for _ in 0..requests {
            get(&http, &server.url("/"), Manner::Feed, &clock).await.unwrap();
        }
        clock.advance(SignedDuration::from_hours(1));
    }
    let tally = stored(&http)[0].1.tally;
    assert_eq!((tally.requests, tally.most_in_an_hour), (6, 3));
}

#[test]
fn p3_what_was_counted_at_a_host_long_forgotten_is_still_counted() {
    let (http, now) = (http(|_| {}), clock().now());
    let counted = |requests, days: i64| HostMemory {
        last_asked: Some(now - SignedDuration::from_hours(24 * days)),
        tally: Tally { requests, ..Tally::default() },
        ..HostMemory::default()
    };
    let hosts = [("long-ago.example", counted(5, 91)), ("lately.example", counted(7, 89))];
    http.recall(hosts.map(|(host, memory)| (host.to_owned(), memory)).into(), now);
    let changed = http.changed_hosts();
    assert_eq!(changed.len(), 2);
    assert_eq!(changed[0].0, "");
    assert_eq!(changed[0].1.as_ref().unwrap().tally.requests, 5);
    assert_eq!(changed[1], ("long-ago.example".to_owned(), None));
}

#[tokio::test]
async fn when_there_are_too_many_hosts_those_at_rest_are_forgotten_oldest_first_and_no_other() {
    /// Hosts that are remembered.
    const ROOM: usize = 10_000;
    let (http, now) = (http(|_| {}), clock().now());
    let ago = |minutes: usize| now - SignedDuration::from_mins(i64::try_from(minutes).unwrap());
    let hosts = (0..ROOM).map(|n| {
        // The higher its number, the longer ago it was asked, but for those of "gap".
        let mut memory = HostMemory { last_asked: Some(ago(n + 10)), ..HostMemory::default() };
        let kind = match n % 10 {
            0 => {
                memory.quiet_until = Some(now + SignedDuration::from_mins(1));
                "quiet"
            }
            1 => {
                memory.refusals = 1;
                "refusing"
            }
            2 => {
                memory.refused_at = Some(now - SignedDuration::from_hours(24 * 29));
                "learnt"
            }
            3 => {
                memory.last_asked = Some(now - SignedDuration::from_secs(50));
                "gap"
            }
            _ => "rest",
        };
        (format!("{kind}-{n}.example"), memory)
    });
    http.recall(hosts.collect(), now);
    assert_eq!(http.changed_hosts(), []);
    http.leave_alone(&"https://new.example/".parse().unwrap(), now).await;

    let changed = http.changed_hosts();
    let forgotten = changed.into_iter().filter(|(_, memory)| memory.is_none());
    let mut numbers: Vec<usize> = forgotten
        .map(|(host, _)| {
            let number = host.strip_prefix("rest-").expect(&host);
            number.strip_suffix(".example").unwrap().parse().unwrap()
        })
        .collect();
    numbers.sort_unstable();
    let at_rest = (0..ROOM).filter(|n| n % 10 > 3);
    let oldest: Vec<usize> = at_rest.rev().take(numbers.len()).collect();
    assert!((1..ROOM / 10).contains(&numbers.len()), "{}", numbers.len());
    assert!(numbers.iter().rev().eq(&oldest));
    // There is room again: the next new host makes nobody forgotten.
    http.leave_alone(&"https://newer.example/".parse().unwrap(), now).await;
    assert!(http.changed_hosts().iter().all(|(_, memory)| memory.is_some()));
}
