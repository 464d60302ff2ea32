//! R: what a request of ours looks like, and what it puts up with.

use std::thread;
use std::time::Duration;

use jiff::SignedDuration;

use super::guest::{feed, hurried, ok, only, url};
use super::{Guest, Row, SelfcheckError, row};
use crate::crawl::http::{Manner, Settings};
use crate::visit::{Failure, FailureKind};
use crate::web::mirror::Reply;

/// No check waits for a longer gap than this; a longer one is tried at this length, and said so.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How long a site takes for an answer where two requests at once are to meet.
const SLOW: Duration = Duration::from_millis(50);
/// What an answer may take where it is to take too long.
const LONGEST_ANSWER_MS: u64 = 1_000;
/// What an unpacked bomb would come to, and how far over the limit we may have read when we stop.
const BOMB_BYTES: usize = 8 * 1024 * 1024;
/// Every client has this contact until its operator gives their own.
const EXAMPLE_CONTACT: &str = "overheard.example";
/// What the names of browsers are known by.
const BROWSERS: &[&str] = &["Mozilla", "AppleWebKit", "Chrome", "Safari", "Gecko"];

pub(super) async fn rows(settings: &Settings) -> Result<Vec<Row>, SelfcheckError> {
    let hurry = &hurried(settings);
    let mut rows = plain(hurry).await?;
    let (gaps, limits, guarded) = tokio::try_join!(gaps(settings), limits(hurry), guarded(hurry))?;
    rows.extend(gaps);
    rows.extend([limits, guarded]);
    Ok(rows)
}

async fn plain(settings: &Settings) -> Result<Vec<Row>, SelfcheckError> {
    let packed = zstd::encode_all(feed("a", "").as_bytes(), 3)?;
    let bomb = zstd::encode_all(&vec![0; BOMB_BYTES][..], 3)?;
    let mut guest = Guest::at(settings, move |asked| match asked.path() {
        "/feed" => only("302 Found", "Location: /packed"),
        "/robots.txt" => only("404 Not Found", "X-Nothing: said"),
        "/page" => ok(&[], "a"),
        "/packed" => Reply::of("200 OK", &["Content-Encoding: zstd", "Set-Cookie: id=1"], &packed),
        _ => Reply::of("200 OK", &["Content-Encoding: zstd"], &bomb),
    })?;
    let read = guest.visits(2, SignedDuration::from_hours(1)).await?;
    let _ = guest.fetch(&url("/page"), Manner::Page).await;
    let asked = guest.site.asked();
    let Some(first) = asked.first() else {
        return Ok(vec![row("R1", "make requests", "none came".to_owned(), false)]);
    };
    let header = |name| first.header(name).unwrap_or("nothing");

    let mut agents: Vec<&str> =
        asked.iter().map(|asked| asked.header("User-Agent").unwrap_or("nothing")).collect();
    agents.sort_unstable();
    agents.dedup();
    let agent = agents.join(" and ");
    // Feeds, where they lead, a page, and its robots.txt: each must say it.
    let is_ours = agent == settings.user_agent;
    let are_all = ["/feed", "/packed", "/page", "/robots.txt"]
        .iter()
        .all(|path| asked.iter().any(|asked| asked.path() == *path));
    let note = if agent.contains(EXAMPLE_CONTACT) {
        "; that contact is an example: set user_agent under [fetch] to one that reaches you"
    } else {
        ""
    };
    let who = row(
        "R1",
        "say who we are, with a contact; never a browser's name",
        format!("{agent}{note}"),
        is_ours && are_all && introduces_us(&agent),
    );

    let (accept, codings) = (header("Accept"), header("Accept-Encoding"));
    let is_feed = ["rss", "atom", "json"].iter().all(|kind| accept.contains(kind));
    let unpacks = ["gzip", "br", "zstd"].iter().all(|coding| codings.contains(coding));
    let was_read = read.first().is_some_and(|visited| visited.posts.len() == 1);
    let exploded = guest.fetch(&url("/bomb"), Manner::Feed).await;
    let is_cut = exploded.is_err_and(|failure| failure.kind == FailureKind::TooLarge);
    let kinds = row(
        "R2",
        "ask for feeds, packed; stop unpacking at the body limit",
        format!(
            "Accept: {accept}; Accept-Encoding: {codings}; a bomb of {} MB was {}",
            BOMB_BYTES >> 20,
            if is_cut { "cut off" } else { "swallowed" }
        ),
        is_feed && unpacks && was_read && is_cut,
    );

    let unwanted = ["Cookie", "Referer", "Authorization", "From", "DNT"];
    let carried: Vec<&str> = unwanted
        .into_iter()
        .filter(|name| asked.iter().any(|asked| asked.header(name).is_some()))
        .collect();
    let is_plain = asked.iter().all(|asked| asked.method() == "GET" && !asked.path().contains('?'));
    let carried = if carried.is_empty() { "none of these".to_owned() } else { carried.join(", ") };
    let bare = row(
        "R3",
        "send GET only, without cookies, Referer or parameters of ours",
        format!("{} requests, {carried}", asked.len()),
        is_plain && carried == "none of these",
    );
    Ok(vec![who, kinds, bare])
}

/// Whether a name says product, version and a contact, and is no browser's.
fn introduces_us(agent: &str) -> bool {
    let mut parts = agent.splitn(2, '/');
    let product = parts.next().unwrap_or_default();
    let has_version =
        parts.next().is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let has_contact = ["http://", "https://", "mailto:"].iter().any(|way| agent.contains(way));
    let is_browser = BROWSERS.iter().any(|name| agent.contains(name));
    !product.is_empty() && has_version && has_contact && !is_browser
}

