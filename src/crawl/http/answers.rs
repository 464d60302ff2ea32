//! What an answer, or none, means: a body, or a failure with a sentence for a marketer.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::{Answer, Ask, Fetched};
use crate::adapters::Step;
use crate::crawl::addresses::Forbidden;
use crate::crawl::hosts::LONGEST_QUIET;
use crate::visit::{Failure, FailureKind};

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    Forbidden(Forbidden),
    NoAddress,
    Tls(String),
    /// What listens there answers in the clear.
    NoTls,
    NoConnectionInTime,
    NoConnection(String),
    BrokenHttp(String),
}

/// The meaning of the last answer.
pub(super) fn judge(answer: Answer, ask: &Ask<'_>) -> Result<Fetched, Failure> {
    let url = answer.body.url.clone();
    let place = shown(&url);
    let asked_whether_changed = ask.vouched.is_some_and(|vouched| vouched.url == url.as_str());
    let (kind, sentence) = match answer.status {
        _ if answer.challenge => (FailureKind::Refused, challenged(&place)),
        204..=206 => (
            FailureKind::Status,
            format!("{place} answered {} without the whole content", answer.status),
        ),
        200..=299 => return Ok(Fetched::Body(answer.body)),
        304 if asked_whether_changed => return Ok(Fetched::NotModified(answer.body.headers)),
        304 => (
            FailureKind::Protocol,
            format!(
                "{place} says that nothing changed, though we asked for everything; tell the site's owner"
            ),
        ),
        401 | 402 | 403 | 407 | 451 => (
            FailureKind::Refused,
            format!(
                "{place} does not want to be read by us ({}): ask the site's owner for access or another address, or remove the source",
                answer.status
            ),
        ),
        404 if ask.request.step == Step::Article => (
            FailureKind::Missing,
            format!("nothing is at {place} (404), though it is listed: nothing to do"),
        ),
        404 => (
            FailureKind::Missing,
            format!(
                "nothing is at {place} any more (404): look for the feed's new address on the site"
            ),
        ),
        410 => (
            FailureKind::Gone,
            format!(
                "{place} is gone for good (410): the source is retired; remove it, or give it a new address"
            ),
        ),
        429 | 503 => return Err(busy(&place, answer.status, answer.retry_after)),
        500..=599 => (
            FailureKind::Status,
            format!(
                "{place} has a fault of its own ({}): nothing to do but wait; we try again by ourselves",
                answer.status
            ),
        ),
        status => (
            FailureKind::Status,
            format!(
                "{place} answered {status}: open it in a browser, and correct the source's address if it has moved"
            ),
        ),
    };
    Err(Failure { kind, sentence, retry_after: None })
}

/// Where a redirect leads; what we know of the old place is not carried along.
pub(super) fn redirect(from: &Url, location: &str) -> Result<Url, Failure> {
    let mut to = from
        .join(location.trim())
        .map_err(|_| redirects(from, "is redirected to something that is no URL"))?;
    if !matches!(to.scheme(), "http" | "https") {
        return Err(redirects(from, "is redirected to something that is neither http nor https"));
    }
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(redirects(from, "is redirected from https to unprotected http"));
    }
    to.set_fragment(None);
    // A stranger does not tell us a name and password to use.
    let _ = to.set_username("");
    let _ = to.set_password(None);
    Ok(to)
}

/// A redirect that is not followed.
pub(super) fn redirects(at: &Url, what: &str) -> Failure {
    let sentence = format!(
        "{} {what}: open it in a browser and use the address it ends at, or tell the site's owner",
        shown(at)
    );
    Failure { kind: FailureKind::Redirect, sentence, retry_after: None }
}

/// Nothing came, and why.
pub(super) fn failed(url: &Url, trouble: Trouble) -> Failure {
    let (host, place) = (url.host_str().unwrap_or_default(), shown(url));
    let (kind, sentence) = match trouble {
        Trouble::Forbidden(found) => return forbidden(&found),
        Trouble::NoAddress => (
            FailureKind::Dns,
            format!(
                "{host} has no address: check the spelling of the source's URL; the site may have closed"
            ),
        ),
        Trouble::Tls(why) => (
            FailureKind::Tls,
            format!(
                "{host} cannot prove that it is {host} ({why}): if a browser complains, too, tell the site's owner; if none does, check this machine's root certificates (ca-certificates) and its clock"
            ),
        ),
        Trouble::NoTls => (
            FailureKind::Tls,
            format!(
                "{host} does not speak TLS at {place}: if the address is right, write http:// before it; whoever is on the way can read that"
            ),
        ),
        Trouble::NoConnectionInTime => (
            FailureKind::Timeout,
            format!(
                "{host} did not take a connection in time: we try again by ourselves; if it goes on, open {place} in a browser"
            ),
        ),
        Trouble::NoConnection(why) => (
            FailureKind::Connect,
            format!(
                "nothing answers at {host} ({why}): we try again by ourselves; if it goes on, open {place} in a browser"
            ),
        ),
        Trouble::BrokenHttp(why) => (
            FailureKind::Protocol,
            format!(
                "{place} answered with something that is not proper HTTP ({why}): we try again later; if it goes on, tell the site's owner"
            ),
        ),
    };
    Failure { kind, sentence, retry_after: None }
}

