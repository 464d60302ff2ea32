use std::time::Duration;

use jiff::SignedDuration;
use overheard::clock::FixedClock;
use overheard::crawl::headers::text_of;
use overheard::crawl::http::{Ask, Cost, Fetched, Http, Manner, Settings, Vouched};
use overheard::visit::{Failure, FailureKind, Validators};

use super::server::{Asked, Reply, Server, answer, ok};
use super::{body, clock, failure, fetch, http, kind, request, settings};

async fn fetch_vouched(
    http: &Http,
    url: &str,
    vouched_for: &str,
    etag: Option<&str>,
    last_modified: Option<&str>,
) -> Result<Fetched, Failure> {
    let request = request(url);
    let validators = Validators {
        etag: etag.map(str::to_owned),
        last_modified: last_modified.map(str::to_owned),
    };
    let vouched = Some(Vouched { url: vouched_for, validators: &validators, body_bytes: 9 });
    let ask = Ask { request: &request, vouched, manner: Manner::Feed };
    http.fetch(&ask, &clock(), &mut Cost::default()).await
}

#[tokio::test]
async fn c2_and_c3_validators_go_back_byte_for_byte() {
    let odd: [&[u8]; 6] =
        [b"\"a b\"", b"W/\"x\"", b"unquoted", b"\"\"", b"'single'; q=1, \"two\"", b"\"caf\xe9\""];
    for etag in odd {
        let date = b"Monday, the 2nd, 6 o'clock";
        let head = [
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nETag: ",
            etag,
            b"\r\nLast-Modified: ",
            date,
            b"\r\nConnection: close\r\n\r\nx",
        ]
        .concat();
        let server = Server::start(move |_| Reply::Bytes(head.clone()));
        let (http, url) = (http(|_| {}), server.url("/feed"));
        let first = body(&http, &url).await.headers.validators;
        let (etag_kept, date_kept) = (first.etag.as_deref(), first.last_modified.as_deref());
        fetch_vouched(&http, &url, &url, etag_kept, date_kept).await.unwrap();
        let asked = server.asked();
        assert_eq!(asked[0].header("If-None-Match"), None);
        assert_eq!(asked[1].header("If-None-Match"), Some(text_of(etag).as_str()));
        assert_eq!(asked[1].header("If-Modified-Since"), Some(text_of(date).as_str()));
    }
}

#[tokio::test]
async fn c7_validators_are_sent_to_no_url_but_the_one_that_gave_them() {
    let server = Server::start(|asked| match asked.path() {
        "/old" => answer("301 Moved", &["Location: /new"], b""),
        _ => ok(&[], "x"),
    });
    let http = http(|_| {});
    let (old, new) = (server.url("/old"), server.url("/new"));
    fetch_vouched(&http, &old, &old, Some("\"a\""), None).await.unwrap();
    fetch_vouched(&http, &old, &new, Some("\"b\""), None).await.unwrap();
    fetch_vouched(&http, &server.url("/edited"), &old, Some("\"c\""), None).await.unwrap();
    let sent: Vec<(String, Option<String>)> = server
        .asked()
        .iter()
        .map(|asked| (asked.path().into(), asked.header("If-None-Match").map(Into::into)))
        .collect();
    let expected = [
        ("/old", Some("\"a\"")),
        ("/new", None),
        ("/old", None),
        ("/new", Some("\"b\"")),
        ("/edited", None),
    ];
    assert_eq!(sent, expected.map(|(path, etag)| (path.into(), etag.map(Into::into))));
}

#[tokio::test]
async fn a_304_nobody_asked_for_is_a_failure() {
    let server = Server::start(|_| answer("304 Not Modified", &[], b""));
    assert_eq!(kind(&http(|_| {}), &server.url("/")).await, FailureKind::Protocol);
}

