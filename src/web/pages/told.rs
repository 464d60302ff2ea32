//! What an address leads to, told apart from what keeps it from doing so.

use axum::http::StatusCode;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};

use super::sheet::Sheet;
use crate::store::StoreError;
use crate::views::NotLaidOut;
use crate::views::links::NoLink;

/// Nothing is fetched, run, framed or posted elsewhere; the style stands in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum Untold {
    #[error(transparent)]
    NoLink(#[from] NoLink),
    #[error("There is nothing at this address. Open the link from the digest itself.")]
    Nothing,
    #[error("Press the button on the page: this address takes nothing else.")]
    Method,
    #[error("That is longer than a note may be. Say it in at most 1,000 characters.")]
    TooLong,
    #[error("That came too often in one minute. Wait a minute, then try again.")]
    TooOften,
    #[error("It could not be kept just now. Try again in a few minutes.")]
    Store(#[from] StoreError),
    #[error("The page could not be made. Tell whoever runs Overheard.")]
    NotLaidOut(#[from] NotLaidOut),
}

impl From<askama::Error> for Untold {
    fn from(error: askama::Error) -> Self {
        Self::NotLaidOut(error.into())
    }
}

impl Untold {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoLink(NoLink::Expired) => StatusCode::GONE,
            Self::NoLink(NoLink::Unknown) | Self::Nothing => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooOften => StatusCode::TOO_MANY_REQUESTS,
            Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotLaidOut(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(super) fn into_response(self) -> Response {
        if let Self::Store(error) = &self {
            tracing::warn!(%error, "a page could not be shown");
        }
        let status = self.status();
        let title = match status {
            StatusCode::GONE => "This link has expired",
            StatusCode::NOT_FOUND => "This link does not work",
            _ => "That did not work",
        };
        let page = Sheet::saying(title, &self.to_string()).html().unwrap_or_default();
        let mut response = (status, html(page)).into_response();
        let headers = response.headers_mut();
        match self {
            Self::Method => {
                drop(headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST")));
            }
            Self::TooOften => drop(headers.insert(RETRY_AFTER, HeaderValue::from_static("60"))),
            _ => {}
        }
        response
    }
}

/// A page nobody in between keeps.
pub(super) fn html(page: String) -> Response {
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What holds of every answer.
pub(super) fn guard(headers: &mut HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let robots = HeaderName::from_static("x-robots-tag");
    headers.insert(robots, HeaderValue::from_static("noindex, nofollow"));
}