/// An address that is not asked.
pub(super) fn forbidden(found: &Forbidden) -> Failure {
    let sentence = format!(
        "{found}, which is not read for safety: correct the source's URL; if it is meant, the operator can allow it in overheard.toml: [fetch] allowed_hosts = [{:?}]",
        found.host
    );
    Failure { kind: FailureKind::ForbiddenAddress, sentence, retry_after: None }
}

/// It took too long.
pub(super) fn too_slow(url: &Url, limit: Duration) -> Failure {
    let sentence = format!(
        "{} did not answer within {}: we try again by ourselves; if it goes on, open it in a browser",
        shown(url),
        spoken(limit)
    );
    Failure { kind: FailureKind::Timeout, sentence, retry_after: None }
}

/// More bytes than we take.
pub(super) fn too_large(url: &Url, limit_bytes: usize) -> Failure {
    let sentence = format!(
        "{} sends more than {}, the limit set by body_limit_bytes: look for a shorter feed of the site, or have the operator raise the limit",
        shown(url),
        size(limit_bytes)
    );
    Failure { kind: FailureKind::TooLarge, sentence, retry_after: None }
}

/// A host that asked for quiet earlier and is not asked at all.
pub(super) fn left_alone(host: &str, quiet: Duration, now: Timestamp) -> Failure {
    // The sentence is kept, and told when "in an hour" is long over.
    let until = now.checked_add(SignedDuration::try_from(quiet).unwrap_or(SignedDuration::MAX));
    let until = until.unwrap_or(Timestamp::MAX).strftime("%Y-%m-%d %H:%M UTC");
    let sentence = format!(
        "{host} asked to be left alone until {until}: nothing to do, or read fewer of its feeds"
    );
    Failure { kind: FailureKind::Busy, sentence, retry_after: Some(quiet) }
}

/// A URL as it is shown: without a name and password.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

fn busy(place: &str, status: u16, retry_after: Option<Duration>) -> Failure {
    let retry_after = retry_after.map(|wait| wait.min(LONGEST_QUIET));
    let when = retry_after
        .map_or_else(|| "for a while".to_owned(), |wait| format!("for {}", spoken(wait)));
    let sentence = format!(
        "{place} is too busy for us ({status}): we leave the whole site alone {when}; if it goes on, read fewer of its feeds"
    );
    Failure { kind: FailureKind::Busy, sentence, retry_after }
}

fn challenged(place: &str) -> String {
    format!(
        "{place} wants a person to prove that it is one: we do not pretend; ask the site's owner to let us read the feed, or remove the source"
    )
}

/// A span as a person says it.
fn spoken(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 if span > Duration::ZERO => format!("{} ms", span.as_millis()),
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} minutes", seconds / 60),
        _ => format!("{} hours", seconds / 3600),
    }
}

fn size(bytes: usize) -> String {
    if bytes >= 1024 * 1024 {
        format!("{} MB", bytes / (1024 * 1024))
    } else {
        format!("{bytes} bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(from: &str, location: &str) -> Result<String, FailureKind> {
        redirect(&Url::parse(from).unwrap(), location).map(String::from).map_err(|f| f.kind)
    }

    #[test]
    fn r5_a_downgrade_to_http_is_found() {
        assert_eq!(lead("https://a.example/", "http://a.example/"), Err(FailureKind::Redirect));
        assert_eq!(
            lead("http://a.example/", "https://a.example/"),
            Ok("https://a.example/".into())
        );
        assert_eq!(lead("https://a.example/b/c", "../d#e"), Ok("https://a.example/d".into()));
    }

    #[test]
    fn a_redirect_leads_to_the_web_only_and_brings_no_password() {
        for location in ["file:///etc/passwd", "javascript:alert(1)", "http://[", "data:,x"] {
            assert_eq!(
                lead("http://a.example/", location),
                Err(FailureKind::Redirect),
                "{location}"
            );
        }
        assert_eq!(lead("http://a.example/", "//u:p@b.example"), Ok("http://b.example/".into()));
    }

    #[test]
    fn a_password_in_a_url_is_not_shown() {
        let url = Url::parse("http://ada:secret@a.example/feed").unwrap();
        assert!(!too_slow(&url, Duration::from_secs(1)).sentence.contains("secret"));
        assert!(!failed(&url, Trouble::NoAddress).sentence.contains("secret"));
    }
}