#[tokio::test]
async fn r1_and_r3_a_request_says_who_we_are_and_nothing_it_need_not() {
    let server = Server::start(|asked| match asked.path() {
        "/feed" => answer("302 Found", &["Location: /next", "Set-Cookie: id=1; Path=/"], b""),
        _ => ok(&["Set-Cookie: id=2"], "x"),
    });
    let http = http(|_| {});
    body(&http, &server.url("/feed")).await;
    body(&http, &server.url("/feed?a=b")).await;
    assert_eq!(server.paths(), ["/feed", "/next", "/feed?a=b"]);
    for asked in server.asked() {
        assert_eq!(asked.method(), "GET");
        let agent = asked.header("User-Agent").unwrap();
        let version = env!("CARGO_PKG_VERSION");
        assert!(agent.starts_with(&format!("Overheard/{version} (+http")), "{agent}");
        assert_eq!(asked.header("Accept"), Some("application/rss+xml"));
        let encodings = asked.header("Accept-Encoding").unwrap();
        assert!(["gzip", "br", "zstd"].iter().all(|coding| encodings.contains(coding)));
        for header in ["Cookie", "Referer", "If-None-Match", "If-Modified-Since", "Authorization"] {
            assert_eq!(asked.header(header), None, "{header}");
        }
    }
}

#[test]
fn r1_a_user_agent_without_a_contact_or_of_a_browser_is_refused() {
    for agent in [
        "",
        "Overheard/1.0",
        "Over heard (+https://a.example)",
        "Mozilla/5.0 (compatible; Overheard; +https://a.example)",
        "Acme/1 (+https://a.example) Chrome/99",
        "Acme/1 (+https://a.example)\r\nX: y",
    ] {
        let settings = Settings { user_agent: agent.into(), ..settings() };
        let refused = Http::new(settings).err().map(|error| error.key);
        assert_eq!(refused, Some("user_agent"), "{agent}");
    }
    let settings = Settings { user_agent: "Acme-Ear/1 (+https://a.example)".into(), ..settings() };
    assert_eq!(settings.product_token(), "Acme-Ear");
    assert!(Http::new(settings).is_ok());
}

/// "hello" in gzip's container, stored.
fn stored_gzip(text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend(text);
    bytes.extend(crc32fast::hash(text).to_le_bytes());
    bytes.extend(u32::from(length).to_le_bytes());
    bytes
}

/// A gzip of `repeats` × 258 equal bytes: one fixed block, each repeat 13 bits long.
fn gzip_bomb(repeats: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let mut push = |pattern: &str| bits.extend(pattern.bytes().map(|digit| digit == b'1'));
    // Last block, fixed codes; the literal 'a'; then "258 bytes from 1 byte back".
    push("110");
    push("10010001");
    for _ in 0..repeats {
        push("1100010100000");
    }
    push("0000000");
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    bytes.extend(bits.chunks(8).map(|octet| {
        octet.iter().enumerate().fold(0, |byte, (place, bit)| byte | (u8::from(*bit) << place))
    }));
    bytes
}

#[tokio::test]
async fn r2_gzip_br_and_zstd_are_undone() {
    let server = Server::start(|asked| match asked.path() {
        "/gzip" => answer("200 OK", &["Content-Encoding: gzip"], &stored_gzip(b"hello")),
        "/br" => answer("200 OK", &["Content-Encoding: br"], b"\x0b\x02\x80hello\x03"),
        _ => {
            let packed = zstd::encode_all(&b"hello"[..], 3).unwrap();
            answer("200 OK", &["Content-Encoding: zstd"], &packed)
        }
    });
    let http = http(|_| {});
    for path in ["/gzip", "/br", "/zstd"] {
        assert_eq!(body(&http, &server.url(path)).await.bytes, b"hello", "{path}");
    }
}

