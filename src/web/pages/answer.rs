//! One request → one response.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use super::rates::Rates;
use super::sheet::{Button, Sheet};
use super::told::{Untold, guard, html};
use super::{Pages, calendar, feed, point};
use crate::config::Market;
use crate::digest::Proven;
use crate::feedback::Tap;
use crate::reader::Reader;
use crate::views;
use crate::views::links::{Leads, Opened};

/// The longest body: 1,000 characters of four bytes, each sent as three, and a company's name.
const BODY_BYTES: usize = 16 * 1024;

/// Digests in a feed and a calendar: two weeks of mornings.
pub(super) const RECENT: usize = 14;

/// What somebody wants.
#[derive(Debug)]
pub(super) enum Wish {
    /// To look.
    See,
    /// To press the button, with what the form says.
    Do(Vec<(String, String)>),
}

impl Wish {
    /// What the form says of `name`; nothing where it is empty.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let Self::Do(form) = self else { return None };
        let value = form.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }
}

/// Answers a request.
pub(super) async fn answer(pages: Arc<Pages>, rates: Arc<Rates>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let wish = match parts.method {
        Method::GET | Method::HEAD => Ok(Wish::See),
        Method::POST => match to_bytes(body, BODY_BYTES).await {
            Ok(body) => Ok(Wish::Do(form(&body))),
            Err(_) => Err(Untold::TooLong),
        },
        _ => Err(Untold::Method),
    };
    let mut response = match wish {
        Ok(wish) => {
            // The store blocks.
            let told = tokio::task::spawn_blocking(move || {
                lead(&pages, &rates, &path, &wish, &parts.headers)
            });
            match told.await {
                Ok(told) => told.unwrap_or_else(Untold::into_response),
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        }
        Err(untold) => untold.into_response(),
    };
    guard(response.headers_mut());
    response
}

fn form(body: &Bytes) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body).into_owned().collect()
}

fn lead(
    pages: &Pages,
    rates: &Rates,
    path: &str,
    wish: &Wish,
    headers: &HeaderMap,
) -> Result<Response, Untold> {
    // A base address may have a path of its own, which a web server in front of us may leave on.
    let path = base_path(pages).map_or(path, |base| path.strip_prefix(&base).unwrap_or(path));
    let mut words = path.trim_start_matches('/').split('/');
    let (kind, token, rest) = (words.next(), words.next(), words.next());
    match (kind, token) {
        (Some("healthz"), None) => {
            pages.store.counts()?;
            return Ok("ok\n".into_response());
        }
        (Some("robots.txt"), None) => return Ok("User-agent: *\nDisallow: /\n".into_response()),
        _ => {}
    }
    let (Some(kind), Some(token), None) = (kind, token, words.next()) else {
        return Err(Untold::Nothing);
    };
    let now = pages.clock.now();
    let ending = [("f", ".atom"), ("c", ".ics")].into_iter().find(|(of, _)| *of == kind);
    let token = ending.and_then(|(_, ending)| token.strip_suffix(ending)).unwrap_or(token);
    let opened = pages.links.open(token, now.to_zoned(TimeZone::UTC).date())?;
    // Only what is ours is counted: made-up links cost a hash, and hold nobody back.
    if !rates.allow(token, now) {
        return Err(Untold::TooOften);
    }
    let market = Arc::clone(&pages.market.borrow());
    let reader = reader(pages, &market, &opened)?;
    match (kind, opened.leads, rest) {
        ("p", Leads::Point(date, place), tap) => {
            let tap = tap.map(|tap| Tap::named(tap).ok_or(Untold::Nothing)).transpose()?;
            point::answer(pages, reader, date, place, tap, wish)
        }
        ("d", Leads::Page(date), None) => {
            let digest = pages.store.digest(&reader.id, date)?.ok_or(Untold::Nothing)?;
            Ok(html(views::html(&Proven::claimed(digest), &pages.links)?))
        }
        ("f", Leads::Feed(renewed), None) if renewed == reader.renewed => {
            let body = feed::atom(pages, reader)?;
            Ok(unless_known(body, "application/atom+xml; charset=utf-8", headers))
        }
        ("c", Leads::Calendar(renewed), None) if renewed == reader.renewed => {
            let body = calendar::ics(pages, reader)?;
            Ok(unless_known(body, "text/calendar; charset=utf-8", headers))
        }
        ("u", Leads::Unsubscribe, None) => unsubscribe(pages, reader, wish),
        _ => Err(Untold::Nothing),
    }
}

fn base_path(pages: &Pages) -> Option<String> {
    let url = url::Url::parse(pages.links.base()?).ok()?;
    Some(url.path().trim_end_matches('/').to_owned()).filter(|path| !path.is_empty())
}

fn reader<'m>(pages: &Pages, market: &'m Market, opened: &Opened) -> Result<&'m Reader, Untold> {
    let mut readers = market.readers.iter();
    readers.find(|reader| pages.links.is_for(opened, &reader.id)).ok_or(Untold::Nothing)
}

/// RFC 8058 posts `List-Unsubscribe=One-Click` without anybody looking at a page; a person gets a button.
fn unsubscribe(pages: &Pages, reader: &Reader, wish: &Wish) -> Result<Response, Untold> {
    let action = pages.links.unsubscribe(&reader.id).unwrap_or_default();
    let button = |label, undo| vec![Button { label, action: action.clone(), undo, quiet: undo }];
    let sheet = match wish {
        Wish::See => Sheet {
            title: "No more digests?".to_owned(),
            lines: vec!["You will get no further digest by any way. You can undo it here.".into()],
            buttons: button("Send me no more", false),
            ..Sheet::default()
        },
        Wish::Do(_) if wish.field("undo").is_some() => {
            pages.store.unsubscribe(&reader.id, None)?;
            Sheet::saying("You get digests again", "The next one comes with your next morning.")
        }
        Wish::Do(_) => {
            pages.store.unsubscribe(&reader.id, Some(pages.clock.now()))?;
            Sheet {
                title: "You get no more digests".to_owned(),
                lines: vec!["What was on its way already may still arrive.".to_owned()],
                buttons: button("Undo: keep sending them", true),
                ..Sheet::default()
            }
        }
    };
    Ok(html(sheet.html()?))
}

/// The body, or that the caller has it already.
fn unless_known(body: String, media_type: &'static str, headers: &HeaderMap) -> Response {
    let hash = Sha256::digest(&body);
    let tag = hash.iter().take(12).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let tag = format!("\"{tag}\"");
    let asked = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let known = asked.is_some_and(|tags| {
        tags.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag)
    });
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { body.into_response() };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(
        axum::http::header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=900"),
    );
    response
}