async fn gaps(settings: &Settings) -> Result<Vec<Row>, SelfcheckError> {
    let limit_ms = u64::try_from(LONGEST_WAIT.as_millis()).unwrap_or(u64::MAX);
    let tried = Settings {
        feed_gap_ms: settings.feed_gap_ms.min(limit_ms),
        page_gap_ms: settings.page_gap_ms.min(limit_ms),
        ..hurried(settings)
    };
    let feeds = async {
        let guest = Guest::at(&tried, |_| ok(&[], "a"))?;
        let (one, two) = (url("/one"), url("/two"));
        let _ = tokio::join!(guest.fetch(&one, Manner::Feed), guest.fetch(&two, Manner::Feed));
        Ok::<_, SelfcheckError>(least_gap(&guest, 2))
    };
    let pages = async {
        let guest = Guest::at(&tried, |asked| match asked.path() {
            "/robots.txt" => only("404 Not Found", "X-Nothing: said"),
            _ => ok(&[], "a"),
        })?;
        for path in ["/page", "/other"] {
            let _ = guest.fetch(&url(path), Manner::Page).await;
        }
        Ok::<_, SelfcheckError>(least_gap(&guest, 3))
    };
    // Without a gap, which would keep two connections apart by itself.
    let hurry = hurried(settings);
    let turns = async {
        let guest = Guest::at(&hurry, |_| {
            thread::sleep(SLOW);
            ok(&[], "a")
        })?;
        let (one, two) = (url("/one"), url("/two"));
        let _ = tokio::join!(guest.fetch(&one, Manner::Feed), guest.fetch(&two, Manner::Feed));
        Ok::<_, SelfcheckError>((guest.site.asked().len(), guest.site.most_open()))
    };
    let (feeds, pages, (asked, most_open)) = tokio::try_join!(feeds, pages, turns)?;
    let has_gaps = tried.feed_gap_ms > 0 && tried.page_gap_ms > 0;
    let are_kept = feeds >= tried.feed_gap() && pages >= tried.page_gap();
    let yours = format!("yours are {} and {} ms", settings.feed_gap_ms, settings.page_gap_ms);
    let seen = format!(
        "{most_open} connection at a time; {} ms between two feeds, {} ms before a page ({yours})",
        feeds.as_millis(),
        pages.as_millis()
    );
    let passed = (asked, most_open) == (2, 1) && has_gaps && are_kept;
    Ok(vec![row("R4", "use one connection a host, with a gap between requests", seen, passed)])
}

/// The shortest time between two of so many requests a site saw; none where it did not see them.
fn least_gap(guest: &Guest, requests: usize) -> Duration {
    let asked = guest.site.asked();
    let gaps = asked.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at));
    gaps.min().filter(|_| asked.len() == requests).unwrap_or_default()
}

async fn limits(settings: &Settings) -> Result<Row, SelfcheckError> {
    let settings = &Settings {
        whole_timeout_ms: settings.whole_timeout_ms.min(LONGEST_ANSWER_MS),
        ..settings.clone()
    };
    let long = feed(&"a".repeat(settings.body_limit_bytes), "");
    let guest = Guest::at(settings, move |asked| match asked.path() {
        "/silent" => Reply::Silence,
        "/trickle" => Reply::Trickle(b"HTTP/1.1 200 OK\r\n\r\n<rss>".to_vec()),
        "/long" => Reply::of("200 OK", &[], long.as_bytes()),
        "/circle" => only("301 Moved", "Location: /circle-2"),
        "/circle-2" => only("301 Moved", "Location: /circle"),
        path => only("302 Found", &format!("Location: {path}x")),
    })?;
    let mut seen = Vec::new();
    let mut passed = true;
    for (path, what, expected) in [
        ("/silent", "no answer", FailureKind::Timeout),
        ("/trickle", "a body without end", FailureKind::Timeout),
        ("/long", "a body over the limit", FailureKind::TooLarge),
        ("/circle", "a circle of redirects", FailureKind::Redirect),
        ("/on", "redirects without end", FailureKind::Redirect),
    ] {
        let before = guest.site.asked().len();
        let kind = guest.fetch(&url(path), Manner::Feed).await.err().map(|failure| failure.kind);
        passed &= kind == Some(expected);
        let requests = guest.site.asked().len() - before;
        let given_up = if kind == Some(expected) { "given up" } else { "not given up" };
        seen.push(format!("{what}: {given_up} after {requests}"));
    }
    Ok(row(
        "R5",
        "give up on silence, long bodies and redirects that lead nowhere",
        seen.join("; "),
        passed,
    ))
}

async fn guarded(settings: &Settings) -> Result<Row, SelfcheckError> {
    let guest = Guest::at(settings, |asked| {
        let target = asked.path().trim_start_matches("/to/").to_owned();
        only("302 Found", &format!("Location: http://{target}/"))
    })?;
    let (mut seen, mut passed) = (Vec::new(), true);
    let inner = ["169.254.169.254", "[::1]", "10.0.0.1", "100.64.0.1", "[::ffff:192.168.0.1]"];
    // What the operator allows on purpose is not refused.
    let allowed = |target: &str| {
        settings.allowed_hosts.iter().any(|host| host.contains(target.trim_matches(['[', ']'])))
    };
    for target in inner.into_iter().filter(|target| !allowed(target)) {
        let got: Result<_, Failure> =
            guest.fetch(&url(&format!("/to/{target}")), Manner::Feed).await;
        let is_refused = got.is_err_and(|failure| failure.kind == FailureKind::ForbiddenAddress);
        passed &= is_refused;
        seen.push(format!("{target} {}", if is_refused { "refused" } else { "followed" }));
    }
    Ok(row(
        "R6",
        "are never led to private, local or cloud-metadata addresses",
        seen.join(", "),
        passed,
    ))
}