#[tokio::test]
async fn r2_a_bomb_is_cut_off_at_the_body_limit() {
    let gzip = gzip_bomb(100_000);
    let packed = zstd::encode_all(&vec![0; 20_000_000][..], 3).unwrap();
    assert!(gzip.len() < 200_000 && packed.len() < 200_000);
    let brotli = include_bytes!("../../fixtures/crawl/20-mb-of-zeros.br");
    let server = Server::start(move |asked| match asked.path() {
        "/gzip" => answer("200 OK", &["Content-Encoding: gzip"], &gzip),
        "/br" => answer("200 OK", &["Content-Encoding: br"], brotli),
        _ => answer("200 OK", &["Content-Encoding: zstd"], &packed),
    });
    let http = http(|settings| settings.body_limit_bytes = 1024 * 1024);
    for path in ["/gzip", "/br", "/zstd"] {
        let request = request(&server.url(path));
        let ask = Ask { request: &request, vouched: None, manner: Manner::Feed };
        let mut cost = Cost::default();
        let failure = http.fetch(&ask, &clock(), &mut cost).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::TooLarge, "{path}");
        assert!(failure.sentence.contains("1 MB"), "{}", failure.sentence);
        assert!(cost.bytes < 2 * 1024 * 1024, "{path} unpacked {}", cost.bytes);
    }
}

#[tokio::test]
async fn a_body_marked_as_gzip_that_is_none_is_a_failure() {
    let server = Server::start(|_| ok(&["Content-Encoding: gzip"], "plain"));
    assert_eq!(kind(&http(|_| {}), &server.url("/")).await, FailureKind::Protocol);
}

#[tokio::test]
async fn r4_one_connection_a_host_and_a_gap_between_requests() {
    let server = Server::start(|_| ok(&[], "x"));
    let http = http(|settings| settings.feed_gap_ms = 30);
    let urls = ["/a", "/b", "/c", "/d"].map(|path| server.url(path));
    let [a, b, c, d] = &urls;
    let _ = tokio::join!(fetch(&http, a), fetch(&http, b), fetch(&http, c), fetch(&http, d));
    let asked = server.asked();
    assert_eq!(asked.len(), 4);
    assert_eq!(server.most_open(), 1);
    for pair in asked.windows(2) {
        assert!(pair[1].at - pair[0].at >= Duration::from_millis(30));
    }
}

#[tokio::test]
async fn r5_five_redirects_are_followed_and_a_sixth_is_not() {
    let server = Server::start(|asked| match asked.path().trim_start_matches('/').parse() {
        Ok(0_u8) => ok(&[], "x"),
        Ok(left) => answer("302 Found", &[&format!("Location: /{}", left - 1)], b""),
        Err(_) => answer("404 Not Found", &[], b""),
    });
    let http = http(|_| {});
    assert_eq!(body(&http, &server.url("/5")).await.url.as_str(), server.url("/0"));
    assert_eq!(kind(&http, &server.url("/6")).await, FailureKind::Redirect);
}

#[tokio::test]
async fn r5_a_circle_of_redirects_is_found() {
    let server = Server::start(|asked| {
        let to = if asked.path() == "/a" { "Location: /b#x" } else { "Location: /a" };
        answer("301 Moved", &[to], b"")
    });
    let failure = failure(&http(|_| {}), &server.url("/a")).await;
    assert_eq!(failure.kind, FailureKind::Redirect);
    assert!(failure.sentence.contains("circle"), "{}", failure.sentence);
    assert_eq!(server.paths(), ["/a", "/b"]);
}

#[tokio::test]
async fn r5_a_host_that_says_nothing_and_a_body_that_drips_are_cut_off() {
    let server = Server::start(|asked| match asked.path() {
        "/hang" => Reply::Silence,
        _ => Reply::Trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n".to_vec()),
    });
    let http = http(|settings| {
        settings.first_byte_timeout_ms = 100;
        settings.whole_timeout_ms = 300;
    });
    assert_eq!(kind(&http, &server.url("/hang")).await, FailureKind::Timeout);
    assert_eq!(kind(&http, &server.url("/drip")).await, FailureKind::Timeout);
}

