//! C: asking only whether something has changed.

use jiff::SignedDuration;

use super::guest::{OTHER_HOST, hurried, ok, only, unchanged};
use super::{Guest, Row, SelfcheckError, row};
use crate::crawl::http::Settings;
use crate::visit::{Outcome, Validators};
use crate::web::mirror::Asked;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Validators as odd as real ones.
const ETAG: &str = "W/\"a'b;c\" d";
const MODIFIED: &str = "Mon,  2 Mar 2026 5:59:59 UTC";

pub(super) async fn rows(settings: &Settings) -> Result<Vec<Row>, SelfcheckError> {
    let settings = &hurried(settings);
    let mut rows = byte_for_byte(settings).await?;
    rows.extend([
        both_kept(settings).await?,
        a_304(settings).await?,
        cleared(settings).await?,
        not_elsewhere(settings).await?,
        same_bytes(settings).await?,
        liar(settings).await?,
    ]);
    Ok(rows)
}

fn whether(asked: &[Asked]) -> String {
    let words: Vec<&str> = asked
        .iter()
        .map(|asked| if asked.is_conditional() { "conditional" } else { "plain" })
        .collect();
    words.join(", ")
}

async fn byte_for_byte(settings: &Settings) -> Result<Vec<Row>, SelfcheckError> {
    let headers = [format!("ETag: {ETAG}"), format!("Last-Modified: {MODIFIED}")];
    let mut guest = Guest::at(settings, move |asked| {
        if asked.is_conditional() { unchanged(&[]) } else { ok(&[&headers[0], &headers[1]], "a") }
    })?;
    guest.visits(2, HOUR).await?;
    guest.restart(settings)?;
    guest.visits(1, HOUR).await?;
    let asked = guest.site.asked();
    let last = asked.last();
    let tag = last.and_then(|asked| asked.header("If-None-Match")).unwrap_or("nothing");
    let date = last.and_then(|asked| asked.header("If-Modified-Since")).unwrap_or("nothing");
    let seen = whether(&asked);
    let once = seen == "plain, conditional, conditional";
    Ok(vec![
        row(
            "C1",
            "ask for everything once, then only whether it has changed, across restarts",
            seen,
            once,
        ),
        row("C2", "send the ETag back byte for byte", tag.to_owned(), tag == ETAG),
        row(
            "C3",
            "send Last-Modified back byte for byte, never a date of ours",
            date.to_owned(),
            date == MODIFIED,
        ),
    ])
}

async fn both_kept(settings: &Settings) -> Result<Row, SelfcheckError> {
    let mut guest = Guest::at(settings, |asked| match asked.header("If-None-Match") {
        None => ok(&["ETag: \"1\"", "Last-Modified: then"], "a"),
        Some("\"1\"") => ok(&["ETag: \"2\"", "Last-Modified: then"], "b"),
        Some(_) => unchanged(&[]),
    })?;
    guest.visits(3, HOUR).await?;
    let asked = guest.site.asked();
    let header = |name| asked.last().and_then(|asked| asked.header(name)).unwrap_or("nothing");
    let (tag, date) = (header("If-None-Match"), header("If-Modified-Since"));
    let passed = (tag, date) == ("\"2\"", "then");
    Ok(row(
        "C4",
        "keep both validators, and take a new ETag though the date is the same",
        format!("{tag} and {date}"),
        passed,
    ))
}

async fn a_304(settings: &Settings) -> Result<Row, SelfcheckError> {
    let mut guest = Guest::at(settings, |asked| {
        if asked.is_conditional() {
            unchanged(&["ETag: \"2\""])
        } else {
            ok(&["ETag: \"1\"", "Last-Modified: then"], "a")
        }
    })?;
    let visits = guest.visits(2, HOUR).await?;
    let is_success = visits.iter().all(|visited| visited.visit.outcome.failure().is_none());
    let kept = &guest.memory.validators;
    let expected = Validators { etag: Some("\"2\"".into()), last_modified: Some("then".into()) };
    let passed = is_success && *kept == expected;
    let seen =
        format!("kept {} and {}", shown(kept.etag.as_ref()), shown(kept.last_modified.as_ref()));
    Ok(row("C5", "take a 304 as a success, with the validators it carries", seen, passed))
}

async fn cleared(settings: &Settings) -> Result<Row, SelfcheckError> {
    let mut guest = Guest::at(settings, |asked| {
        if asked.is_conditional() { ok(&[], "b") } else { ok(&["ETag: \"1\""], "a") }
    })?;
    guest.visits(3, HOUR).await?;
    let seen = whether(&guest.site.asked());
    let passed = seen == "plain, conditional, plain";
    Ok(row("C6", "forget the validators when an answer comes without", seen, passed))
}

async fn not_elsewhere(settings: &Settings) -> Result<Row, SelfcheckError> {
    let mut guest = Guest::at(settings, |asked| match asked.path() {
        "/feed" if asked.is_conditional() => {
            only("302 Found", &format!("Location: http://{OTHER_HOST}/moved"))
        }
        _ => ok(&["ETag: \"1\""], "a"),
    })?;
    guest.visits(2, HOUR).await?;
    let asked = guest.site.asked();
    let seen: Vec<String> = asked
        .iter()
        .map(|asked| format!("{} {}", asked.path(), whether(std::slice::from_ref(asked))))
        .collect();
    let passed = seen == ["/feed plain", "/feed conditional", "/moved plain"];
    Ok(row(
        "C7",
        "send validators to the URL that gave them, and to no other",
        seen.join(", "),
        passed,
    ))
}

async fn same_bytes(settings: &Settings) -> Result<Row, SelfcheckError> {
    let mut guest = Guest::at(settings, |_| ok(&[], "a"))?;
    let visits = guest.visits(2, HOUR).await?;
    let passed = visits.last().is_some_and(|visited| visited.visit.outcome == Outcome::Unchanged);
    let seen = if passed { "the second was taken as unchanged" } else { "it was read twice" };
    Ok(row("C8", "do not process the same bytes again", seen.to_owned(), passed))
}

async fn liar(settings: &Settings) -> Result<Row, SelfcheckError> {
    let mut guest = Guest::at(settings, |asked| {
        if asked.is_conditional() { unchanged(&[]) } else { ok(&["ETag: \"1\""], "a") }
    })?;
    guest.visits(9, SignedDuration::from_hours(24)).await?;
    let asked = guest.site.asked();
    let plain: Vec<usize> = asked
        .iter()
        .enumerate()
        .filter(|(_, asked)| !asked.is_conditional())
        .map(|(day, _)| day + 1)
        .collect();
    let seen = format!("everything was asked for on days {plain:?} of 9");
    Ok(row("C9", "ask for everything once after 7 days of nothing but 304", seen, plain == [1, 8]))
}

fn shown(validator: Option<&String>) -> &str {
    validator.map_or("nothing", String::as_str)
}
