//! S and P: what we make of answers, and whose rules we obey.

use jiff::SignedDuration;

use super::guest::{hurried, ok, only, url};
use super::{Guest, Row, SelfcheckError, row};
use crate::crawl::health::{State, health};
use crate::crawl::http::{Manner, Settings};
use crate::visit::FailureKind;
use crate::web::mirror::Reply;

const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(super) async fn rows(settings: &Settings) -> Result<Vec<Row>, SelfcheckError> {
    let settings = &hurried(settings);
    Ok(vec![
        moves(settings).await?,
        refusals(settings).await?,
        became_a_page(settings).await?,
        in_words(settings).await?,
        robots(settings).await?,
        counted(settings).await?,
    ])
}

async fn moves(settings: &Settings) -> Result<Row, SelfcheckError> {
    let first_day = |status: &'static str| async move {
        let mut guest = Guest::at(settings, move |asked| match asked.path() {
            "/feed" => only(status, "Location: /new"),
            _ => ok(&[], "a"),
        })?;
        guest.visits(6, DAY).await?;
        // Each day that is led there asks both; from some day on only the new place is asked.
        let old = guest.site.paths().iter().filter(|path| *path == "/feed").count();
        Ok::<_, SelfcheckError>(old)
    };
    let (good, found) = (first_day("301 Moved").await?, first_day("302 Found").await?);
    let seen =
        format!("of 6 daily visits the old address saw {good} with a 301, {found} with a 302");
    Ok(row(
        "S1",
        "follow a 301 each time, and ask the new address at once after three over three days",
        seen,
        (good, found) == (4, 6),
    ))
}

async fn refusals(settings: &Settings) -> Result<Row, SelfcheckError> {
    let (mut seen, mut passed) = (Vec::new(), true);
    for (status, least_days, kind) in [
        ("410 Gone", 300, FailureKind::Gone),
        ("404 Not Found", 0, FailureKind::Missing),
        ("401 Unauthorized", 1, FailureKind::Refused),
        ("403 Forbidden", 1, FailureKind::Refused),
    ] {
        let mut guest = Guest::at(settings, move |_| only(status, "X-Nothing: said"))?;
        let visits = guest.visits(1, SignedDuration::ZERO).await?;
        let found = visits.first().and_then(|visited| visited.visit.outcome.failure());
        let hours = guest.wait_minutes() / 60;
        passed &=
            found.is_some_and(|failure| failure.kind == kind) && hours >= (least_days * 24).max(6);
        let when = if guest.memory.retired {
            "never again".to_owned()
        } else {
            format!("again after {hours} h")
        };
        seen.push(format!("{status}: {when}"));
    }
    Ok(row(
        "S2",
        "take a no for a no: never again after 410, ever later after 404, 401 and 403",
        seen.join("; "),
        passed,
    ))
}

async fn became_a_page(settings: &Settings) -> Result<Row, SelfcheckError> {
    let mut guest = Guest::at(settings, |_| {
        let page = b"<!doctype html><html><head><title>New!</title></head><body><p>Our site is new.</p></body></html>";
        Reply::of("200 OK", &["ETag: \"page\"", "Content-Type: text/html"], page)
    })?;
    let visits = guest.visits(1, SignedDuration::ZERO).await?;
    let found = visits.first().and_then(|visited| visited.visit.outcome.failure());
    let passed = found.is_some_and(|failure| failure.kind == FailureKind::NotAFeed)
        && guest.memory.validators.etag.is_none();
    let seen = found
        .map_or_else(|| "it was taken for a feed".to_owned(), |failure| failure.sentence.clone());
    Ok(row("S3", "notice when a feed has become a web page", seen, passed))
}

async fn in_words(settings: &Settings) -> Result<Row, SelfcheckError> {
    let mut guest = Guest::at(settings, |_| only("403 Forbidden", "X-Nothing: said"))?;
    guest.visits(1, SignedDuration::ZERO).await?;
    let mut due = super::guest::sources(&[("site", "/feed")])?;
    let Some(due) = due.pop() else { unreachable!("one source was asked for") };
    let now = jiff::Timestamp::from_second(super::guest::BEGIN).unwrap_or_default();
    let found = health(&due.source, &guest.memory, now);
    let passed = found.state == State::Blocked && found.remedy.is_some();
    let seen = format!("{}: {}", found.state, found.remedy.unwrap_or_default());
    Ok(row(
        "S4",
        "tell whoever runs us what happened and what to do, instead of trying harder",
        seen,
        passed,
    ))
}

async fn robots(settings: &Settings) -> Result<Row, SelfcheckError> {
    let rules = "User-agent: *\nDisallow: /private\nAllow: /private/open\n";
    let guest = Guest::at(settings, move |asked| match asked.path() {
        "/robots.txt" => Reply::of("200 OK", &[], rules.as_bytes()),
        "/moved" => only("301 Moved", "Location: /private/there"),
        _ => ok(&[], "a"),
    })?;
    let (mut seen, mut passed) = (Vec::new(), true);
    for (path, manner, may) in [
        ("/private/page", Manner::Page, false),
        ("/moved", Manner::Page, false),
        ("/private/open", Manner::Page, true),
        ("/private/feed", Manner::Feed, true),
    ] {
        let got = guest.fetch(&url(path), manner).await;
        passed &= got.is_ok() == may;
        let what = if manner == Manner::Page { "page" } else { "feed" };
        seen.push(format!("{what} {path} {}", if got.is_ok() { "read" } else { "left" }));
    }
    let asked = guest.site.paths().iter().filter(|path| *path == "/robots.txt").count();
    passed &= asked == 1 && !guest.site.paths().iter().any(|path| path == "/private/there");
    seen.push(format!("robots.txt asked {asked} time"));
    Ok(row(
        "P1",
        "obey robots.txt for pages and articles; read a feed a person subscribed to",
        seen.join(", "),
        passed,
    ))
}

async fn counted(settings: &Settings) -> Result<Row, SelfcheckError> {
    let mut guest = Guest::at(settings, |asked| {
        if asked.is_conditional() {
            super::guest::unchanged(&[])
        } else {
            ok(&["ETag: \"1\""], "a")
        }
    })?;
    guest.visits(4, SignedDuration::from_hours(1)).await?;
    let hosts = guest.visitor.http.changed_hosts();
    let tally = hosts.into_iter().find_map(|(_, memory)| memory).unwrap_or_default().tally;
    let seen = format!(
        "{} requests, {} conditional, {} times 304, {} bytes saved, at most {} an hour",
        tally.requests,
        tally.conditional,
        tally.not_modified,
        tally.bytes_saved,
        tally.most_in_an_hour
    );
    let counts = (tally.requests, tally.conditional, tally.not_modified, tally.most_in_an_hour);
    let passed = counts == (4, 3, 3, 1) && tally.bytes_saved > 0;
    Ok(row("P3", "count for ever what we ask of each host, and what we spare it", seen, passed))
}