#[tokio::test]
async fn r5_a_body_beyond_the_limit_is_refused_declared_or_not() {
    let server = Server::start(|asked| match asked.path() {
        "/declared" => Reply::Trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n".to_vec()),
        _ => Reply::Bytes([b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 2000][..]].concat()),
    });
    let http = http(|settings| settings.body_limit_bytes = 1999);
    for path in ["/declared", "/undeclared"] {
        let failure = failure(&http, &server.url(path)).await;
        assert_eq!(failure.kind, FailureKind::TooLarge, "{path}");
        assert!(failure.sentence.contains("1999 bytes"), "{}", failure.sentence);
    }
}

#[tokio::test]
async fn r6_an_address_that_is_not_public_is_refused_before_and_after_the_lookup() {
    let server = Server::start(|_| ok(&[], "x"));
    let http = http(|settings| settings.allowed_hosts.clear());
    for host in ["127.0.0.1", "localhost", "127.1", "0x7f000001", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        let url = format!("http://{host}:{}/", server.address().port());
        let failure = failure(&http, &url).await;
        assert_eq!(failure.kind, FailureKind::ForbiddenAddress, "{host}: {}", failure.sentence);
        assert!(failure.sentence.contains("allowed_hosts"), "{}", failure.sentence);
    }
    assert_eq!(server.paths().len(), 0);
}

#[tokio::test]
async fn r6_a_host_the_operator_names_may_be_read() {
    let server = Server::start(|_| ok(&[], "x"));
    let http = http(|settings| settings.allowed_hosts = vec!["LocalHost".into()]);
    body(&http, &format!("http://localhost:{}/", server.address().port())).await;
    assert_eq!(kind(&http, &server.url("/")).await, FailureKind::ForbiddenAddress);
}

#[tokio::test]
async fn r6_a_redirect_does_not_lead_behind_our_own_door() {
    for target in ["169.254.169.254/latest", "[::1]/", "10.0.0.1/", "localhost:1/", "127.0.0.2/"] {
        let location = format!("Location: http://{target}");
        let server = Server::start(move |_| answer("302 Found", &[&location], b""));
        let found = kind(&http(|_| {}), &server.url("/")).await;
        assert_eq!(found, FailureKind::ForbiddenAddress, "{target}");
    }
}

#[tokio::test]
async fn s2_and_s4_each_status_has_its_kind_and_says_what_to_do() {
    for (status, expected) in [
        ("401 Unauthorized", FailureKind::Refused),
        ("403 Forbidden", FailureKind::Refused),
        ("404 Not Found", FailureKind::Missing),
        ("410 Gone", FailureKind::Gone),
        ("418 Teapot", FailureKind::Status),
        ("429 Too Many Requests", FailureKind::Busy),
        ("500 Oops", FailureKind::Status),
        ("503 Busy", FailureKind::Busy),
        ("204 No Content", FailureKind::Status),
        ("300 Choices", FailureKind::Status),
        ("302 Found", FailureKind::Status),
    ] {
        let server = Server::start(move |_| answer(status, &[], b"no"));
        let failure = failure(&http(|_| {}), &server.url("/feed")).await;
        assert_eq!(failure.kind, expected, "{status}");
        assert!(failure.sentence.contains("127.0.0.1"), "{}", failure.sentence);
        assert!(failure.sentence.contains(&status[..3]), "{}", failure.sentence);
    }
}

#[tokio::test]
async fn s2_a_challenge_page_is_a_refusal_and_not_a_busy_host() {
    for (status, header) in [
        ("503 Wait", "cf-mitigated: challenge"),
        ("202 Accepted", "x-amzn-waf-action: challenge"),
        ("405 Not Allowed", "x-amzn-waf-action: captcha"),
        ("202 Accepted", "SG-Captcha: challenge"),
    ] {
        let server = Server::start(move |_| answer(status, &[header], b"<html>prove it"));
        let failure = failure(&http(|_| {}), &server.url("/")).await;
        assert_eq!(failure.kind, FailureKind::Refused, "{header}");
        assert!(failure.sentence.contains("we do not pretend"), "{}", failure.sentence);
    }
}

