//! T: when we come back.

use jiff::{SignedDuration, Timestamp};

use super::guest::{BEGIN, feed, hurried, ok, only, url};
use super::{Guest, Row, SelfcheckError, row};
use crate::clock::Clock as _;
use crate::crawl::http::{Manner, Settings};
use crate::crawl::schedule::{Asked, next_visit};
use crate::source::SourceId;
use crate::visit::{FailureKind, Memory};
use crate::web::mirror::Reply;

const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(super) async fn rows(settings: &Settings) -> Result<Vec<Row>, SelfcheckError> {
    let settings = &hurried(settings);
    Ok(vec![
        asked_for(settings).await?,
        skipped(settings).await?,
        quiet(settings).await?,
        no_retry(settings).await?,
        pace(),
    ])
}

async fn asked_for(settings: &Settings) -> Result<Row, SelfcheckError> {
    let asked: [(&'static str, &'static str, i64); 4] = [
        ("Cache-Control: max-age=7200", "", 120),
        ("Expires: Mon, 02 Mar 2026 09:00:00 GMT", "", 180),
        ("X-Nothing: said", "<ttl>240</ttl>", 240),
        ("Cache-Control: max-age=1", "<ttl>1</ttl>", 15),
    ];
    let (mut seen, mut passed) = (Vec::new(), true);
    for (header, about, least) in asked {
        let mut guest = Guest::at(settings, move |_| {
            Reply::of("200 OK", &[header, "ETag: \"1\""], feed("a", about).as_bytes())
        })?;
        guest.visits(1, SignedDuration::ZERO).await?;
        let wait = guest.wait_minutes();
        passed &= (least..=24 * 60).contains(&wait);
        let what = if about.is_empty() { header } else { about };
        seen.push(format!("{what}: {wait} min"));
    }
    Ok(row(
        "T1",
        "come back no sooner than asked by max-age, Expires and the feed; after 15 min to 24 h",
        seen.join("; "),
        passed,
    ))
}

async fn skipped(settings: &Settings) -> Result<Row, SelfcheckError> {
    let about = "<skipHours><hour>7</hour><hour>8</hour></skipHours>";
    let mut guest = Guest::at(settings, move |_| {
        Reply::of("200 OK", &["ETag: \"1\""], feed("a", about).as_bytes())
    })?;
    guest.visits(1, SignedDuration::ZERO).await?;
    let next = guest.memory.next_visit.unwrap_or_default();
    let hour = next.as_second().rem_euclid(86_400) / 3600;
    let seen = format!("read at 6, asked to skip 7 and 8 o'clock: next at {hour} o'clock GMT");
    Ok(row("T2", "stay away in the hours and on the days a feed names", seen, hour == 9))
}

async fn quiet(settings: &Settings) -> Result<Row, SelfcheckError> {
    let cases: [(&'static str, &'static str, i64); 4] = [
        ("429 Too Many Requests", "Retry-After: 7200", 7200),
        ("503 Unavailable", "Retry-After: Mon, 02 Mar 2026 07:30:00 GMT", 5400),
        ("429 Too Many Requests", "Retry-After: 9999999", 86_400),
        ("503 Unavailable", "X-Nothing: said", 3600),
    ];
    let (mut seen, mut passed) = (Vec::new(), true);
    for (status, header, seconds) in cases {
        let mut guest = Guest::at(settings, move |asked| match asked.path() {
            "/feed" => only(status, header),
            _ => ok(&[], "a"),
        })?;
        guest.visits(1, SignedDuration::from_secs(seconds - 1)).await?;
        // Another process, for another feed of the host: a second too early, then in time.
        guest.restart(settings)?;
        let early = guest.fetch(&url("/other"), Manner::Feed).await;
        let kept_away = guest.site.asked().len() == 1
            && early.is_err_and(|failure| failure.kind == FailureKind::Busy);
        guest.clock.advance(SignedDuration::from_secs(1));
        let came_back = guest.fetch(&url("/other"), Manner::Feed).await.is_ok();
        passed &= kept_away && came_back;
        let stayed = if kept_away { "stayed away" } else { "came too early" };
        seen.push(format!(
            "{}: {stayed} for {seconds} s",
            header.trim_start_matches("Retry-After: ")
        ));
    }
    Ok(row(
        "T4",
        "leave the whole host alone after 429 and 503, as long as it asks, else an hour and more",
        seen.join("; "),
        passed,
    ))
}

async fn no_retry(settings: &Settings) -> Result<Row, SelfcheckError> {
    let mut guest = Guest::at(settings, |_| only("500 Oops", "X-Nothing: said"))?;
    guest.visits(1, SignedDuration::ZERO).await?;
    let requests = guest.site.asked().len();
    let mut waits: Vec<i64> = Vec::new();
    for n in 0..20 {
        let now = guest.clock.now();
        if let Ok(id) = format!("feed-{n}").parse::<SourceId>() {
            let next = next_visit(&id, &guest.memory, &Asked::default(), now);
            waits.push(next.duration_since(now).as_mins());
        }
    }
    let (first, last) = (waits.iter().min().copied(), waits.iter().max().copied());
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    let passed = requests == 1 && first >= 60 && last - first >= 30;
    let seen = format!(
        "{requests} request; 20 feeds of the host would come back after {first} to {last} min"
    );
    Ok(row(
        "T5",
        "do not ask again at once after an error, and spread out the feeds of a failing host",
        seen,
        passed,
    ))
}

fn pace() -> Row {
    let now = Timestamp::from_second(BEGIN).unwrap_or_default();
    let wait = |every: SignedDuration| {
        let moments = (0..10).filter_map(|n| now.checked_sub(every * n).ok());
        let memory = Memory {
            recent_posts: moments.collect(),
            validators: crate::visit::Validators {
                etag: Some("\"1\"".into()),
                last_modified: None,
            },
            ..Memory::default()
        };
        let Ok(id) = "site".parse::<SourceId>() else { return 0 };
        next_visit(&id, &memory, &Asked::default(), now).duration_since(now).as_mins()
    };
    let (busy, silent) = (wait(SignedDuration::from_mins(10)), wait(DAY * 10));
    let seen = format!("a post every 10 min: after {busy} min; one in 10 days: after {silent} min");
    row(
        "T6",
        "come more often to a busy source and less often to a silent one",
        seen,
        busy >= 15 && silent > busy,
    )
}