#[tokio::test]
async fn s2_a_challenge_page_that_is_a_429_or_503_quiets_its_host_as_any_other() {
    for status in ["429 Slow Down", "503 Wait"] {
        let server = Server::start(move |_| {
            answer(status, &["cf-mitigated: challenge", "Retry-After: 600"], b"<html>prove it")
        });
        let http = http(|_| {});
        assert_eq!(kind(&http, &server.url("/")).await, FailureKind::Refused, "{status}");
        let next = failure(&http, &server.url("/other")).await;
        assert_eq!(next.kind, FailureKind::Busy, "{status}");
        assert_eq!(next.retry_after, Some(Duration::from_mins(10)), "{status}");
        assert_eq!(server.paths(), ["/"], "{status}");
        let changed = http.changed_hosts();
        let memory = changed[0].1.as_ref().unwrap();
        assert_eq!((memory.refusals, memory.tally.refused), (1, 1), "{status}");
    }
}

#[tokio::test]
async fn s4_what_never_answers_has_a_kind_as_well() {
    let http = http(|_| {});
    let closed = {
        let server = Server::start(|_| Reply::Silence);
        server.url("/")
    };
    assert_eq!(kind(&http, &closed).await, FailureKind::Connect);
    // A label of 64 letters is refused by the resolver without asking anybody.
    let nowhere = format!("http://{}.invalid/", "a".repeat(64));
    assert_eq!(kind(&http, &nowhere).await, FailureKind::Dns);
    let plain = Server::start(|_| ok(&[], "x"));
    let https = plain.url("/").replace("http:", "https:");
    assert_eq!(kind(&http, &https).await, FailureKind::Tls);
    assert_eq!(kind(&http, "ftp://127.0.0.1/").await, FailureKind::Protocol);
}

#[tokio::test]
async fn s4_an_answer_that_is_not_http_is_a_failure_and_nothing_worse() {
    let endless = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\nx", "y".repeat(2_000_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\nx", "A: b\r\n".repeat(5_000));
    for broken in [
        "",
        "\0\0\0",
        "hello",
        "SSH-2.0-OpenSSH_9\r\n",
        "HTTP/1.1 999999 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        &endless,
        &many,
    ] {
        let bytes = broken.as_bytes().to_vec();
        let server = Server::start(move |_| Reply::Bytes(bytes.clone()));
        let failure = failure(&http(|_| {}), &server.url("/")).await;
        let start: String = broken.chars().take(60).collect();
        assert_eq!(failure.kind, FailureKind::Protocol, "{start:?}: {}", failure.sentence);
        assert!(failure.sentence.len() < 400);
    }
}

#[tokio::test]
async fn f9_what_came_before_the_connection_broke_is_handed_on_as_cut() {
    let server = Server::start(|_| {
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n<rss>half".to_vec())
    });
    let body = body(&http(|_| {}), &server.url("/")).await;
    assert!(body.cut);
    assert_eq!(body.bytes, b"<rss>half");
}

/// Asks a busy server, then another URL of the same host, then moves the clock on and asks again;
/// returns how long the first failure asked us to wait, in seconds.
async fn quiet_after(header: &'static str, first_wait: i64) -> Option<u64> {
    let busy = move |asked: &Asked| match asked.path() {
        "/busy" if header.is_empty() => answer("429 Slow Down", &[], b""),
        "/busy" => answer("429 Slow Down", &[header], b""),
        _ => ok(&[], "x"),
    };
    let server = Server::start(busy);
    let (http, clock) = (http(|_| {}), clock());
    let get = async |path: &str, clock: &FixedClock| {
        let request = request(&server.url(path));
        let ask = Ask { request: &request, vouched: None, manner: Manner::Feed };
        http.fetch(&ask, clock, &mut Cost::default()).await
    };
    let refused = get("/busy", &clock).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Busy, "{header}");
    if first_wait > 0 {
        clock.advance(SignedDuration::from_secs(first_wait - 1));
        let left_alone = get("/other", &clock).await.unwrap_err();
        assert_eq!(left_alone.kind, FailureKind::Busy, "{header}");
        assert_eq!(left_alone.retry_after, Some(Duration::from_secs(1)), "{header}");
        assert_eq!(server.paths(), ["/busy"], "{header}");
        clock.advance(SignedDuration::from_secs(1));
    }
    get("/other", &clock).await.unwrap();
    assert_eq!(server.paths(), ["/busy", "/other"], "{header}");
    refused.retry_after.map(|wait| wait.as_secs())
}

#[tokio::test]
async fn t4_a_busy_host_is_left_alone_as_a_whole_for_as_long_as_it_asks() {
    assert_eq!(quiet_after("Retry-After: 120", 120).await, Some(120));
    assert_eq!(quiet_after("Retry-After: Mon, 02 Mar 2026 08:00:00 GMT", 7200).await, Some(7200));
    assert_eq!(quiet_after("Retry-After: 0", 0).await, Some(0));
    assert_eq!(quiet_after("Retry-After: Mon, 02 Mar 2026 05:00:00 GMT", 0).await, Some(0));
    assert_eq!(quiet_after("Retry-After: 99999999999999", 86_400).await, Some(86_400));
    assert_eq!(quiet_after("Retry-After: when I say so", 3600).await, None);
    assert_eq!(quiet_after("", 3600).await, None);
}

#[tokio::test]
async fn p1_robots_rule_pages_at_every_redirect_and_are_asked_once_a_day() {
    let server = Server::start(|asked| match asked.path() {
        "/robots.txt" => ok(&[], "User-agent: *\nDisallow: /private"),
        "/moved" => answer("301 Moved", &["Location: /private/1"], b""),
        _ => ok(&[], "x"),
    });
    let (http, clock) = (http(|_| {}), clock());
    let get = async |path: &str, manner| {
        let request = request(&server.url(path));
        let ask = Ask { request: &request, vouched: None, manner };
        http.fetch(&ask, &clock, &mut Cost::default()).await.map(drop).map_err(|f| f.kind)
    };
    assert_eq!(get("/private/1", Manner::Feed).await, Ok(()));
    assert_eq!(get("/a", Manner::Page).await, Ok(()));
    assert_eq!(get("/private/2", Manner::Page).await, Err(FailureKind::Robots));
    assert_eq!(get("/moved", Manner::Page).await, Err(FailureKind::Robots));
    assert_eq!(server.paths(), ["/private/1", "/robots.txt", "/a", "/moved"]);
    clock.advance(SignedDuration::from_hours(24));
    assert_eq!(get("/b", Manner::Page).await, Ok(()));
    assert_eq!(server.paths()[4..], ["/robots.txt", "/b"]);
}

#[tokio::test]
async fn p1_a_missing_robots_txt_means_yes_and_a_broken_one_no() {
    for (status, expected) in [
        ("404 Not Found", Ok(())),
        ("403 Forbidden", Ok(())),
        ("500 Oops", Err(FailureKind::Robots)),
        ("503 Busy", Err(FailureKind::Robots)),
    ] {
        let server = Server::start(move |asked| match asked.path() {
            "/robots.txt" => answer(status, &[], b""),
            _ => ok(&[], "x"),
        });
        let request = request(&server.url("/page"));
        let ask = Ask { request: &request, vouched: None, manner: Manner::Page };
        let got = http(|_| {}).fetch(&ask, &clock(), &mut Cost::default()).await;
        assert_eq!(got.map(drop).map_err(|failure| failure.kind), expected, "{status}");
    }
}

#[tokio::test]
async fn p1_a_robots_txt_that_never_ends_is_read_up_to_its_limit() {
    let server = Server::start(|asked| match asked.path() {
        "/robots.txt" => {
            ok(&[], &("User-agent: *\nDisallow: /a\n".to_owned() + &"#".repeat(900_000)))
        }
        _ => ok(&[], "x"),
    });
    let http = http(|settings| settings.body_limit_bytes = 1000);
    let request = request(&server.url("/a"));
    let ask = Ask { request: &request, vouched: None, manner: Manner::Page };
    let failure = http.fetch(&ask, &clock(), &mut Cost::default()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Robots, "{}", failure.sentence);
}
